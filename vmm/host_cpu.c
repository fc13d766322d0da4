#include "vmm/host_cpu.h"

#include "cpu/compiled.h"
#include "cpu/model_check.h"
#include "vmm/cold.h"

#include <stdio.h>

#define MSR_ARCH_CAPABILITIES 0x10A /* Intel SDM vol. 4, table 2-2 */

/* More rows than any CPU has; the kernel's own limit is 256. */
#define SUPPORTED_ROWS 256

COLD _Alignas(struct kvm_cpuid2) uint8_t
    host_cpu_table[sizeof(struct kvm_cpuid2) +
		   SUPPORTED_ROWS * sizeof(struct kvm_cpuid_entry2)];

bool host_cpu_ask(const struct kvm *kvm, struct host_cpu *host,
		  struct reason *why)
{
	host->supported = (void *)host_cpu_table;
	host->arch_capabilities = kvm_feature_msr(kvm, MSR_ARCH_CAPABILITIES);
	if (compiled_cpu.is_host ||
	    cpuid_row(&compiled_cpu.cpuid, CPUID_AMX, 0))
		kvm_permit_amx();
	return kvm_supported_cpuid(kvm, (void *)host_cpu_table, SUPPORTED_ROWS,
				   why);
}

unsigned host_cpu_each_missing(const struct host_cpu *host,
			       void (*say)(void *to, const char *feature),
			       void *to)
{
	char text[FEATURE_TEXT_SIZE];
	unsigned count = 0;

	for (unsigned word = 0; word < FEATURE_WORDS; word++) {
		uint32_t bits = model_missing(&compiled_cpu, host->supported,
					      host->arch_capabilities, word);

		for (unsigned bit = 0; bit < 32; bit++) {
			if (!(bits >> bit & 1))
				continue;
			feature_text(word, bit, text);
			say(to, text);
			count++;
		}
	}
	return count;
}

/* A line that is being written, and how many names found no room in it. */
struct line {
	char *at, *end;
	unsigned left_out;
};

static void add_name(void *to, const char *feature)
{
	struct line *line = to;
	size_t room = (size_t)(line->end - line->at);
	int length = snprintf(line->at, room, " %s,", feature);

	if (!line->left_out && (size_t)length < room)
		line->at += length;
	else
		line->left_out++;
}

bool host_cpu_lacks(const struct host_cpu *host, char *line, size_t size)
{
	static const char advice[] = "; see 'mayfly cpu --check', build with "
				     "another CPU=, or run with --no-cpu-check";
	char more[32] = "";
	int start = snprintf(
	    line, size,
	    "this host's KVM lacks of the CPU model %s:", compiled_cpu.name);
	struct line names = { .at = line + start,
			      .end =
				  line + size - sizeof(advice) - sizeof(more) };

	if (!host_cpu_each_missing(host, add_name, &names))
		return false;
	if (names.left_out)
		snprintf(more, sizeof(more), " and %u more", names.left_out);
	/* Over the last comma. */
	sprintf(names.at - 1, "%s%s", more, advice);
	return true;
}
