/*
 * The contract of a chip.
 *
 * A chip knows its registers, its output pins and the time that it is told.
 * It does not know port numbers, who is at the other end of a pin, the host's
 * clock, or that KVM exists. It cannot fail: what hardware ignores, it ignores.
 *
 * Every chip PART has in PART.h:
 *	struct PART            `regs` (all that the guest can see, plain data)
 *	                       and its pins, which the board connects once
 *	PART_reset(chip)       power-on state: an assignment to `regs`; drives
 *	                       no pin
 *	PART_read, PART_write  as below
 *	PART_advance(chip, now_ns)
 *	                       only where time matters: brings the chip to
 *	                       `now_ns` and returns when it wants to be called
 *	                       next (NEVER_NS: not until it is written again)
 *
 * The caller holds the board's lock around every call; a pin is driven from
 * inside such a call.
 */
#ifndef VMM_CHIP_H
#define VMM_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#define SECOND_NS UINT64_C(1000000000)
#define NEVER_NS  UINT64_MAX

/*
 * Register `reg` counts from the first of the chip's range. `size` is 1, 2 or
 * 4 bytes, and one that the board's table says the chip accepts; a value is
 * passed in the low bytes, the rest is zero on write and ignored on read.
 */
typedef uint32_t chip_read(void *chip, uint32_t reg, unsigned size);
typedef void chip_write(void *chip, uint32_t reg, uint32_t value,
			unsigned size);

/* What a register that nobody answers reads as. */
#define CHIP_ALL_ONES UINT32_MAX

/*
 * An output pin. `drive` is called at every change of level, and may be called
 * again with the level that the pin has; a pin that nobody listens to is all
 * zero.
 */
struct pin {
	void (*drive)(void *listener, unsigned line, bool level);
	void *listener;
	unsigned line;
};

/*
 * A lane carries values out of a chip: a transmitted character, an exit code.
 * One that nobody listens to is all zero.
 */
struct lane {
	void (*put)(void *listener, uint32_t value);
	void *listener;
};

/*
 * A message lane carries interrupt messages to the local APICs, in the form of
 * Intel SDM vol. 3, 11.11 (MSI; the upper half of the address is 0): true, if
 * one of them took it. It must not call the chip. One that nobody listens to
 * is all zero.
 */
struct message_lane {
	bool (*send)(void *listener, uint32_t address, uint32_t data);
	void *listener;
};

static inline bool message_send(const struct message_lane *lane,
				uint32_t address, uint32_t data)
{
	return lane->send && lane->send(lane->listener, address, data);
}

static inline void lane_put(const struct lane *lane, uint32_t value)
{
	if (lane->put)
		lane->put(lane->listener, value);
}

static inline void pin_drive(const struct pin *pin, bool level)
{
	if (pin->drive)
		pin->drive(pin->listener, pin->line, level);
}

#endif
