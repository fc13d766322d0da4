/*
 * Left out on purpose: dies, modules and tiles, which lie between core and
 * package (CPUID leaf 0x1F); nothing that a guest does here depends on them.
 */
#include "cpu/topology.h"

unsigned topology_cpus(const struct topology *topology)
{
	return topology->sockets * topology->cores * topology->threads;
}

/* The bits that the numbers 0 to count - 1 need. */
static unsigned width(unsigned count)
{
	return count > 1 ? 32 - (unsigned)__builtin_clz(count - 1) : 0;
}

unsigned topology_thread_bits(const struct topology *topology)
{
	return width(topology->threads);
}

unsigned topology_package_shift(const struct topology *topology)
{
	return width(topology->cores) + width(topology->threads);
}

uint32_t topology_apic_id(const struct topology *topology, unsigned index)
{
	unsigned thread = index % topology->threads;
	unsigned core = index / topology->threads % topology->cores;
	unsigned package = index / topology->threads / topology->cores;

	return package << topology_package_shift(topology) |
	       core << topology_thread_bits(topology) | thread;
}
