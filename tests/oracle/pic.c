/*
 * Plays the same steps to our i8259 pair and to KVM's own PIC, and compares
 * all that KVM_GET_IRQCHIP shows, what is read, and the vectors that are
 * acknowledged, after every step. The steps are writes, reads, changes of a
 * line, and openings of the CPU to interrupts: scripts first, then SEED.
 *
 *	pic [SEED [STEPS]]
 *
 * KVM has no call for a port access, so a guest of a few bytes does each.
 *
 * Where KVM is known to differ from the datasheet, or from what we chose, a
 * rule of the table below allows just these bits in just this step. KVM's
 * chips are then given ours (KVM_SET_IRQCHIP), so that the rest of the run is
 * compared again. Each rule has to be needed: one that never is, is reported.
 *
 * Prints TAP; ends with 1 if something differs.
 */
#include "board-pc/i8259.h"

#include "tests/oracle/port_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The intended differences. */
enum rule {
	WITHDRAWN,
	CASCADE_LATE,
	ICW1_CLEARS,
	ICW1_LEVELS,
	SINGLE,
	SPECIAL_MASK,
	POLLED,
	ELCR_CHANGE,
	UNREADY,
	NESTED,
	RULES,
};

static const char *const rules[RULES] = {
	[WITHDRAWN] = "KVM keeps the request of an edge-triggered line that "
		      "fell, and of the slave when its INT falls",
	[CASCADE_LATE] =
	    "KVM looks at the slave's INT, and at INTR, only after "
	    "some commands, and forgets it at the master's ICW1",
	[ICW1_CLEARS] = "KVM's ICW1 keeps the ISR and a poll",
	[ICW1_LEVELS] = "KVM's ICW1 forgets which lines are high",
	[SINGLE] = "KVM has no SNGL: ICW3 comes, and IR2 is the slave",
	[SPECIAL_MASK] = "KVM keeps special mask mode, and does nothing by it",
	[POLLED] =
	    "KVM's poll has no I bit, ends the interrupt, does not rotate, "
	    "and a slave's takes IR2 of the master with it",
	[ELCR_CHANGE] = "KVM looks at a line again when it is set, not when "
			"ELCR is",
	[UNREADY] = "KVM's chips interrupt before they are initialized",
	[NESTED] = "KVM's special fully nested mode does not lock out the "
		   "lines below the slave's",
};

static unsigned long needed[RULES];
static unsigned long steps, vectors;

/* The steps. */

enum kind { WRITE, READ, LINE, OPEN };

struct step {
	enum kind kind;
	uint8_t at; /* enum i8259_reg, or the line */
	uint8_t value;
};

#define HISTORY 24

static struct step history[HISTORY];
static const char *const reg_names[] = { "master 0", "master 1", "slave 0",
					 "slave 1",  "ELCR1",    "ELCR2" };

static void print_step(const struct step *step)
{
	switch (step->kind) {
	case WRITE:
		printf("#   write %s, 0x%02x\n", reg_names[step->at],
		       step->value);
		break;
	case READ:
		printf("#   read %s\n", reg_names[step->at]);
		break;
	case LINE:
		printf("#   line %u %s\n", step->at,
		       step->value ? "high" : "low");
		break;
	case OPEN:
		printf("#   open to interrupts\n");
	}
}

static void print_history(void)
{
	puts("# after these steps:");
	unsigned long from = steps > HISTORY ? steps - HISTORY : 0;

	for (unsigned long i = from; i < steps; i++)
		print_step(&history[i % HISTORY]);
}

/* KVM's. */

static const uint16_t ports[] = { 0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x4D1 };

static void kvm_line(unsigned line, bool level)
{
	struct kvm_irq_level irq = { { line }, level };

	port_guest_ioctl(KVM_IRQ_LINE, &irq, "KVM_IRQ_LINE");
}

static struct kvm_pic_state get_kvm(unsigned chip)
{
	struct kvm_irqchip irqchip = { .chip_id = chip };

	port_guest_ioctl(KVM_GET_IRQCHIP, &irqchip, "KVM_GET_IRQCHIP");
	return irqchip.chip.pic;
}

/* KVM also looks at its slave's INT and at INTR again. */
static void set_kvm(unsigned chip, const struct kvm_pic_state *state)
{
	struct kvm_irqchip irqchip = { .chip_id = chip };

	irqchip.chip.pic = *state;
	port_guest_ioctl(KVM_SET_IRQCHIP, &irqchip, "KVM_SET_IRQCHIP");
}

/* Ours, in KVM's words. */

static struct i8259_pair pair;
static bool intr;

static void drive_intr(void *listener, unsigned line, bool level)
{
	(void)listener;
	(void)line;
	intr = level;
}

static struct kvm_pic_state ours(unsigned index)
{
	static const uint8_t init_state[] = {
		[I8259_POWERED_ON] = 0, [I8259_WANTS_ICW2] = 1,
		[I8259_WANTS_ICW3] = 2, [I8259_WANTS_ICW4] = 3,
		[I8259_READY] = 0,
	};
	const struct i8259 *chip = &pair.regs.chips[index];

	return (struct kvm_pic_state){
		.last_irr = chip->lines & (uint8_t)~chip->cascade,
		.irr = chip->lines & (chip->edges | chip->elcr | chip->cascade),
		.imr = chip->imr,
		.isr = chip->isr,
		.priority_add = (chip->lowest + 1U) % 8,
		.irq_base = chip->icw2,
		.read_reg_select = chip->reads_isr,
		.poll = chip->polled,
		.special_mask = chip->special_mask,
		.init_state = init_state[chip->stage],
		.auto_eoi = chip->icw4 >> 1 & 1,
		.rotate_on_auto_eoi = chip->rotates,
		.special_fully_nested_mode = chip->icw4 >> 4 & 1,
		.init4 = chip->icw1 & 1,
		.elcr = chip->elcr,
		.elcr_mask = index ? 0xDE : 0xF8,
	};
}

/* Where they may differ. */

/* What the step was, to a chip; `was` is ours before it. */
struct change {
	const struct step *step;
	const struct i8259_regs *was;
	unsigned index;
};

/* A command word was written to the chip. */
static bool wrote(const struct change *it, bool a0)
{
	return it->step->kind == WRITE && it->step->at == it->index * 2 + a0;
}

static bool wrote_icw1(const struct change *it)
{
	return wrote(it, false) && it->step->value & 0x10;
}

static bool nonspecific_eoi(const struct change *it)
{
	return wrote(it, false) && (it->step->value & 0x78) == 0x20;
}

static const struct i8259 *before(const struct change *it)
{
	return &it->was->chips[it->index];
}

static bool ignored(const struct i8259 *chip)
{
	return chip->special_mask && chip->isr & chip->imr;
}

/* Did the step poll a chip, and which? */
static bool polled(const struct change *it)
{
	const struct step *step = it->step;

	return step->kind == READ && step->at < I8259_MASTER_ELCR &&
	       it->was->chips[step->at / 2].polled;
}

/* The bits that may differ, and by which rule. */
struct leave {
	uint8_t bits;
	enum rule rule;
};

static const struct leave none;

/* KVM looks at its slave's INT after these, and not after the others. */
static bool kvm_looks(const struct change *it)
{
	const struct step *step = it->step;

	if (step->kind != WRITE)
		return true;
	if (step->at >= I8259_MASTER_ELCR)
		return false;
	if (step->at & 1)
		return it->was->chips[step->at / 2].stage == I8259_READY;
	return !(step->value & 0x18) && step->value & 0x60;
}

/* Of the master's IR2. */
static struct leave cascade_may(const struct change *it, uint8_t kvm)
{
	const struct i8259 *master = &it->was->chips[I8259_MASTER];
	const struct i8259 *slave = &pair.regs.chips[I8259_SLAVE];
	uint8_t bit = 1 << I8259_CASCADE;

	if (slave->stage != I8259_READY)
		return (struct leave){ bit, UNREADY };
	if (ignored(slave))
		return (struct leave){ bit, SPECIAL_MASK };
	if (!kvm_looks(it))
		return (struct leave){ bit, CASCADE_LATE };
	return (struct leave){ kvm & master->lines & bit, WITHDRAWN };
}

static struct leave irr_may(const struct change *it, uint8_t we, uint8_t kvm)
{
	const struct step *step = it->step;
	uint8_t bit = (uint8_t)(1 << step->at % 8);
	uint8_t changed = before(it)->elcr ^ pair.regs.chips[it->index].elcr;
	struct leave cascade = it->index ? none : cascade_may(it, kvm);

	if (polled(it))
		return (struct leave){ before(it)->lines | 1 << I8259_CASCADE,
				       POLLED };
	if (changed & (we ^ kvm))
		return (struct leave){ changed | cascade.bits, ELCR_CHANGE };
	if (step->kind == LINE && !step->value && step->at / 8 == it->index &&
	    kvm & ~we & bit)
		return (struct leave){ bit | cascade.bits, WITHDRAWN };
	return cascade;
}

static struct leave isr_may(const struct change *it)
{
	if (polled(it))
		return (struct leave){ 0xFF, POLLED };
	if (wrote_icw1(it))
		return (struct leave){ before(it)->isr, ICW1_CLEARS };
	if (nonspecific_eoi(it) && ignored(before(it)))
		return (struct leave){ 0xFF, SPECIAL_MASK };
	return none;
}

static struct leave line_may(const struct change *it)
{
	if (wrote_icw1(it))
		return (struct leave){ before(it)->lines, ICW1_LEVELS };
	return none;
}

/* Rotation follows the EOI. */
static struct leave priority_may(const struct change *it)
{
	if (polled(it) && before(it)->rotates && before(it)->icw4 & 0x02)
		return (struct leave){ 0x07, POLLED };
	if (nonspecific_eoi(it) && ignored(before(it)))
		return (struct leave){ 0x07, SPECIAL_MASK };
	return none;
}

static struct leave init_may(const struct change *it)
{
	if (wrote(it, true) && before(it)->icw1 & 0x02)
		return (struct leave){ 0x03, SINGLE };
	return none;
}

static struct leave poll_may(const struct change *it)
{
	if (wrote_icw1(it))
		return (struct leave){ before(it)->polled, ICW1_CLEARS };
	return none;
}

/* Comparison. */

static bool failed;

static void fail(const char *what, unsigned we, unsigned kvm)
{
	printf("# %s: ours 0x%02x, KVM's 0x%02x\n", what, we & 0xFFF,
	       kvm & 0xFFF);
	failed = true;
}

static void compare_field(unsigned index, const char *name, uint8_t we,
			  uint8_t kvm, struct leave leave)
{
	char what[64];

	if (we == kvm)
		return;
	if (!((we ^ kvm) & ~leave.bits)) {
		needed[leave.rule]++;
		return;
	}
	snprintf(what, sizeof(what), "%s's %s", index ? "slave" : "master",
		 name);
	fail(what, we, kvm);
}

#define COMPARE(field, leave)                                                  \
	compare_field(it->index, #field, we.field, kvm.field, (leave))

/* Returns whether KVM's chip is as ours. */
static bool compare_chip(const struct change *it)
{
	struct kvm_pic_state we = ours(it->index);
	struct kvm_pic_state kvm = get_kvm(it->index);

	COMPARE(imr, none);
	COMPARE(irq_base, none);
	COMPARE(read_reg_select, none);
	COMPARE(special_mask, none);
	COMPARE(auto_eoi, none);
	COMPARE(rotate_on_auto_eoi, none);
	COMPARE(special_fully_nested_mode, none);
	COMPARE(init4, none);
	COMPARE(elcr, none);
	COMPARE(elcr_mask, none);
	COMPARE(irr, irr_may(it, we.irr, kvm.irr));
	COMPARE(isr, isr_may(it));
	COMPARE(last_irr, line_may(it));
	COMPARE(priority_add, priority_may(it));
	COMPARE(init_state, init_may(it));
	COMPARE(poll, poll_may(it));
	return !memcmp(&we, &kvm, sizeof(we));
}

/* After a difference that is intended. */
static void give_kvm_ours(void)
{
	for (unsigned chip = 2; chip-- > 0;) {
		struct kvm_pic_state state = ours(chip);

		set_kvm(chip, &state);
	}
}

/* Is this a rule for taking an interrupt, with `was` before? */
static bool take_rule(enum rule rule, const struct i8259 *was)
{
	const struct i8259 *master = &was[I8259_MASTER];
	const struct i8259 *slave = &was[I8259_SLAVE];

	switch (rule) {
	case UNREADY:
		return master->stage != I8259_READY ||
		       slave->stage != I8259_READY;
	case SPECIAL_MASK:
		return ignored(master) || ignored(slave);
	case SINGLE:
		return master->icw1 & 0x02;
	case NESTED:
		return master->icw4 & 0x10 && master->isr & 1 << I8259_CASCADE;
	default:
		return false;
	}
}

/* By it, may the vector be `we` here and `kvm` there? -1 is none. */
static bool take_may(enum rule rule, const struct i8259 *was, int we, int kvm)
{
	if (!take_rule(rule, was))
		return false;
	switch (rule) {
	case UNREADY:
		return kvm >= 0;
	case SPECIAL_MASK:
		return we >= 0;
	case SINGLE:
		if (take_rule(NESTED, was) && we < 0)
			return true;
		return we == was[I8259_MASTER].icw2 + I8259_CASCADE;
	default:
		return we < 0 && (kvm & ~7) == was[I8259_MASTER].icw2;
	}
}

/* KVM may have an INTR that it has not looked at since. */
static bool kvm_is_late(void)
{
	const struct step *last = &history[(steps + HISTORY - 2) % HISTORY];

	return last->kind == WRITE;
}

static int our_interrupt(void)
{
	return intr ? i8259_acknowledge(&pair) : -1;
}

static void play_open(const struct i8259 *was)
{
	unsigned rule = 0;
	int we, kvm;

	if (kvm_is_late())
		give_kvm_ours();
	we = our_interrupt();
	kvm = port_guest_open();
	vectors += we >= 0;
	while (rule < RULES && we != kvm && !take_may(rule, was, we, kvm))
		rule++;
	if (rule == RULES)
		fail("vector", (unsigned)we, (unsigned)kvm);
	else if (we != kvm)
		needed[rule]++;
	for (rule = 0; rule < RULES; rule++)
		if (take_rule(rule, was))
			give_kvm_ours();
}

/* The master's IR2 may be what it may be after a step, too. */
static struct leave read_may(const struct change *it, uint8_t we, uint8_t kvm)
{
	if (polled(it))
		return (struct leave){ 0xFF, POLLED };
	if (it->step->at == I8259_MASTER_COMMAND && !before(it)->reads_isr)
		return irr_may(it, we, kvm);
	return none;
}

static void play_read(const struct step *step, const struct change *it)
{
	uint8_t we = (uint8_t)i8259_read(&pair, step->at, 1);
	uint8_t kvm = port_guest_in(ports[step->at]);

	compare_field(step->at >> 1 & 1, "answer to a read", we, kvm,
		      read_may(it, we, kvm));
}

static void play(struct step step)
{
	struct i8259_regs was = pair.regs;
	struct change it = { &step, &was, 0 };
	bool same;

	history[steps++ % HISTORY] = step;
	switch (step.kind) {
	case WRITE:
		i8259_write(&pair, step.at, step.value, 1);
		port_guest_out(ports[step.at], step.value);
		break;
	case READ:
		play_read(&step, &it);
		break;
	case LINE:
		i8259_set_irq(&pair, step.at, step.value);
		kvm_line(step.at, step.value);
		break;
	case OPEN:
		play_open(was.chips);
	}
	same = compare_chip(&it);
	it.index = 1;
	same &= compare_chip(&it);
	if (failed)
		print_history();
	if (!same)
		give_kvm_ours();
}

/* Scripts: a letter and hex digits a step. */

static const struct {
	const char *name;
	const char *text;
} scripts[] = {
	/* w REG VALUE, r REG, + LINE, - LINE, o: open */
	{ "initialization", "w011 w108 w104 w101 w211 w370 w302 w301 r1 r3 "
			    "w1fb w3ff r1 r3 w100" },
	{ "every line, in order",
	  "+0 o w020 +1 o w020 +3 o w020 +4 o w020 +5 o w020 +6 o w020 +7 o "
	  "w020 w300 +8 o w220 w020 +9 o w220 w020 +a o w220 w020 +b o w220 "
	  "w020 +c o w220 w020 +d o w220 w020 +e o w220 w020 +f o w220 w020 "
	  "w100 -0 +0 o w020 -1 +1 o w020 -3 +3 o w020 -7 +7 o w020" },
	{ "priorities and nesting",
	  "-3 -4 -5 -1 +5 o +3 o +4 o +1 o w00a r0 w00b r0 w020 o w020 o w020 "
	  "o w020 o w020" },
	{ "specific EOI and rotation",
	  "-3 -5 +5 o +3 o w065 w063 w0c3 -3 -5 +3 +5 o w0a0 o w0e3 o w0c7" },
	{ "level-triggered",
	  "w460 w520 r4 r5 w4ff w5ff r4 r5 w460 w520 -5 +5 o o w020 o -5 w020 "
	  "-d +d o w220 w020 o -d w220 w020 o w400 w500" },
	{ "automatic EOI and rotation",
	  "w011 w140 w104 w103 w080 -3 +3 -5 +5 o o o -3 +3 -5 +5 o o w000 "
	  "-7 +7 -3 +3 o o" },
	{ "cascade", "w011 w108 w104 w101 -9 +9 -c +c -3 +3 o -8 +8 o w220 o "
		     "w020 o w220 w020 o w020 o" },
	{ "special fully nested",
	  "w011 w108 w104 w111 -9 +9 -c +c -3 +3 o -8 +8 o w220 w220 o w220 "
	  "w020 o w020 o w011 w108 w104 w101" },
	{ "special mask", "-3 +3 o -6 +6 w108 w068 o w020 w048 w020 w100 o" },
	{ "single", "w013 w108 w101 r1 -3 +3 o w020 -9 +9 o w011 w108 w104 "
		    "w101 w220" },
	{ "poll",
	  "-9 +9 w00c r0 w20c r2 w00c r1 w220 w020 -4 +4 w00c r0 w020" },
	{ "interrupted initialization",
	  "w011 -3 +3 w011 w108 o w104 w00b w101 o r1 -3 +3 o w020" },
	{ "without ICW4", "w010 w148 w104 -3 +3 o w020" },
};

static uint8_t hex(const char **at, unsigned digits)
{
	char text[3] = { 0 };

	memcpy(text, *at, digits);
	*at += digits;
	return (uint8_t)strtoul(text, NULL, 16);
}

static struct step parse(const char **at)
{
	struct step step = { 0 };
	char letter = *(*at)++;

	if (letter == 'w') {
		step.kind = WRITE;
		step.at = hex(at, 1);
		step.value = hex(at, 2);
	} else if (letter == 'r') {
		step.kind = READ;
		step.at = hex(at, 1);
	} else if (letter == 'o') {
		step.kind = OPEN;
	} else {
		step.kind = LINE;
		step.at = hex(at, 1);
		step.value = letter == '+';
	}
	while (**at == ' ')
		(*at)++;
	return step;
}

/* Prints how it went since the last time. */
static bool result(const char *name)
{
	bool passed = !failed;

	printf("%s - pic oracle: %s (%lu steps, %lu interrupts)\n",
	       passed ? "ok" : "not ok", name, steps, vectors);
	failed = false;
	steps = 0;
	vectors = 0;
	return passed;
}

static bool play_scripts(void)
{
	bool passed = true;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		const char *at = scripts[i].text;

		while (*at && !failed)
			play(parse(&at));
		passed &= result(scripts[i].name);
	}
	return passed;
}

/* Random steps. */

static uint64_t seed;

static unsigned random_below(unsigned n)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(seed >> 33) % n;
}

static void random_line(void)
{
	uint8_t line = (uint8_t)random_below(16);

	if (line != I8259_CASCADE)
		play((struct step){ LINE, line, (uint8_t)random_below(2) });
}

/* Mostly whole; sometimes anything comes between. */
static void random_initialization(void)
{
	uint8_t chip = (uint8_t)random_below(2);
	uint8_t reg = (uint8_t)(chip * 2);
	uint8_t icw1 = random_below(8) ? 0x11 : (uint8_t)(random_below(256));
	uint8_t icw4 = random_below(2) ? 0x01 : (uint8_t)random_below(32);
	unsigned words = random_below(8) ? 3 : random_below(4);

	icw1 |= 0x10;
	play((struct step){ WRITE, reg, icw1 });
	for (unsigned i = 0; i < words; i++) {
		uint8_t value = icw4;

		if (!random_below(10))
			random_line();
		if (i == 0)
			value = (uint8_t)(0x20 + 8 * random_below(28));
		else if (pair.regs.chips[chip].stage == I8259_WANTS_ICW3)
			value = chip ? 2 : 4;
		else if (pair.regs.chips[chip].stage == I8259_READY)
			return;
		play((struct step){ WRITE, (uint8_t)(reg + 1), value });
	}
}

/* Commands with A0 = 0, EOIs above all, with fewer of what needs rules. */
static uint8_t random_command(void)
{
	static const uint8_t often[] = { 0x20, 0x20, 0x20, 0x20, 0xA0,
					 0x0A, 0x0B, 0x48, 0x48, 0x62 };

	if (random_below(4))
		return often[random_below(sizeof(often))];
	return (uint8_t)(random_below(256) & ~0x10U);
}

static void random_step(void)
{
	uint8_t chip = (uint8_t)random_below(2);
	unsigned what = random_below(100);

	if (what < 40)
		random_line();
	else if (what < 65)
		play((struct step){ OPEN, 0, 0 });
	else if (what < 83)
		play((struct step){ WRITE, (uint8_t)(chip * 2),
				    random_command() });
	else if (what < 88)
		play((struct step){
		    WRITE, (uint8_t)(chip * 2 + 1),
		    (uint8_t)(random_below(256) & random_below(256)) });
	else if (what < 95)
		play((struct step){ READ, (uint8_t)random_below(6), 0 });
	else if (what < 98)
		play((struct step){ WRITE, (uint8_t)(I8259_MASTER_ELCR + chip),
				    (uint8_t)random_below(256) });
	else
		random_initialization();
}

static bool play_random(unsigned long count)
{
	char name[40];

	snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
	while (steps < count && !failed)
		random_step();
	return result(name);
}

/* A rule that nothing needs is one that hides something, some day. */
static bool report_rules(void)
{
	bool passed = true;

	for (unsigned i = 0; i < RULES; i++) {
		passed &= needed[i] != 0;
		printf("%s - pic oracle: intended, %lu times: %s\n",
		       needed[i] ? "ok" : "not ok", needed[i], rules[i]);
	}
	return passed;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;
	bool passed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	port_guest_start("pic oracle");
	pair.intr.drive = drive_intr;
	i8259_reset(&pair);
	passed = play_scripts();
	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 8259;
	passed &= play_random(count);
	passed &= report_rules();
	return passed ? 0 : 1;
}
