#include "cpu/report.h"

#include "cpu/insn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INSN_MAX  15
#define PAGE      UINT64_C(4096)
#define EFER_LMA  (UINT64_C(1) << 10)
#define CR0_PE    UINT64_C(1)
#define FLAG_VM86 (UINT64_C(1) << 17)

/* Text that is added to until its buffer is full. */
struct page {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void say(struct page *page,
						      const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(page->at, page->left, format, values);
	va_end(values);
	if (length < 0 || (size_t)length >= page->left)
		length = (int)page->left - 1;
	page->at += length;
	page->left -= (size_t)length;
}

struct state {
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	bool known;
	bool long_mode;
	bool fetched; /* RIP is an address that is mapped */
	uint64_t gpa; /* where RIP points, when fetched */
	uint8_t insn[INSN_MAX];
	size_t insn_length;
};

static const char *mode_name(const struct state *state)
{
	const struct kvm_sregs *sregs = &state->sregs;

	if (!(sregs->cr0 & CR0_PE))
		return "real mode";
	if (state->regs.rflags & FLAG_VM86)
		return "virtual 8086 mode";
	if (state->long_mode)
		return "64-bit mode";
	if (sregs->efer & EFER_LMA)
		return "compatibility mode";
	return sregs->cs.db ? "32-bit protected mode" : "16-bit protected mode";
}

/* The next page of an instruction may be anywhere. */
static void read_bytes(const struct death *death, uint64_t linear,
		       struct state *state)
{
	uint64_t gpa = state->gpa;
	const uint8_t *byte;

	while (state->insn_length < INSN_MAX) {
		byte = ram_span(death->ram, gpa++, 1);
		if (!byte)
			return;
		state->insn[state->insn_length++] = *byte;
		if (gpa % PAGE == 0 &&
		    !kvm_translate(death->kvm, linear + state->insn_length,
				   &gpa))
			return;
	}
}

/* The bytes at RIP: KVM's own copy when it has one, else from memory. */
static void fetch(const struct death *death, struct state *state)
{
	const struct kvm_run *run = death->kvm->run;
	uint64_t linear = state->regs.rip;

	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
	    run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
	    run->emulation_failure.ndata >= 1 &&
	    run->emulation_failure.flags &
		KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) {
		state->insn_length = run->emulation_failure.insn_size;
		if (state->insn_length > INSN_MAX)
			state->insn_length = INSN_MAX;
		memcpy(state->insn, run->emulation_failure.insn_bytes,
		       state->insn_length);
	}
	if (!state->long_mode)
		linear = (state->sregs.cs.base + linear) & UINT32_MAX;
	state->fetched = kvm_translate(death->kvm, linear, &state->gpa);
	if (!state->insn_length && state->fetched)
		read_bytes(death, linear, state);
}

static void get_state(const struct death *death, struct state *state)
{
	memset(state, 0, sizeof(*state));
	state->known =
	    kvm_get_registers(death->kvm, &state->sregs, &state->regs);
	if (!state->known)
		return;
	state->long_mode = state->sregs.efer & EFER_LMA && state->sregs.cs.l;
	fetch(death, state);
}

static void say_registers(struct page *page, const struct state *state)
{
	const struct kvm_sregs *s = &state->sregs;
	const struct kvm_regs *r = &state->regs;

	say(page, "  bytes there:");
	for (size_t i = 0; i < state->insn_length; i++)
		say(page, " %02x", state->insn[i]);
	say(page, "%s\n", state->insn_length ? "" : " none, it is not RAM");
	say(page,
	    "  CR0 %llx CR2 %llx CR3 %llx CR4 %llx EFER %llx\n"
	    "  RAX %llx RBX %llx RCX %llx RDX %llx\n"
	    "  RSI %llx RDI %llx RBP %llx RSP %llx RFLAGS %llx\n"
	    "  CS %x base %llx, SS %x, IDT %llx+%x, GDT %llx+%x\n",
	    s->cr0, s->cr2, s->cr3, s->cr4, s->efer, r->rax, r->rbx, r->rcx,
	    r->rdx, r->rsi, r->rdi, r->rbp, r->rsp, r->rflags, s->cs.selector,
	    s->cs.base, s->ss.selector, s->idt.base, s->idt.limit, s->gdt.base,
	    s->gdt.limit);
}

static void say_exit(struct page *page, const struct exit_record *it)
{
	switch (it->reason) {
	case KVM_EXIT_IO:
		say(page, it->is_write ? " out" : " in");
		break;
	case KVM_EXIT_MMIO:
		say(page, it->is_write ? " write" : " read");
		break;
	default:
		say(page, " exit %u;", it->reason);
		return;
	}
	say(page, " %llx/%u=%llx;", (unsigned long long)it->address, it->size,
	    (unsigned long long)it->data);
}

static void say_exits(struct page *page, const struct exit_log *log)
{
	uint32_t first =
	    log->count > EXIT_LOG_SIZE ? log->count - EXIT_LOG_SIZE : 0;

	say(page, "  last exits of %u:", log->count);
	for (uint32_t i = first; i < log->count; i++)
		say_exit(page, &log->records[i % EXIT_LOG_SIZE]);
	say(page, "%s\n", log->count ? "" : " none");
}

/* What KVM adds to the reason of the exit. */
static void say_details(struct page *page, const struct death *death)
{
	const struct kvm_run *run = death->kvm->run;

	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		say(page, "  KVM_EXIT_INTERNAL_ERROR, suberror %u\n",
		    run->internal.suberror);
	else if (run->exit_reason == KVM_EXIT_FAIL_ENTRY)
		say(page, "  KVM_EXIT_FAIL_ENTRY, hardware reason 0x%llx\n",
		    run->fail_entry.hardware_entry_failure_reason);
	else if (run->exit_reason == KVM_EXIT_UNKNOWN)
		say(page, "  KVM_EXIT_UNKNOWN, hardware reason 0x%llx\n",
		    run->hw.hardware_exit_reason);
}

/* On SVM a shutdown loses the state; KVM then shows that after INIT. */
static bool was_initialised(const struct state *state)
{
	return state->regs.rip == 0xFFF0 && !(state->sregs.cr0 & CR0_PE);
}

static void say_cause(struct page *page, const struct death *death,
		      const struct state *state)
{
	const struct kvm_run *run = death->kvm->run;
	const char *name =
	    insn_name(state->insn, state->insn_length, state->long_mode);

	if (run->exit_reason == KVM_EXIT_SHUTDOWN && was_initialised(state)) {
		say(page, "  the registers are those after INIT: this CPU does "
			  "not keep them over a shutdown\n");
		return;
	}
	if (!state->fetched)
		say(page, "  likely cause: a jump to an address that is not "
			  "mapped (a wrong entry point, or a stack overrun)\n");
	else if (!ram_span(death->ram, state->gpa, 1))
		say(page, "  likely cause: a jump to %llx, outside RAM\n",
		    (unsigned long long)state->gpa);
	else if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR && name)
		say(page,
		    "  likely cause: this KVM backend cannot emulate %s (see "
		    "'mayfly doctor')\n",
		    name);
	else if (run->exit_reason == KVM_EXIT_SHUTDOWN &&
		 state->sregs.idt.limit < 0x1F)
		say(page, "  likely cause: an exception before there was an "
			  "interrupt table\n");
}

void report_death(const struct death *death, char *text, size_t size)
{
	struct page page = { text, size };
	struct state state;

	get_state(death, &state);
	say(&page, "the guest died: %s\n", death->why);
	say_details(&page, death);
	if (state.known) {
		say(&page, "  vCPU %u in %s at RIP %llx\n", death->vcpu,
		    mode_name(&state), state.regs.rip);
		say_registers(&page, &state);
	} else {
		say(&page, "  vCPU %u; its registers cannot be read\n",
		    death->vcpu);
	}
	say_exits(&page, death->log);
	if (state.known)
		say_cause(&page, death, &state);
}
