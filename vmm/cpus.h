/*
 * The value of --cpus: N, or sockets=S,cores=C,threads=T with any of them in
 * any order, or both.
 */
#ifndef VMM_CPUS_H
#define VMM_CPUS_H

#include "cpu/topology.h"
#include "vmm/reason.h"

#include <stdbool.h>

/*
 * What is not given is 1, but with N the cores are what makes N of the rest.
 * At most VCPUS_MAX CPUs, and no APIC id that a local APIC cannot have. A
 * reason names the option.
 */
bool cpus_parse(const char *text, struct topology *topology,
		struct reason *why);

/*
 * Whether a host can have them whose VMs have at most `max` vCPUs with ids
 * below `max_id`. A reason names the option.
 */
bool cpus_fit(const struct topology *topology, unsigned max, unsigned max_id,
	      struct reason *why);

#endif
