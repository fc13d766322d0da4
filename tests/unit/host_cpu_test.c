/* What of the compiled-in model a host lacks, as a line for the user. */
#include "vmm/host_cpu.h"

#include "cpu/compiled.h"
#include "cpu/model_check.h"
#include "tests/unit/unit.h"

static struct cpuid_table kvm;
static char line[4096];

/* A host that has just the model. */
static struct host_cpu whole_host(void)
{
	kvm = compiled_cpu.cpuid;
	return (struct host_cpu){ .supported = (const void *)&kvm };
}

static struct kvm_cpuid_entry2 *row(uint32_t leaf)
{
	struct kvm_cpuid_entry2 *found = NULL;

	for (uint32_t i = 0; i < kvm.count; i++)
		if (kvm.rows[i].function == leaf)
			found = &kvm.rows[i];
	CHECK(found != NULL);
	return found;
}

CASE(a_host_with_all_of_it_lacks_nothing)
{
	struct host_cpu host = whole_host();

	CHECK(!host_cpu_lacks(&host, line, sizeof(line)));
}

CASE(all_that_it_lacks_is_named_and_what_to_do)
{
	struct host_cpu host = whole_host();

	row(1)->edx &= ~(FEATURE(SSE) | FEATURE(SSE2));
	row(0x80000001)->edx &= ~FEATURE(NX);
	CHECK(host_cpu_lacks(&host, line, sizeof(line)));
	CHECK_SAYS(line, compiled_cpu.name);
	CHECK_SAYS(line, ": CPUID.01H:EDX.sse [bit 25], "
			 "CPUID.01H:EDX.sse2 [bit 26], "
			 "CPUID.80000001H:EDX.nx [bit 20]; ");
	CHECK_SAYS(line, "--no-cpu-check");
	CHECK(!strchr(line, '\n'));
}

/* Whatever the room, the line is whole and tells how many names it has not. */
CASE(what_does_not_fit_is_counted)
{
	struct host_cpu host = whole_host();
	unsigned all = 0, named, more;

	row(1)->edx = 0;
	for (unsigned bit = 0; bit < 32; bit++)
		all += model_features(&compiled_cpu.cpuid, &compiled_cpu.msrs,
				      FEATURES_1_EDX) >>
			   bit &
		       1;
	for (size_t size = 280; size < 1200; size++) {
		memset(line, 'x', sizeof(line));
		CHECK(host_cpu_lacks(&host, line, size));
		CHECK(strlen(line) < size);
		named = more = 0;
		for (const char *at = line; (at = strstr(at, "CPUID.01H"));
		     at++)
			named++;
		if (strstr(line, " more; see"))
			CHECK(sscanf(strstr(line, " and "), " and %u more",
				     &more) == 1);
		CHECK_EQ(named + more, all);
		CHECK_SAYS(line, "or run with --no-cpu-check");
	}
	CHECK_EQ(more, 0);
}

RUN("host_cpu", &a_host_with_all_of_it_lacks_nothing,
    &all_that_it_lacks_is_named_and_what_to_do, &what_does_not_fit_is_counted)
