/*
 * Initial register states, against Intel SDM vol. 3 ("Segment Descriptors",
 * "Local APIC Status and Location", "Checks on the Guest State Area"), Linux's
 * Documentation/arch/x86/boot.rst and Xen's pvh.pandoc.
 */
#include "cpu/entry.h"

#include "tests/unit/unit.h"

static struct kvm_sregs sregs;
static struct kvm_regs regs;

static void enter(enum entry_mode mode)
{
	const struct entry entry = {
		.mode = mode,
		.rip = 0x100200,
		.rsp = 0x8FF0,
		.rbx = 0x1234,
		.rsi = 0x1000,
		.cr3 = 0x9000,
		.gdt_base = 0x500,
		.gdt_limit = 0x1F,
	};

	memset(&sregs, 0xAA, sizeof(sregs));
	memset(&regs, 0xAA, sizeof(regs));
	entry_registers(&entry, 0x60FB1, &sregs, &regs);
}

static const enum entry_mode modes[] = { ENTRY_PROTECTED32, ENTRY_LONG64 };

#define EACH_MODE(mode)                                                        \
	for (unsigned mode = 0; mode < 2 && (enter(modes[mode]), true); mode++)

CASE(registers_are_the_loaders)
{
	EACH_MODE(mode)
	{
		CHECK_EQ(regs.rip, 0x100200);
		CHECK_EQ(regs.rsp, 0x8FF0);
		CHECK_EQ(regs.rbx, 0x1234);
		CHECK_EQ(regs.rsi, 0x1000);
	}
}

CASE(the_other_registers_are_zero)
{
	EACH_MODE(mode)
	{
		CHECK_EQ(regs.rax | regs.rcx | regs.rdx | regs.rdi | regs.rbp,
			 0);
		CHECK_EQ(regs.r8 | regs.r9 | regs.r10 | regs.r11 | regs.r12 |
			     regs.r13 | regs.r14 | regs.r15,
			 0);
		CHECK_EQ(sregs.cr2, 0);
		CHECK_EQ(sregs.cr8, 0);
	}
}

CASE(interrupts_are_off_and_none_is_waiting)
{
	EACH_MODE(mode)
	{
		/* Bit 1 is always one; IF 9, TF 8, VM 17 and the rest zero. */
		CHECK_EQ(regs.rflags, 2);
		for (size_t i = 0; i < sizeof(sregs.interrupt_bitmap) / 8; i++)
			CHECK_EQ(sregs.interrupt_bitmap[i], 0);
	}
}

static void check_flat(const struct kvm_segment *segment, uint16_t selector)
{
	CHECK_EQ(segment->selector, selector);
	CHECK_EQ(segment->base, 0);
	CHECK_EQ(segment->limit, 0xFFFFFFFF);
	CHECK_EQ(segment->g, 1);
	CHECK_EQ(segment->s, 1);
	CHECK_EQ(segment->present, 1);
	CHECK_EQ(segment->dpl, 0);
	CHECK_EQ(segment->unusable, 0);
	CHECK_EQ(segment->avl, 0);
	/* VM entry wants the accessed bit of a usable segment. */
	CHECK(segment->type & 1);
}

CASE(data_segments_are_flat_and_writable)
{
	EACH_MODE(mode)
	{
		const struct kvm_segment *const all[] = { &sregs.ds, &sregs.es,
							  &sregs.fs, &sregs.gs,
							  &sregs.ss };

		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
			check_flat(all[i], 0x18);
			/* Not code (bit 3), not expand-down (2), writable. */
			CHECK_EQ(all[i]->type & 0xE, 0x2);
			CHECK_EQ(all[i]->l, 0);
			CHECK_EQ(all[i]->db, 1);
		}
	}
}

CASE(code_is_of_the_mode)
{
	enter(ENTRY_PROTECTED32);
	check_flat(&sregs.cs, 0x10);
	CHECK_EQ(sregs.cs.type, 0xB); /* code, readable, accessed */
	CHECK_EQ(sregs.cs.l, 0);
	CHECK_EQ(sregs.cs.db, 1);
	enter(ENTRY_LONG64);
	check_flat(&sregs.cs, 0x10);
	CHECK_EQ(sregs.cs.type, 0xB);
	CHECK_EQ(sregs.cs.l, 1);
	CHECK_EQ(sregs.cs.db, 0); /* where L is 1 */
}

CASE(the_task_is_one_that_vm_entry_accepts)
{
	EACH_MODE(mode)
	{
		CHECK_EQ(sregs.tr.type, 0xB); /* busy 32- or 64-bit TSS */
		CHECK_EQ(sregs.tr.s, 0);
		CHECK_EQ(sregs.tr.present, 1);
		CHECK_EQ(sregs.tr.unusable, 0);
		CHECK_EQ(sregs.tr.selector & 4, 0); /* in the GDT */
		CHECK(sregs.tr.limit >= 0x67);
		/* Limits below 1 MiB that do not end in FFF are bytes. */
		CHECK_EQ(sregs.tr.g, 0);
	}
}

CASE(there_is_no_ldt)
{
	EACH_MODE(mode)
	{
		CHECK_EQ(sregs.ldt.unusable, 1);
		CHECK_EQ(sregs.ldt.selector, 0);
	}
}

CASE(the_gdt_is_the_loaders_and_there_is_no_idt)
{
	EACH_MODE(mode)
	{
		CHECK_EQ(sregs.gdt.base, 0x500);
		CHECK_EQ(sregs.gdt.limit, 0x1F);
		CHECK_EQ(sregs.idt.base, 0);
		CHECK_EQ(sregs.idt.limit, 0);
		CHECK(sregs.cs.selector + 7 <= sregs.gdt.limit);
		CHECK(sregs.ds.selector + 7 <= sregs.gdt.limit);
	}
}

CASE(protected_mode_is_without_paging)
{
	enter(ENTRY_PROTECTED32);
	CHECK_EQ(sregs.cr0, 0x11); /* PE, ET */
	CHECK_EQ(sregs.cr3, 0);
	CHECK_EQ(sregs.cr4, 0);
	CHECK_EQ(sregs.efer, 0);
}

CASE(long_mode_is_with_four_level_paging)
{
	enter(ENTRY_LONG64);
	CHECK_EQ(sregs.cr0, 0x80000011); /* PG, ET, PE */
	CHECK_EQ(sregs.cr3, 0x9000);
	CHECK_EQ(sregs.cr4, 0x20);   /* PAE, and no LA57 (bit 12) */
	CHECK_EQ(sregs.efer, 0x500); /* LME, LMA */
}

/* What VM entry and the paging modes want to go together. */
CASE(control_registers_agree)
{
	EACH_MODE(mode)
	{
		bool pe = sregs.cr0 & 1, pg = sregs.cr0 >> 31 & 1;
		bool pae = sregs.cr4 >> 5 & 1;
		bool lme = sregs.efer >> 8 & 1, lma = sregs.efer >> 10 & 1;

		CHECK(pe || !pg);
		CHECK_EQ(lma, lme && pg);
		CHECK(!lma || pae);
		CHECK(!sregs.cs.l || lma);
		CHECK_EQ(sregs.cr0 >> 32, 0);
		CHECK(!(sregs.cr0 >> 29 & 1) || sregs.cr0 >> 30 & 1); /* NW */
	}
}

CASE(the_boot_processor_has_its_apic_on)
{
	EACH_MODE(mode)
	{
		/* BSP is bit 8, x2APIC 10, global enable 11. */
		CHECK_EQ(sregs.apic_base, 0xFEE00900);
	}
}

/* Intel SDM vol. 3, table 10-1; AMD APM vol. 2, table 14-1. */
CASE(a_reset_is_that_of_the_manual)
{
	const struct kvm_segment *data[] = { &sregs.ds, &sregs.es, &sregs.fs,
					     &sregs.gs, &sregs.ss };

	enter(ENTRY_RESET);
	CHECK_EQ(regs.rip, 0xFFF0);
	CHECK_EQ(regs.rflags, 2);
	CHECK_EQ(regs.rdx, 0x60FB1);
	CHECK_EQ(regs.rax | regs.rbx | regs.rcx | regs.rsi | regs.rdi |
		     regs.rbp | regs.rsp | regs.r8 | regs.r15,
		 0);
	CHECK_EQ(sregs.cs.selector, 0xF000);
	CHECK_EQ(sregs.cs.base, 0xFFFF0000);
	CHECK_EQ(sregs.cs.limit, 0xFFFF);
	CHECK_EQ(sregs.cs.type, 0xB);
	CHECK(sregs.cs.present && sregs.cs.s && !sregs.cs.g && !sregs.cs.db);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(data[i]->selector, 0);
		CHECK_EQ(data[i]->base, 0);
		CHECK_EQ(data[i]->limit, 0xFFFF);
		CHECK_EQ(data[i]->type, 0x3);
		CHECK(data[i]->present && data[i]->s);
	}
	CHECK(sregs.tr.type == 0xB && sregs.tr.present && !sregs.tr.s);
	CHECK(sregs.ldt.type == 2 && sregs.ldt.present && !sregs.ldt.s);
	CHECK_EQ(sregs.gdt.base | sregs.idt.base, 0);
	CHECK_EQ(sregs.gdt.limit, 0xFFFF);
	CHECK_EQ(sregs.idt.limit, 0xFFFF);
	CHECK_EQ(sregs.cr0, 0x60000010);
	CHECK_EQ(sregs.cr3 | sregs.cr4 | sregs.efer, 0);
	CHECK_EQ(sregs.apic_base, 0xFEE00900);
}

RUN("entry", &registers_are_the_loaders, &the_other_registers_are_zero,
    &interrupts_are_off_and_none_is_waiting,
    &data_segments_are_flat_and_writable, &code_is_of_the_mode,
    &the_task_is_one_that_vm_entry_accepts, &there_is_no_ldt,
    &the_gdt_is_the_loaders_and_there_is_no_idt,
    &protected_mode_is_without_paging, &long_mode_is_with_four_level_paging,
    &control_registers_agree, &the_boot_processor_has_its_apic_on,
    &a_reset_is_that_of_the_manual)
