/*
 * Which CPUs share a core and a package, and their APIC ids: Intel SDM vol. 3,
 * 10.9.1 and AMD APM vol. 3, CPUID leaf 0x8000001E.
 *
 * An APIC id is three fields, from its top: package, core, thread. The lower
 * two are as wide as the largest number in them needs, so ids have holes where
 * a count is no power of two.
 */
#ifndef CPU_TOPOLOGY_H
#define CPU_TOPOLOGY_H

#include <stdint.h>

struct topology {
	unsigned sockets; /* packages */
	unsigned cores;   /* of a package */
	unsigned threads; /* of a core */
};

/* The number of CPUs. */
unsigned topology_cpus(const struct topology *topology);

/* The width in bits of an APIC id's thread field; of its lower two fields. */
unsigned topology_thread_bits(const struct topology *topology);
unsigned topology_package_shift(const struct topology *topology);

/* The APIC id of CPU `index`, counted thread by thread, core by core. */
uint32_t topology_apic_id(const struct topology *topology, unsigned index);

#endif
