/*
 * The report on a dead guest. KVM is played by this test: kvm_get_registers and
 * kvm_translate are defined here, so that those of the library stay out.
 */
#include "cpu/report.h"


#include "board-pc/map.h"
#include "tests/unit/unit.h"

#define CR0_PE   UINT64_C(1)
#define CR0_PG   (UINT64_C(1) << 31)
#define EFER_LMA (UINT64_C(1) << 10)
#define VM86     (UINT64_C(1) << 17)

/* What KVM tells. */
static struct kvm_sregs sregs;
static struct kvm_regs regs;
static bool tells, mapped;
static uint64_t asked, shift; /* the linear address; gpa is `shift` less */
static struct {
	bool given, mapped;
	uint64_t linear, gpa;
} elsewhere; /* a page that is not where the others are */

bool kvm_get_registers(const struct kvm_vcpu *vcpu, struct kvm_sregs *s,
		       struct kvm_regs *r)
{
	(void)vcpu;
	if (!tells)
		return false;
	*s = sregs;
	*r = regs;
	return true;
}

bool kvm_translate(const struct kvm_vcpu *vcpu, uint64_t linear, uint64_t *gpa)
{
	(void)vcpu;
	if (elsewhere.given && linear == elsewhere.linear) {
		*gpa = elsewhere.gpa;
		return elsewhere.mapped;
	}
	asked = linear;
	if (mapped)
		*gpa = linear - shift;
	return mapped;
}

/* The guest. */
static struct kvm_run kvm_run;
static const struct kvm_vcpu vcpu = { .fd = -1, .run = &kvm_run };
static struct exit_log exits;
static uint8_t memory[MIB(1)];
static const struct ram ram = { .host = memory, .size = sizeof(memory) };
static struct death death;
static char text[4096];

/* A triple fault in 64-bit mode at 0x1000, where there is INT3, and no IDT. */
static void begin(void)
{
	sregs = (struct kvm_sregs){ .cr0 = CR0_PE | CR0_PG,
				    .cr3 = 0x9000,
				    .efer = EFER_LMA,
				    .cs = { .l = 1, .selector = 0x10 },
				    .idt = { .limit = 0xFFF } };
	regs = (struct kvm_regs){ .rip = 0x1000, .rflags = 2 };
	tells = mapped = true;
	asked = shift = 0;
	elsewhere.given = false;
	kvm_run = (struct kvm_run){ .exit_reason = KVM_EXIT_SHUTDOWN };
	exits = (struct exit_log){ 0 };
	memset(memory, 0x90, sizeof(memory));
	memory[0x1000] = 0xCC;
	death = (struct death){ .why = "triple fault",
				.vcpu = 3,
				.kvm = &vcpu,
				.log = &exits,
				.ram = &ram };
}

static const char *report(void)
{
	memset(text, '~', sizeof(text));
	report_death(&death, text, sizeof(text));
	CHECK(memchr(text, '\0', sizeof(text)) != NULL);
	return text;
}

#define CHECK_SILENT(text, words) CHECK(strstr((text), (words)) == NULL)

CASE(why_and_where)
{
	begin();
	CHECK(!strncmp(report(), "the guest died: triple fault\n", 29));
	CHECK_SAYS(text, "  vCPU 3 in 64-bit mode at RIP 1000\n");
	CHECK_EQ(text[strlen(text) - 1], '\n');
}

CASE(registers_are_told)
{
	begin();
	sregs.cr2 = 0xC2;
	sregs.cr4 = 0xC4;
	sregs.idt = (struct kvm_dtable){ .base = 0x1D7, .limit = 0xFFF };
	sregs.gdt = (struct kvm_dtable){ .base = 0x6D7, .limit = 0x1F };
	regs = (struct kvm_regs){ .rip = 0x1000,
				  .rax = 0xA,
				  .rbx = 0xB,
				  .rcx = 0xC,
				  .rdx = 0xD,
				  .rsi = 0x51,
				  .rdi = 0xD1,
				  .rbp = 0xB9,
				  .rsp = UINT64_MAX,
				  .rflags = 0x46 };
	report();
	CHECK_SAYS(text, "CR0 80000001 CR2 c2 CR3 9000 CR4 c4 EFER 400\n");
	CHECK_SAYS(text, "RAX a RBX b RCX c RDX d\n");
	CHECK_SAYS(text, "RSI 51 RDI d1 RBP b9 RSP ffffffffffffffff "
			 "RFLAGS 46\n");
	CHECK_SAYS(text, "CS 10 base 0, SS 0, IDT 1d7+fff, GDT 6d7+1f\n");
}

CASE(registers_that_cannot_be_read)
{
	begin();
	tells = false;
	exits.count = 1;
	exits.records[0].reason = KVM_EXIT_HLT;
	report();
	CHECK_SAYS(text, "  vCPU 3; its registers cannot be read\n");
	CHECK_SAYS(text, "  last exits of 1: exit 5;\n");
	CHECK_SILENT(text, "RIP");
	CHECK_SILENT(text, "likely cause");
}

/* Modes. */

CASE(real_mode)
{
	begin();
	sregs.cr0 = 0;
	sregs.efer = 0;
	sregs.cs = (struct kvm_segment){ .selector = 0x1234, .base = 0x12340 };
	regs.rip = 0x56;
	CHECK_SAYS(report(), "in real mode at RIP 56\n");
	CHECK_SAYS(text, "CS 1234 base 12340");
	CHECK_EQ(asked, 0x12396);
}

CASE(virtual_8086_mode)
{
	begin();
	sregs.efer = 0;
	sregs.cs = (struct kvm_segment){ .base = 0x100 };
	regs.rflags |= VM86;
	CHECK_SAYS(report(), "in virtual 8086 mode at");
	CHECK_EQ(asked, 0x1100);
}

CASE(protected_modes)
{
	begin();
	sregs.efer = 0;
	sregs.cs = (struct kvm_segment){ .db = 1 };
	CHECK_SAYS(report(), "in 32-bit protected mode at");
	sregs.cs.db = 0;
	CHECK_SAYS(report(), "in 16-bit protected mode at");
}

CASE(compatibility_mode)
{
	begin();
	sregs.cs = (struct kvm_segment){ .db = 1 };
	CHECK_SAYS(report(), "in compatibility mode at");
}

CASE(addresses_go_round_at_32_bits_but_in_64_bit_mode)
{
	begin();
	sregs.efer = 0;
	sregs.cs = (struct kvm_segment){ .base = 0xFFFFF000, .db = 1 };
	regs.rip = 0x2000;
	report();
	CHECK_EQ(asked, 0x1000);
	begin();
	sregs.cs.base = 0x5000; /* not looked at */
	regs.rip = 0xFFFFFFFF81000000;
	shift = 0xFFFFFFFF80FFF000;
	report();
	CHECK_EQ(asked, 0xFFFFFFFF81000000);
	CHECK_SAYS(text, "bytes there: cc 90");
}

/* Bytes. */

CASE(bytes_are_those_at_rip)
{
	begin();
	CHECK_SAYS(report(), "  bytes there: cc 90 90 90 90 90 90 90 90 90 90 "
			     "90 90 90 90\n");
}

CASE(bytes_end_where_ram_ends)
{
	begin();
	regs.rip = sizeof(memory) - 2;
	CHECK_SAYS(report(), "  bytes there: 90 90\n");
}

/* What follows in memory need not follow in the page tables. */
CASE(bytes_go_on_where_the_next_page_is)
{
	begin();
	regs.rip = 0x1FFE;
	memory[0x1FFF] = 0xCC;
	memory[0x5000] = 0xC3;
	elsewhere.given = elsewhere.mapped = true;
	elsewhere.linear = 0x2000;
	elsewhere.gpa = 0x5000;
	CHECK_SAYS(report(), "  bytes there: 90 cc c3 90 90 90 90 90 90 90 90 "
			     "90 90 90 90\n");
	elsewhere.gpa = GIB(1);
	CHECK_SAYS(report(), "  bytes there: 90 cc\n");
	elsewhere.mapped = false;
	CHECK_SAYS(report(), "  bytes there: 90 cc\n");
}

CASE(bytes_of_what_is_not_mapped)
{
	begin();
	mapped = false;
	report();
	CHECK_SAYS(text, "bytes there: none");
	CHECK_SAYS(text, "likely cause: a jump to an address that is not "
			 "mapped");
}

CASE(a_jump_outside_ram)
{
	begin();
	regs.rip = 0xFEC00000;
	report();
	CHECK_SAYS(text, "bytes there: none, it is not RAM\n");
	CHECK_SAYS(text, "likely cause: a jump to fec00000, outside RAM\n");
	begin();
	regs.rip = UINT64_MAX;
	CHECK_SAYS(report(), "a jump to ffffffffffffffff, outside RAM\n");
}

/* Instructions that KVM could not emulate. */

static void cannot_emulate(const uint8_t *bytes, uint8_t size)
{
	begin();
	death.why = "KVM could not emulate an instruction";
	kvm_run.exit_reason = KVM_EXIT_INTERNAL_ERROR;
	kvm_run.emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	if (!bytes)
		return;
	kvm_run.emulation_failure.ndata = 3;
	kvm_run.emulation_failure.flags =
	    KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
	kvm_run.emulation_failure.insn_size = size;
	memcpy(kvm_run.emulation_failure.insn_bytes, bytes, size);
}

static const uint8_t fwait[] = { 0x9B, 0x01, 0x02 };

CASE(kvms_own_bytes_come_first)
{
	cannot_emulate(fwait, sizeof(fwait));
	report();
	CHECK_SAYS(text, "  bytes there: 9b 01 02\n");
	CHECK_SAYS(text, "likely cause: this KVM backend cannot emulate FWAIT "
			 "(see 'mayfly doctor')\n");
}

CASE(without_them_memory_is_read)
{
	cannot_emulate(NULL, 0);
	report();
	CHECK_SAYS(text, "  bytes there: cc 90");
	CHECK_SAYS(text, "cannot emulate INT3");
}

CASE(bytes_count_only_with_their_flag)
{
	cannot_emulate(fwait, sizeof(fwait));
	kvm_run.emulation_failure.flags = 0;
	CHECK_SAYS(report(), "cannot emulate INT3");
	cannot_emulate(fwait, sizeof(fwait));
	kvm_run.emulation_failure.ndata = 0;
	CHECK_SAYS(report(), "cannot emulate INT3");
	cannot_emulate(fwait, sizeof(fwait));
	kvm_run.emulation_failure.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
	CHECK_SAYS(report(), "cannot emulate INT3");
}

CASE(no_more_bytes_than_an_instruction_has)
{
	cannot_emulate(fwait, sizeof(fwait));
	kvm_run.emulation_failure.insn_size = 255;
	CHECK_SAYS(report(), "  bytes there: 9b 01 02 00 00 00 00 00 00 00 00 "
			     "00 00 00 00\n");
}

CASE(an_instruction_that_has_no_name_is_no_cause)
{
	begin();
	memory[0x1000] = 0x90;
	kvm_run.exit_reason = KVM_EXIT_INTERNAL_ERROR;
	CHECK_SILENT(report(), "likely cause");
}

CASE(the_instruction_of_a_triple_fault_is_no_cause)
{
	begin();
	CHECK_SILENT(report(), "cannot emulate");
	CHECK_SILENT(text, "likely cause");
}

/* Shutdowns. */

CASE(registers_after_init_are_no_cause)
{
	begin();
	sregs.cr0 = 0x60000010;
	sregs.efer = 0;
	sregs.cs =
	    (struct kvm_segment){ .selector = 0xF000, .base = 0xFFFF0000 };
	regs.rip = 0xFFF0;
	report();
	CHECK_SAYS(text, "in real mode at RIP fff0");
	CHECK_SAYS(text, "the registers are those after INIT");
	CHECK_SILENT(text, "likely cause");
	CHECK_EQ(asked, 0xFFFFFFF0);
}

CASE(a_jump_to_the_reset_vector_is_no_init_in_protected_mode)
{
	begin();
	regs.rip = 0xFFF0;
	CHECK_SILENT(report(), "after INIT");
	begin();
	sregs.cr0 = 0;
	regs.rip = 0xFFF0;
	kvm_run.exit_reason = KVM_EXIT_INTERNAL_ERROR;
	CHECK_SILENT(report(), "after INIT");
}

CASE(an_exception_without_a_table)
{
	begin();
	sregs.idt.limit = 0;
	CHECK_SAYS(report(), "likely cause: an exception before there was an "
			     "interrupt table\n");
	sregs.idt.limit = 0x1F;
	CHECK_SILENT(report(), "likely cause");
}

/* Exits. */

static void log_exits(uint32_t count)
{
	for (exits.count = 0; exits.count < count; exits.count++)
		exits.records[exits.count % EXIT_LOG_SIZE] =
		    (struct exit_record){ .reason = KVM_EXIT_IO,
					  .size = 1,
					  .is_write = 1,
					  .address = 0x80,
					  .data = exits.count };
}

CASE(no_exits)
{
	begin();
	CHECK_SAYS(report(), "  last exits of 0: none\n");
}

CASE(exits_are_told_by_kind)
{
	begin();
	exits = (struct exit_log){
		.count = 5,
		.records = { { KVM_EXIT_IO, 2, 0, 0x3FD, 0x60 },
			     { KVM_EXIT_IO, 4, 1, 0xF4, 0xDEADBEEF },
			     { KVM_EXIT_MMIO, 8, 0, 0xFEE00020, UINT64_MAX },
			     { KVM_EXIT_MMIO, 1, 1, 0xD0000000, 1 },
			     { KVM_EXIT_SHUTDOWN, 9, 9, 9, 9 } }
	};
	CHECK_SAYS(report(), "  last exits of 5: in 3fd/2=60; out "
			     "f4/4=deadbeef; read fee00020/8=ffffffffffffffff; "
			     "write d0000000/1=1; exit 8;\n");
}

CASE(eight_exits_are_all)
{
	begin();
	log_exits(8);
	CHECK_SAYS(report(), "exits of 8: out 80/1=0; out 80/1=1;");
	CHECK_SAYS(text, "out 80/1=6; out 80/1=7;\n");
}

CASE(of_more_the_last_eight_are_told)
{
	begin();
	log_exits(9);
	CHECK_SAYS(report(), "exits of 9: out 80/1=1; out 80/1=2;");
	CHECK_SAYS(text, "out 80/1=7; out 80/1=8;\n");
	log_exits(1003);
	CHECK_SAYS(report(), "exits of 1003: out 80/1=3e3; out 80/1=3e4;");
	CHECK_SAYS(text, "out 80/1=3e9; out 80/1=3ea;\n");
}

CASE(their_count_may_go_round)
{
	begin();
	log_exits(8);
	exits.count = UINT32_MAX;
	CHECK_SAYS(report(), "last exits of 4294967295: out 80/1=7; out "
			     "80/1=0; out 80/1=1;");
	CHECK_SAYS(text, "out 80/1=6;\n");
}

/* Room. */

CASE(a_report_that_does_not_fit_is_cut)
{
	static char whole[sizeof(text)];
	size_t length;

	begin();
	log_exits(20);
	sregs.idt.limit = 0;
	strcpy(whole, report());
	length = strlen(whole);
	CHECK(length > 300);
	for (size_t size = 1; size <= length + 2; size++) {
		size_t fits = size <= length ? size - 1 : length;
		char *small = malloc(size);

		CHECK(small != NULL);
		report_death(&death, small, size);
		CHECK_EQ(strlen(small), fits);
		CHECK(!memcmp(small, whole, fits));
		free(small);
	}
}

CASE(the_longest_report_fits_an_ending)
{
	static const char why[] = "KVM internal error: an event could not be "
				  "delivered";

	begin();
	memset(&sregs, 0xFF, sizeof(sregs));
	memset(&regs, 0xFF, sizeof(regs));
	memset(&exits.records, 0xFF, sizeof(exits.records));
	for (int i = 0; i < EXIT_LOG_SIZE; i++)
		exits.records[i].reason = KVM_EXIT_MMIO;
	exits.count = UINT32_MAX;
	death.why = why;
	CHECK(strlen(report()) < 2048);
	CHECK_EQ(text[strlen(text) - 1], '\n');
}

RUN("report", &why_and_where, &registers_are_told,
    &registers_that_cannot_be_read, &real_mode, &virtual_8086_mode,
    &protected_modes, &compatibility_mode,
    &addresses_go_round_at_32_bits_but_in_64_bit_mode, &bytes_are_those_at_rip,
    &bytes_end_where_ram_ends, &bytes_go_on_where_the_next_page_is,
    &bytes_of_what_is_not_mapped, &a_jump_outside_ram,
    &kvms_own_bytes_come_first, &without_them_memory_is_read,
    &bytes_count_only_with_their_flag, &no_more_bytes_than_an_instruction_has,
    &an_instruction_that_has_no_name_is_no_cause,
    &the_instruction_of_a_triple_fault_is_no_cause,
    &registers_after_init_are_no_cause,
    &a_jump_to_the_reset_vector_is_no_init_in_protected_mode,
    &an_exception_without_a_table, &no_exits, &exits_are_told_by_kind,
    &eight_exits_are_all, &of_more_the_last_eight_are_told,
    &their_count_may_go_round, &a_report_that_does_not_fit_is_cut,
    &the_longest_report_fits_an_ending)
