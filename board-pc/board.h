/*
 * The whole PC: its chips, the wires between them, and the outside.
 *
 * There is one board in a process. Every function may be called from any
 * thread; the board's lock is inside.
 */
#ifndef BOARD_PC_BOARD_H
#define BOARD_PC_BOARD_H

#include "board-pc/fw_cfg.h"
#include "board-pc/output.h"
#include "vmm/ending.h"
#include "vmm/inlet.h"
#include "vmm/kvm.h"
#include "vmm/outlet.h"
#include "vmm/ram.h"

/* What the board is wired to. All of it outlives the board. */
struct board_wires {
	const struct kvm *kvm;   /* takes the IOAPIC's messages */
	void (*interrupt)(void); /* INTR has risen; the lock is free */
	struct ending *ending;   /* told of power-off, reset and exit */
	struct outlet *console;  /* what the UART transmits */
	struct inlet *input;     /* what it receives */
	struct outlet *debug;    /* the debug console, or NULL */
	const struct ram *ram;   /* for fw_cfg, and the test device's flush */
	const struct fw_cfg_items *fw_cfg; /* or NULL: no such device */
	/* Fills them when a guest first looks; NULL: they are filled. */
	void (*fill_fw_cfg)(void);
	unsigned cpus;                     /* with ram's size, for CMOS */
	bool testdev;                      /* there is one */
};

/* Powers the board on. */
void board_init(const struct board_wires *wires);

/* One access by a vCPU: `size` is 1, 2 or 4 for ports, 1 to 8 for memory. */
void board_port_read(uint16_t port, void *data, unsigned size);
void board_port_write(uint16_t port, const void *data, unsigned size);
void board_memory_read(uint64_t gpa, void *data, unsigned size);
void board_memory_write(uint64_t gpa, const void *data, unsigned size);

/*
 * The PIC pair's side of the boot vCPU. board_interrupt_waits is INTR, and
 * costs a load; board_acknowledge is INTA. False: INTR has fallen since, and
 * nothing is acknowledged, as a CPU that samples INTR low makes no INTA cycle.
 */
bool board_interrupt_waits(void);
bool board_acknowledge(uint8_t *vector);

/* A LAPIC has ended an interrupt whose vector a level-triggered pin has. */
void board_eoi(uint8_t vector);

/*
 * Pulses a line, as an edge-triggered device does: of the IOAPIC through KVM
 * alone, without the board's lock, if board_direct said so and the guest has
 * the pin unmasked.
 */
void board_interrupt(unsigned line);

/* Makes the eventfd `fd` an irqfd of the line's pin. Before its first pulse. */
bool board_direct(unsigned line, int fd, struct reason *why);

/* Whether what writes to that eventfd reaches the guest. */
bool board_is_direct(unsigned line);

/*
 * Brings the clocked chips to the present, gives the UART input, and returns
 * the time, in CLOCK_MONOTONIC nanoseconds, of the next event, or NEVER_NS.
 */
uint64_t board_advance(void);

/*
 * For the event loop: writes out what waits in `outlet` (one of the wires) at
 * the call, as much of it as its descriptor takes now. Returns the bytes that
 * wait after it.
 */
uint32_t board_drain(struct outlet *outlet);

/* For the event loop: the bytes that wait in `outlet`. */
uint32_t board_waiting(const struct outlet *outlet);

/*
 * A console that does not sit on the bus (virtio's) shares the UART's outlet
 * and its input. From now on input is for board_console_read, and `look` is
 * called, with the board's lock, when some has come, or there is room again
 * after board_console_write took less than it was given. NULL: there is none,
 * and input is for the UART.
 */
void board_attach_console(void (*look)(void));
uint32_t board_console_read(uint8_t *bytes, uint32_t count);
uint32_t board_console_write(const uint8_t *bytes, uint32_t count);

/* For the event loop: bytes of input, at most board_input_room() of them. */
uint32_t board_input_room(void);
void board_input(const uint8_t *bytes, uint32_t count);

/*
 * From board_pause to board_resume no access by a vCPU waits: a byte for which
 * an outlet has no room goes to its reserve, which has enough for one access by
 * each vCPU, and for the coalesced writes that come before it.
 * So a vCPU that was paused calls board_wait_for_room before it goes on: it
 * returns when the reserves are free, or the VM is paused again, or has ended.
 */
void board_pause(void);
void board_resume(void);
void board_wait_for_room(void);

/*
 * Once all vCPUs wait: carries out what KVM has coalesced, so that the board is
 * as they left it.
 */
void board_settle(void);

/*
 * Once an ending is declared: carries out what KVM has coalesced, lets go of
 * vCPUs that wait for the console, and takes no more output. It forgets the
 * ring.
 */
void board_release(void);

/* KVM's ring, before the first zone is registered; NULL before it goes away. */
void board_coalesce(struct kvm_coalesced_mmio_ring *ring);

/*
 * For the event loop: carries out coalesced writes, as far as there is room,
 * and tells what has been written. The rest stays in KVM's ring for the next
 * call, or board_drain. While it is `watched`, which is to say called every
 * now and then, no byte wakes the loop. Returns whether the UART's THRE
 * interrupt is on.
 */
bool board_collect(bool watched, struct output_tally *tally);

#endif
