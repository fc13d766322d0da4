/*
 * The exit switch: what each exit of KVM_RUN asks for goes to the board, or
 * ends the VM.
 */
#include "cpu/exits.h"

#include "board-pc/board.h"

#include <inttypes.h>
#include <string.h>

void exits_died(struct exits *exits, const char *why)
{
	struct death death = { .why = why,
			       .vcpu = exits->vcpu,
			       .kvm = exits->kvm,
			       .log = &exits->log,
			       .ram = exits->ram };

	if (!ending_claim(exits->ending))
		return;
	report_death(&death, exits->ending->report,
		     sizeof(exits->ending->report));
	ending_declare(exits->ending, ENDING_DIED);
}

static struct exit_record *log_exit(struct exits *exits)
{
	struct exit_log *log = &exits->log;
	struct exit_record *record =
	    &log->records[log->count++ % EXIT_LOG_SIZE];

	record->reason = exits->kvm->run->exit_reason;
	return record;
}

static void handle_port(struct exits *exits)
{
	struct kvm_run *run = exits->kvm->run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	bool is_write = run->io.direction == KVM_EXIT_IO_OUT;
	struct exit_record *record = log_exit(exits);

	record->size = run->io.size;
	record->is_write = is_write;
	record->address = run->io.port;
	for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
		if (is_write)
			board_port_write(run->io.port, data, run->io.size);
		else
			board_port_read(run->io.port, data, run->io.size);
		record->data = 0;
		memcpy(&record->data, data, run->io.size);
	}
}

/*
 * An access that KVM's emulator makes to RAM that it cannot reach looks to it
 * like one to a device; an access that the CPU makes fails KVM_RUN instead.
 */
static void ram_failed(struct exits *exits, uint64_t gpa)
{
	ending_by_host(
	    exits->ending,
	    "vCPU %u: KVM cannot reach the guest's memory at 0x%" PRIx64
	    ": the host is out of memory or has lost it, or "
	    "a file that is mapped there was cut short",
	    exits->vcpu, gpa);
}

static void handle_memory(struct exits *exits)
{
	struct kvm_run *run = exits->kvm->run;
	struct exit_record *record = log_exit(exits);

	/* KVM's own bound is the size of mmio.data. */
	record->size = (uint8_t)run->mmio.len;
	record->is_write = run->mmio.is_write;
	record->address = run->mmio.phys_addr;
	if (ram_span(exits->ram, run->mmio.phys_addr, 1))
		ram_failed(exits, run->mmio.phys_addr);
	else if (run->mmio.is_write)
		board_memory_write(run->mmio.phys_addr, run->mmio.data,
				   run->mmio.len);
	else
		board_memory_read(run->mmio.phys_addr, run->mmio.data,
				  run->mmio.len);
	record->data = 0;
	memcpy(&record->data, run->mmio.data, record->size);
}

static void handle_system_event(struct exits *exits)
{
	switch (exits->kvm->run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		ending_set(exits->ending, ENDING_POWEROFF, 0);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		ending_set(exits->ending, ENDING_RESET, 0);
		break;
	default:
		exits_died(exits, "it told KVM that it crashed");
	}
}

static const char *internal_error_name(const struct kvm_run *run)
{
	switch (run->internal.suberror) {
	case KVM_INTERNAL_ERROR_EMULATION:
		return "KVM could not emulate an instruction";
	case KVM_INTERNAL_ERROR_DELIVERY_EV:
		return "KVM internal error: an event could not be delivered";
	default:
		return "KVM internal error";
	}
}

void exits_answer(struct exits *exits)
{
	const struct kvm_run *run = exits->kvm->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		handle_port(exits);
		return;
	case KVM_EXIT_MMIO:
		handle_memory(exits);
		return;
	case KVM_EXIT_INTR:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
		return;
	case KVM_EXIT_IOAPIC_EOI:
		board_eoi(run->eoi.vector);
		return;
	default:
		log_exit(exits);
	}
	switch (run->exit_reason) {
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(exits);
		break;
	case KVM_EXIT_SHUTDOWN:
		exits_died(exits, "triple fault");
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		exits_died(exits, internal_error_name(run));
		break;
	case KVM_EXIT_FAIL_ENTRY:
		exits_died(exits, "KVM could not enter it (FAIL_ENTRY)");
		break;
	default:
		exits_died(exits, "an exit that nothing here answers");
	}
}
