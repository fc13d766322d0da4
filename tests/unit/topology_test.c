/*
 * APIC ids, against Intel SDM vol. 3, 10.9.1 (hierarchical mapping of shared
 * resources) and its tables of initial APIC ids in two systems.
 */
#include "cpu/topology.h"

#include "tests/unit/unit.h"

static struct topology of(unsigned sockets, unsigned cores, unsigned threads)
{
	return (struct topology){ sockets, cores, threads };
}

/* The ids, by package, core and thread, are these. */
static void check_ids(const struct topology *it, const uint32_t *ids)
{
	for (unsigned i = 0; i < topology_cpus(it); i++)
		CHECK_EQ(topology_apic_id(it, i), ids[i]);
}

CASE(one_cpu_is_0)
{
	struct topology it = of(1, 1, 1);

	CHECK_EQ(topology_cpus(&it), 1);
	CHECK_EQ(topology_thread_bits(&it), 0);
	CHECK_EQ(topology_package_shift(&it), 0);
	CHECK_EQ(topology_apic_id(&it, 0), 0);
}

CASE(four_packages_with_hyper_threading)
{
	static const uint32_t ids[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct topology it = of(4, 1, 2);

	CHECK_EQ(topology_cpus(&it), 8);
	CHECK_EQ(topology_thread_bits(&it), 1);
	CHECK_EQ(topology_package_shift(&it), 1);
	check_ids(&it, ids);
}

CASE(two_dual_core_packages_with_hyper_threading)
{
	static const uint32_t ids[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct topology it = of(2, 2, 2);

	CHECK_EQ(topology_cpus(&it), 8);
	CHECK_EQ(topology_thread_bits(&it), 1);
	CHECK_EQ(topology_package_shift(&it), 2);
	check_ids(&it, ids);
}

CASE(packages_alone_take_no_bits_below)
{
	struct topology it = of(3, 1, 1);

	CHECK_EQ(topology_package_shift(&it), 0);
	CHECK_EQ(topology_apic_id(&it, 2), 2);
}

CASE(no_hole_in_a_single_package_of_3_cores)
{
	static const uint32_t ids[] = { 0, 1, 2, 3, 4, 5 };
	struct topology it = of(1, 3, 2);

	CHECK_EQ(topology_thread_bits(&it), 1);
	CHECK_EQ(topology_package_shift(&it), 3);
	check_ids(&it, ids);
}

CASE(a_hole_behind_each_package_of_3_cores)
{
	static const uint32_t ids[] = { 0, 1, 2, 4, 5, 6 };
	static const uint32_t two_threads[] = { 0, 1, 2,  3,  4,  5,
						8, 9, 10, 11, 12, 13 };
	struct topology it = of(2, 3, 1);

	CHECK_EQ(topology_thread_bits(&it), 0);
	CHECK_EQ(topology_package_shift(&it), 2);
	check_ids(&it, ids);
	it = of(2, 3, 2);
	CHECK_EQ(topology_package_shift(&it), 3);
	check_ids(&it, two_threads);
}

CASE(a_hole_behind_each_core_of_3_threads)
{
	static const uint32_t ids[] = { 0, 1, 2, 4, 5, 6, 8, 9, 10 };
	struct topology it = of(1, 3, 3);

	CHECK_EQ(topology_cpus(&it), 9);
	CHECK_EQ(topology_thread_bits(&it), 2);
	CHECK_EQ(topology_package_shift(&it), 4);
	check_ids(&it, ids);
}

/* 10.9.1: a field holds the ids 0 to n - 1, so n = 2^k needs k bits. */
CASE(widths_around_powers_of_two)
{
	for (unsigned bits = 1; bits < 8; bits++) {
		struct topology it = of(1, 1, 1U << bits);

		CHECK_EQ(topology_thread_bits(&it), bits);
		it.threads++;
		CHECK_EQ(topology_thread_bits(&it), bits + 1);
		it = of(1, 1U << bits, 2);
		CHECK_EQ(topology_thread_bits(&it), 1);
		CHECK_EQ(topology_package_shift(&it), bits + 1);
		it.cores++;
		CHECK_EQ(topology_package_shift(&it), bits + 2);
	}
}

/* One after the other, whichever level has them all. */
CASE(cpus_255)
{
	struct topology all[] = { of(255, 1, 1), of(1, 255, 1), of(1, 1, 255) };

	for (size_t t = 0; t < sizeof(all) / sizeof(*all); t++) {
		CHECK_EQ(topology_cpus(&all[t]), 255);
		for (unsigned i = 0; i < 255; i++)
			CHECK_EQ(topology_apic_id(&all[t], i), i);
	}
	CHECK_EQ(topology_package_shift(&all[0]), 0);
	CHECK_EQ(topology_package_shift(&all[1]), 8);
	CHECK_EQ(topology_package_shift(&all[2]), 8);
}

CASE(holes_reach_beyond_254)
{
	struct topology it = of(50, 5, 1);

	CHECK_EQ(topology_cpus(&it), 250);
	CHECK_EQ(topology_apic_id(&it, 249), 49 * 8 + 4);
}

RUN("topology", &one_cpu_is_0, &four_packages_with_hyper_threading,
    &two_dual_core_packages_with_hyper_threading,
    &packages_alone_take_no_bits_below, &no_hole_in_a_single_package_of_3_cores,
    &a_hole_behind_each_package_of_3_cores,
    &a_hole_behind_each_core_of_3_threads, &widths_around_powers_of_two,
    &cpus_255, &holes_reach_beyond_254)
