/* The exit switch: what no device is asked for. */
#include "cpu/exits.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"

static uint8_t memory[MIB(1)];
static const struct ram ram = { .host = memory, .size = sizeof(memory) };
static struct ending ending;
static struct kvm_run run;
static const struct kvm_vcpu vcpu = { .fd = -1, .run = &run };
static struct exits exits;

static void access_to(uint64_t gpa, bool is_write)
{
	ending = (struct ending){ .wake_fd = -1 };
	exits = (struct exits){
		.vcpu = 3, .kvm = &vcpu, .ram = &ram, .ending = &ending
	};
	memset(&run, 0, sizeof(run));
	run.exit_reason = KVM_EXIT_MMIO;
	run.mmio.phys_addr = gpa;
	run.mmio.len = 4;
	run.mmio.is_write = is_write;
	exits_answer(&exits);
}

CASE(an_access_to_ram_is_the_hosts_failure)
{
	for (int is_write = 0; is_write < 2; is_write++) {
		access_to(0x12345, is_write);
		CHECK_EQ(ending_get(&ending), ENDING_HOST);
		CHECK_SAYS(ending.report, "vCPU 3: KVM cannot reach");
		CHECK_SAYS(ending.report, "at 0x12345:");
		CHECK_EQ(memory[0x12345], 0);
	}
}

CASE(an_access_behind_it_is_not)
{
	access_to(MIB(1), true);
	CHECK_EQ(ending_get(&ending), ENDING_NONE);
}

RUN("exits", &an_access_to_ram_is_the_hosts_failure,
    &an_access_behind_it_is_not)
