/*
 * The console device: VIRTIO 1.2, 5.3. One port, hvc0 in Linux.
 *
 * It has no bytes of its own: what the driver transmits stays in its queue
 * until there is room for it outside, and input stays outside until the driver
 * has buffers for it.
 *
 * Left out: more ports (MULTIPORT), the emergency write register.
 */
#ifndef BOARD_PC_VIRTIO_CONSOLE_H
#define BOARD_PC_VIRTIO_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* What it is wired to. They are called with the device's lock. */
struct console_wires {
	/*
	 * Takes bytes of output, in order, and returns how many: when that is
	 * fewer than `count`, console_look is called once there is room.
	 */
	uint32_t (*write)(const uint8_t *bytes, uint32_t count);
	/* Bytes of input, at most `count`; returns how many there were. */
	uint32_t (*read)(uint8_t *bytes, uint32_t count);
	/* There is a driver, and input is for it; or there is none. */
	void (*attach)(bool attached);
};

/* Of the terminal, in characters. */
struct console_size {
	uint16_t columns, rows;
};

/*
 * Plugs the one that there is. False: there is no slot for it. Where the size
 * is not known (NULL) none is ever told.
 */
bool console_plug(const struct console_wires *wires,
		  const struct console_size *size);

/* There is input, or room for output. Any thread, with the board's lock or
 * without; while a driver is attached. */
void console_look(void);

/* The size has changed. Any thread, once it is plugged. */
void console_resize(const struct console_size *size);

/*
 * The VM has ended, or (false) begins: what the driver has put into its queue
 * is still transmitted, but not for ever what it adds.
 */
void console_end(bool ended);

/*
 * For whoever writes out what is left at the end: transmits, in the calling
 * thread, what there is room for. True if there was more.
 */
bool console_flush(void);

#endif
