/*
 * Plays the same port accesses to our i8254 and to KVM's own PIT, and compares
 * after each what KVM_GET_PIT2 shows and what was read: counts as written,
 * modes, access modes and their flip-flops, gates, latches, status bytes.
 *
 *	pit [SEED [STEPS]]
 *
 * Time passes in KVM as it will. Ours is told that a write took effect when
 * KVM's certainly had; then what KVM shows has to be what ours shows at one of
 * the clocks that the two accesses, the write and the present one, may have
 * been apart. These are few where the host is quick; where they are more than
 * WINDOW nothing is concluded, and it is said how often.
 *
 * Where KVM differs from the datasheet, or from what we chose, a rule of the
 * table below allows it. Each rule has to be needed. At the end, writes are
 * kept from our chip: that has to be noticed.
 *
 * Prints TAP; ends with 1 if something differs.
 */
#include "board-pc/i8254.h"
#include "tests/oracle/port_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WINDOW 4000 /* clocks: 3.4 ms */
#define LAG_NS 3000 /* ours loads with the next clock, and KVM rounds */

/* The intended differences. */
enum rule {
	NONE,
	CONTROL_RUNS,
	CONTROL_LATCH,
	HALF_RUNS,
	GATE,
	TRIGGER,
	NEW_COUNT,
	BCD,
	ODD,
	ILLEGAL,
	FAST,
	PULSE,
	NULL_COUNT,
	MODE_BITS,
	RULES,
};

static const char *const rules[RULES] = {
	[CONTROL_RUNS] = "KVM counts on after a control word, with the last "
			 "count in the new mode, until a count is written",
	[CONTROL_LATCH] = "KVM keeps a latched count at a control word",
	[HALF_RUNS] = "KVM's mode 0 counts on after the first of two bytes",
	[GATE] = "KVM counts while the gate is low",
	[TRIGGER] = "KVM's modes 1 and 5 start at the count, not at a trigger",
	[NEW_COUNT] = "KVM's modes 2 and 3 take a new count at once",
	[BCD] = "KVM counts in binary, whatever the BCD bit says",
	[ODD] = "KVM's mode 3 counts odd counts wrongly",
	[ILLEGAL] = "KVM's modes 2 and 3 take the illegal count 1 as it is",
	[FAST] = "KVM's counter 0 is itself slowed where its edges are too "
		 "many, ours counts on and leaves out edges",
	[PULSE] = "KVM's OUT in modes 1, 2, 4 and 5 is the opposite",
	[NULL_COUNT] = "KVM has no null count",
	[MODE_BITS] = "KVM's status says 2 and 3 for modes 6 and 7",
};

static unsigned long needed[RULES];
static unsigned long differences, unknown, compared;
static bool quiet;

/* The steps. */

enum { CONTROL = 3, PORT_B = 4 };

struct step {
	uint8_t reg; /* enum i8254_reg */
	bool write;
	uint8_t value;
};

#define HISTORY 16

static struct step history[HISTORY];
static unsigned long steps;

static void print_history(void)
{
	unsigned long from = steps > HISTORY ? steps - HISTORY : 0;

	puts("# after these steps:");
	for (unsigned long i = from; i < steps; i++) {
		const struct step *step = &history[i % HISTORY];

		printf("#   %s %u", step->write ? "write" : "read", step->reg);
		printf(step->write ? ", 0x%02x\n" : "\n", step->value);
	}
}

/* They differ, unless a rule says that they may. */
static void differ(enum rule rule, const char *what, unsigned counter,
		   unsigned we, unsigned kvm)
{
	if (rule != NONE) {
		needed[rule]++;
		return;
	}
	if (!quiet && differences < 5) {
		printf("# step %lu, counter %u, %s: ours 0x%x, KVM's 0x%x\n",
		       steps, counter, what, we, kvm);
		print_history();
	}
	differences++;
}

static void compare(const char *what, unsigned counter, unsigned we,
		    unsigned kvm)
{
	compared++;
	if (we != kvm)
		differ(NONE, what, counter, we, kvm);
}

/* KVM. */

static const uint16_t ports[] = { 0x40, 0x41, 0x42, 0x43, 0x61 };

/* Does the access, and returns what was read. */
static uint8_t kvm_access(const struct step *step)
{
	if (!step->write)
		return port_guest_in(ports[step->reg]);
	port_guest_out(ports[step->reg], step->value);
	return 0;
}

static void start_kvm(void)
{
	struct kvm_pit_config config = { .flags = KVM_PIT_SPEAKER_DUMMY };

	port_guest_start("pit oracle");
	port_guest_ioctl(KVM_CREATE_PIT2, &config, "KVM_CREATE_PIT2");
}

static struct kvm_pit_state2 get_kvm(void)
{
	struct kvm_pit_state2 state;

	port_guest_ioctl(KVM_GET_PIT2, &state, "KVM_GET_PIT2");
	return state;
}

/* Ours. */

static struct i8254 chip;
static uint64_t load_ns[I8254_COUNTERS]; /* how long the last load took */
static enum rule rule_now[I8254_COUNTERS];
static uint8_t status_may[I8254_COUNTERS]; /* bits of a latched status */

static const struct i8254_counter *ours(unsigned counter)
{
	return &chip.regs.counters[counter];
}

static unsigned mode_of(const struct i8254_counter *c)
{
	unsigned mode = c->control >> 1 & 7;

	return mode > 5 ? mode - 4 : mode;
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* Why KVM's counting may differ now. */
static enum rule counting_rule(unsigned counter)
{
	const struct i8254_counter *c = ours(counter);
	bool periodic = i8254_counter_is_periodic(c);

	if (rule_now[counter] != NONE)
		return rule_now[counter];
	if (c->control & 1)
		return BCD;
	if (periodic && c->cr == 1)
		return ILLEGAL;
	if (periodic && !counter &&
	    i8254_counter_period(c) < I8254_EDGE_CLOCKS + 1)
		return FAST;
	return mode_of(c) == 3 && c->cr & 1 ? ODD : NONE;
}

static enum rule out_rule(unsigned counter)
{
	enum rule rule = counting_rule(counter);
	unsigned mode = mode_of(ours(counter));

	/* What is odd about mode 3's count is not about its OUT. */
	if (rule != NONE && rule != ODD)
		return rule;
	return mode == 0 || mode == 3 ? NONE : PULSE;
}

/* What the counter may show between `from_ns` and `to_ns`: is KVM's in it? */

struct sight {
	unsigned count; /* CE, in KVM's binary way */
	bool out;
};

static struct sight look(const struct i8254 *at, unsigned counter)
{
	struct i8254_counter c = at->regs.counters[counter];
	unsigned lsb;

	c.status_latched = false;
	c.latched = 0;
	c.control |= I8254_CONTROL_RW;
	i8254_counter_latch_count(&c);
	lsb = i8254_counter_read(&c);
	return (struct sight){
		.count = (unsigned)i8254_counter_read(&c) << 8 | lsb,
		.out = i8254_counter_out(&c),
	};
}

/* `mask` are the bits of the count that KVM's has; 0 compares OUT. */
static bool seen(const struct i8254 *at, unsigned counter, unsigned mask,
		 unsigned kvm)
{
	struct sight sight = look(at, counter);

	return mask ? (sight.count & mask) == (kvm & mask) : sight.out == kvm;
}

static void compare_in_time(const char *what, unsigned counter, unsigned mask,
			    unsigned kvm, uint64_t took_ns)
{
	struct i8254 at = { .regs = chip.regs };
	uint64_t window =
	    (took_ns + load_ns[counter] + LAG_NS) * I8254_HZ / SECOND_NS;
	enum rule rule = mask ? counting_rule(counter) : out_rule(counter);

	if (window > WINDOW) {
		unknown++;
		return;
	}
	compared++;
	for (uint64_t i = 0; i <= 2 * window; i++) { /* two steps a clock */
		if (seen(&at, counter, mask, kvm))
			return;
		i8254_advance(&at, at.regs.now_ns + 420);
	}
	differ(rule, what, counter, look(&chip, counter).count, kvm);
}

/* What KVM shows, after a step. */

static void compare_counter(unsigned i, const struct kvm_pit_channel_state *kvm)
{
	const struct i8254_counter *c = ours(i);
	unsigned rw = c->control >> 4;
	unsigned both = rw == 3;

	compare("rw_mode", i, rw, kvm->rw_mode);
	compare("read_state", i, rw + (both && c->read_msb), kvm->read_state);
	compare("write_state", i, rw + (both && c->half_written),
		kvm->write_state);
	compare("mode", i, mode_of(c), kvm->mode);
	compare("bcd", i, c->control & 1, kvm->bcd);
	compare("gate", i, c->gate, kvm->gate);
	compare("status_latched", i, c->status_latched, kvm->status_latched);
	compare("count_latched", i, c->latched, kvm->count_latched);
	if (c->half_written)
		compare("write_latch", i, c->lsb, kvm->write_latch);
	if (c->armed)
		compare("count", i, c->cr ? c->cr : 0x10000, kvm->count);
}

static void compare_state(const struct kvm_pit_state2 *kvm)
{
	for (unsigned i = 0; i < I8254_COUNTERS; i++)
		compare_counter(i, &kvm->channels[i]);
	compare("speaker", 2, chip.regs.speaker,
		!!(kvm->flags & KVM_PIT_FLAGS_SPEAKER_DATA_ON));
}

static void compare_status(unsigned i, uint8_t kvm, uint64_t took_ns)
{
	uint8_t we = ours(i)->status;

	compare("status: RW and BCD", i, we & 0x31, kvm & 0x31);
	status_may[i] = 0xC0;
	if ((we ^ kvm) & 0x40)
		differ(NULL_COUNT, "status: null count", i, we, kvm);
	if ((we ^ kvm) & 0x0E) {
		differ((we & 0x0E) > 5 << 1 ? MODE_BITS : NONE, "status: mode",
		       i, we, kvm);
		status_may[i] |= 0x0E;
	}
	compare_in_time("status: OUT", i, 0, kvm >> 7, took_ns);
}

/* What a step latched. `was` is ours before it. */
static void compare_latches(const struct i8254_regs *was,
			    const struct kvm_pit_state2 *kvm, uint64_t took_ns)
{
	for (unsigned i = 0; i < I8254_COUNTERS; i++) {
		const struct i8254_counter *before = &was->counters[i];
		const struct kvm_pit_channel_state *theirs = &kvm->channels[i];

		if (ours(i)->latched && !before->latched)
			compare_in_time("latched count", i, 0xFFFF,
					theirs->latched_count, took_ns);
		if (ours(i)->status_latched && !before->status_latched)
			compare_status(i, theirs->status, took_ns);
	}
}

static void compare_read(const struct i8254_counter *was, unsigned i,
			 unsigned we, unsigned kvm, unsigned kvm_latch,
			 uint64_t took_ns)
{
	bool msb = was->latched
		       ? !(was->latched & 1)
		       : was->read_msb || (was->control & 0x30) == 0x20;

	if (was->status_latched)
		compare("status read", i, we & ~status_may[i] & 0xFF,
			kvm & ~status_may[i] & 0xFFU);
	else if (was->latched)
		compare("latch read", i, msb ? kvm_latch >> 8 : kvm_latch & 255,
			kvm);
	else
		compare_in_time("read", i, msb ? 0xFF00 : 0x00FF,
				msb ? kvm << 8 : kvm, took_ns);
}

/* The refresh bit is of nobody's time. */
static void compare_port_b(unsigned we, unsigned kvm, uint64_t took_ns)
{
	compare("port B", 2, we & 0xCF, kvm & 0xCF);
	compare_in_time("port B: OUT 2", 2, 0, kvm >> 5 & 1, took_ns);
}

/* What a write means for the counting, in both. */

static void counted(unsigned i, const struct i8254_counter *was,
		    uint64_t took_ns)
{
	const struct i8254_counter *c = ours(i);
	unsigned mode = mode_of(c);

	if (c->half_written) {
		if (mode == 0)
			rule_now[i] = HALF_RUNS;
		return;
	}
	load_ns[i] = took_ns;
	if (mode == 1 || mode == 5)
		rule_now[i] = TRIGGER;
	else if (!c->gate)
		rule_now[i] = GATE;
	else
		rule_now[i] = mode % 4 && was->armed ? NEW_COUNT : NONE;
}

static void gated(const struct i8254_counter *was, uint64_t took_ns)
{
	const struct i8254_counter *c = ours(2);
	bool triggers = mode_of(c) % 4;

	if (c->gate == was->gate || !c->armed)
		return;
	if (c->gate && triggers) {
		load_ns[2] = took_ns;
		rule_now[2] = NONE;
	} else if (mode_of(c) % 4 != 1 && rule_now[2] == NONE) {
		rule_now[2] = GATE;
	}
}

static void drain(unsigned i)
{
	struct step read = { (uint8_t)i, false, 0 };
	struct kvm_pit_state2 state = get_kvm();

	if (ours(i)->status_latched)
		i8254_read(&chip, i, 1);
	while (state.channels[i].status_latched ||
	       state.channels[i].count_latched) {
		kvm_access(&read);
		state = get_kvm();
	}
}

static void controlled(uint8_t value, const struct i8254_regs *was)
{
	unsigned i = value >> 6;

	if (i == 3 || !(value & I8254_CONTROL_RW))
		return;
	rule_now[i] = CONTROL_RUNS;
	if (was->counters[i].latched) {
		needed[CONTROL_LATCH]++;
		drain(i);
	}
}

static void wrote(const struct step *step, const struct i8254_regs *was,
		  uint64_t took_ns)
{
	if (step->reg == CONTROL)
		controlled(step->value, was);
	else if (step->reg == PORT_B)
		gated(&was->counters[2], took_ns);
	else
		counted(step->reg, &was->counters[step->reg], took_ns);
}

/* Commands that latch are of the time before, as reads; writes of after. */
static bool is_capture(const struct step *step)
{
	if (!step->write)
		return true;
	return step->reg == CONTROL &&
	       (step->value >= 0xC0 || !(step->value & I8254_CONTROL_RW));
}

/* `lost`: the write is kept from our chip. */
static void play(struct step step, bool lost)
{
	struct kvm_pit_state2 before = get_kvm(), after;
	uint64_t from = clock_ns();
	uint8_t kvm = kvm_access(&step);
	uint64_t to = clock_ns();
	struct i8254_regs was;
	unsigned we = 0;

	history[steps++ % HISTORY] = step;
	i8254_advance(&chip, is_capture(&step) ? from : to);
	was = chip.regs;
	if (step.write && !lost)
		i8254_write(&chip, step.reg, step.value, 1);
	else if (!step.write)
		we = i8254_read(&chip, step.reg, 1);
	if (step.write && !lost)
		wrote(&step, &was, to - from);
	after = get_kvm();
	compare_state(&after);
	compare_latches(&was, &after, to - from);
	if (!step.write && step.reg == PORT_B)
		compare_port_b(we, kvm, to - from);
	else if (!step.write)
		compare_read(&was.counters[step.reg], step.reg, we, kvm,
			     before.channels[step.reg].latched_count,
			     to - from);
}

static void put(uint8_t reg, uint8_t value)
{
	play((struct step){ reg, true, value }, false);
}

static void get(uint8_t reg)
{
	play((struct step){ reg, false, 0 }, false);
}

/* The steps by chance, but such that something comes of them. */

static uint64_t seed;

static unsigned pick(unsigned below)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(seed >> 33) % below;
}

static uint8_t some_control(void)
{
	switch (pick(4)) {
	case 0: /* a latch, of all its don't cares */
		return (uint8_t)(pick(3) << 6 | pick(16));
	case 1: /* read back */
		return (uint8_t)(0xC0 | pick(64));
	default:
		return (uint8_t)(pick(3) << 6 | (1 + pick(3)) << 4 |
				 pick(8) << 1 | !pick(4));
	}
}

static struct step some_step(void)
{
	struct step step = { .reg = (uint8_t)pick(3), .write = pick(2) };
	unsigned kind = pick(8);

	step.value = (uint8_t)(pick(3) ? pick(256) : pick(4));
	if (kind < 2)
		step = (struct step){ CONTROL, true, some_control() };
	else if (kind == 2)
		step.reg = PORT_B;
	return step;
}

/* A known state, whatever there was. */
static void program_all(void)
{
	i8254_reset(&chip);
	for (uint8_t i = 0; i < I8254_COUNTERS; i++) {
		struct step control = { CONTROL, true,
					(uint8_t)(i << 6 | 0x30) };

		drain(i);
		kvm_access(&control);
		i8254_write(&chip, CONTROL, control.value, 1);
		rule_now[i] = CONTROL_RUNS;
	}
	put(PORT_B, 0);
}

/* Each mode by itself: a count, latched and read, and its status. */
static void play_modes(void)
{
	for (uint8_t control = 0x10; control < 0x40; control++) {
		uint8_t i = control % 3;

		put(PORT_B, 1);
		put(CONTROL, (uint8_t)(i << 6 | control));
		put(i, 0xFE);
		put(i, 0xF0);
		put(CONTROL, (uint8_t)(i << 6));
		get(i);
		get(i);
		put(CONTROL, (uint8_t)(0xC0 | 2 << i));
		get(i);
		get(i);
		get(i);
		put(PORT_B, 0);
		put(PORT_B, 3);
		get(i);
		get(PORT_B);
	}
}

/* Many clocks between the two: is it the same rate? */
static void play_rates(void)
{
	const struct timespec wait = { .tv_nsec = 20000000 };

	put(PORT_B, 1);
	for (uint8_t n = 0; n < 4 * I8254_COUNTERS; n++) {
		static const uint8_t modes[] = { 0, 2, 3, 4 };
		uint8_t i = n / 4;

		put(CONTROL, (uint8_t)(i << 6 | 0x30 | modes[n % 4] << 1));
		put(i, 0xFE);
		put(i, 0xF0);
		nanosleep(&wait, NULL);
		put(CONTROL, (uint8_t)(0xC0 | 2 << i));
		get(i);
		get(i);
		get(i);
	}
}

/* What chance rarely finds. */
static void play_illegal(void)
{
	put(PORT_B, 1);
	put(CONTROL, 0x96); /* counter 2, one byte, mode 3 */
	put(2, 1);
	put(CONTROL, 0x80);
	get(2);
}

static void play_chance(unsigned long count)
{
	while (count--)
		play(some_step(), false);
}

static void verdict(const char *what, bool passed)
{
	printf("%s - pit oracle: %s\n", passed ? "ok" : "not ok", what);
}

/* All but FAST, which shows only where the steps are as fast as the edges. */
static bool all_rules_needed(void)
{
	bool all = true;

	for (unsigned i = NONE + 1; i < RULES; i++) {
		printf("# %5lu times: %s\n", needed[i], rules[i]);
		all = all && (needed[i] || i == FAST);
	}
	return all;
}

/* Each kind of write, kept from ours once: it has to show. */
static unsigned unnoticed_losses(void)
{
	static const struct step losses[] = {
		{ CONTROL, true, 0x74 }, { CONTROL, true, 0x40 },
		{ CONTROL, true, 0xE4 }, { 1, true, 0x55 },
		{ PORT_B, true, 0x01 },  { PORT_B, true, 0x02 },
	};
	unsigned unnoticed = 0;

	quiet = true;
	for (unsigned i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
		unsigned long before;

		program_all();
		before = differences;
		play(losses[i], true);
		unnoticed += differences == before;
	}
	return unnoticed;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 5000;
	bool same, all, noticed;

	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 8254;
	setvbuf(stdout, NULL, _IOLBF, 0);
	start_kvm();
	program_all();
	play_modes();
	play_rates();
	play_illegal();
	play_chance(count);
	printf("# %lu steps, %lu comparisons, %lu of a time too long\n", steps,
	       compared, unknown);
	same = !differences;
	verdict("the same but for the intended differences", same);
	all = all_rules_needed();
	verdict("each intended difference is seen", all);
	noticed = !unnoticed_losses();
	verdict("a write that our chip loses is noticed", noticed);
	return !(same && all && noticed);
}
