#include "tests/bench/host.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void cpu_name(char *name, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(name, size, "unknown CPU");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
			snprintf(name, size, "%s", strchr(line, ':') + 2);
			name[strcspn(name, "\n")] = 0;
			break;
		}
	if (file)
		fclose(file);
}

static const char *backend(void)
{
	static const struct {
		const char *module, *name;
	} backends[] = {
		{ "/sys/module/kvm_intel", "VMX" },
		{ "/sys/module/kvm_amd", "SVM" },
		{ "/sys/module/kvm_pvm", "kvm-pvm, in software" },
	};
	struct stat status;

	for (size_t i = 0; i < sizeof(backends) / sizeof(*backends); i++)
		if (!stat(backends[i].module, &status))
			return backends[i].name;
	return "unknown";
}

void host_print(FILE *out, unsigned rounds)
{
	char name[128], day[16];
	time_t now = time(NULL);
	struct utsname kernel;

	cpu_name(name, sizeof(name));
	uname(&kernel);
	kernel.release[strcspn(kernel.release, "-")] = 0; /* its builder's */
	strftime(day, sizeof(day), "%Y-%m-%d", gmtime(&now));
	fprintf(out,
		"%s, %ld CPUs, Linux %s, KVM by %s, %s; %u rounds, in each of "
		"which every monitor runs every guest once.\n",
		name, sysconf(_SC_NPROCESSORS_ONLN), kernel.release, backend(),
		day, rounds);
}
