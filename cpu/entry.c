/*
 * Initial register states: Linux's boot protocol (64-bit and 32-bit entry) and
 * PVH both want flat segments; they differ in mode and paging.
 */
#include "cpu/entry.h"

#include "board-pc/map.h"

#include <string.h>

#define CR0_PE         (UINT64_C(1) << 0)
#define CR0_ET         (UINT64_C(1) << 4)
#define CR0_PG         (UINT64_C(1) << 31)
#define CR4_PAE        (UINT64_C(1) << 5)
#define EFER_LME       (UINT64_C(1) << 8)
#define EFER_LMA       (UINT64_C(1) << 10)
#define APIC_BASE_BSP  (UINT64_C(1) << 8)
#define APIC_BASE_ON   (UINT64_C(1) << 11)
#define RFLAGS_ALWAYS1 UINT64_C(2)

/* Segment types of Intel SDM vol. 3, 3.4.5.1 and 3.5. */
enum { TYPE_DATA_RW = 0x3, TYPE_CODE_RX = 0xB, TYPE_LDT = 2, TYPE_TSS = 0xB };

#define FLAT(sel, kind, long_mode)                                             \
	{                                                                      \
		.limit = 0xFFFFFFFF, .selector = (sel), .type = (kind),        \
		.present = 1, .s = 1, .g = 1, .l = (long_mode),                \
		.db = !(long_mode)                                             \
	}

static const struct kvm_segment code32 = FLAT(0x10, TYPE_CODE_RX, 0);
static const struct kvm_segment code64 = FLAT(0x10, TYPE_CODE_RX, 1);
static const struct kvm_segment data = FLAT(0x18, TYPE_DATA_RW, 0);
static const struct kvm_segment task = { .limit = 0x67,
					 .type = TYPE_TSS,
					 .present = 1 };
static const struct kvm_segment no_ldt = { .type = TYPE_LDT, .unusable = 1 };

/* Intel SDM vol. 3, table 10-1; AMD APM vol. 2, table 14-1. */
#define CR0_RESET 0x60000010 /* CD, NW, ET */

#define REAL(sel, address, kind, is_code_or_data)                              \
	{                                                                      \
		.base = (address), .limit = 0xFFFF, .selector = (sel),         \
		.type = (kind), .present = 1, .s = (is_code_or_data)           \
	}

static const struct kvm_sregs reset_sregs = {
	.cs = REAL(0xF000, 0xFFFF0000, TYPE_CODE_RX, 1),
	.ds = REAL(0, 0, TYPE_DATA_RW, 1),
	.es = REAL(0, 0, TYPE_DATA_RW, 1),
	.fs = REAL(0, 0, TYPE_DATA_RW, 1),
	.gs = REAL(0, 0, TYPE_DATA_RW, 1),
	.ss = REAL(0, 0, TYPE_DATA_RW, 1),
	.tr = REAL(0, 0, TYPE_TSS, 0),
	.ldt = REAL(0, 0, TYPE_LDT, 0),
	.gdt = { .limit = 0xFFFF },
	.idt = { .limit = 0xFFFF },
	.cr0 = CR0_RESET,
	.apic_base = MAP_LAPIC | APIC_BASE_ON | APIC_BASE_BSP,
};

static void reset_registers(uint32_t signature, struct kvm_sregs *sregs,
			    struct kvm_regs *regs)
{
	*sregs = reset_sregs;
	*regs = (struct kvm_regs){ .rip = 0xFFF0,
				   .rdx = signature,
				   .rflags = RFLAGS_ALWAYS1 };
}

void entry_registers(const struct entry *entry, uint32_t signature,
		     struct kvm_sregs *sregs, struct kvm_regs *regs)
{
	if (entry->mode == ENTRY_RESET) {
		reset_registers(signature, sregs, regs);
		return;
	}
	*sregs = (struct kvm_sregs){
		.cs = code32,
		.ds = data,
		.es = data,
		.fs = data,
		.gs = data,
		.ss = data,
		.tr = task,
		.ldt = no_ldt,
		.gdt = { .base = entry->gdt_base, .limit = entry->gdt_limit },
		.cr0 = CR0_PE | CR0_ET,
		.apic_base = MAP_LAPIC | APIC_BASE_ON | APIC_BASE_BSP,
	};
	if (entry->mode == ENTRY_LONG64) {
		sregs->cs = code64;
		sregs->cr0 |= CR0_PG;
		sregs->cr3 = entry->cr3;
		sregs->cr4 = CR4_PAE;
		sregs->efer = EFER_LME | EFER_LMA;
	}
	*regs = (struct kvm_regs){ .rip = entry->rip,
				   .rsp = entry->rsp,
				   .rax = entry->rax,
				   .rbx = entry->rbx,
				   .rsi = entry->rsi,
				   .rflags = RFLAGS_ALWAYS1 };
}
