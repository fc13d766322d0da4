/*
 * One of an i8254's counters. It has no time and no pin: it is told of clocks,
 * and says what its OUT is.
 */
#ifndef BOARD_PC_I8254_COUNTER_H
#define BOARD_PC_I8254_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* Of a control word; zero is the Counter Latch Command. */
#define I8254_CONTROL_RW 0x30

#define I8254_NEVER UINT64_MAX

struct i8254_counter {
	uint64_t elapsed; /* clocks since CE was loaded; in this period */
	uint32_t initial; /* what CE was loaded with: 1 to 65536 */
	uint16_t cr;      /* count register, as written */
	uint16_t idle;    /* CE before the first load under this mode */
	uint16_t latch;   /* OL, if latched */
	uint8_t lsb;      /* of two bytes, the first one, if half_written */
	uint8_t control;  /* RW, M and BCD as they were written */
	uint8_t status;   /* if status_latched */
	uint8_t latched;  /* bytes of OL to read: 1 is LSB, 2 is MSB */
	bool status_latched;
	bool read_msb; /* the next read that finds nothing latched */
	bool half_written;
	bool gate;
	bool armed;      /* a count was written under this mode */
	bool loaded;     /* and CE has had one */
	bool load_due;   /* the next clock loads CE from CR */
	bool null_count; /* CR is not in CE yet */
	bool strobe;     /* modes 4 and 5: OUT is low until the next clock */
	uint8_t zero[3];
};

_Static_assert(sizeof(struct i8254_counter) == 40, "saved as it is");

/*
 * So many clocks pass, at once: no loop. True if OUT rose at one of them, or at
 * more.
 */
bool i8254_counter_pass(struct i8254_counter *c, uint64_t clocks);

/* The clocks until OUT rises if nobody touches the counter, or I8254_NEVER. */
uint64_t i8254_counter_clocks_to_rise(const struct i8254_counter *c);

bool i8254_counter_out(const struct i8254_counter *c);

/* Modes 2 and 3. */
bool i8254_counter_is_periodic(const struct i8254_counter *c);

/* What CR stands for, 1 to 65536; the period, in modes 2 and 3, 2 or more. */
uint32_t i8254_counter_period(const struct i8254_counter *c);

/*
 * Commands: a control word, the Counter Latch Command, the Read-Back Command's
 * two halves. Of what is latched already they latch nothing new.
 */
void i8254_counter_program(struct i8254_counter *c, uint8_t control);
void i8254_counter_latch_count(struct i8254_counter *c);
void i8254_counter_latch_status(struct i8254_counter *c);

void i8254_counter_write(struct i8254_counter *c, uint8_t value);
uint8_t i8254_counter_read(struct i8254_counter *c);
void i8254_counter_set_gate(struct i8254_counter *c, bool level);

#endif
