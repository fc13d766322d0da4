/* --cpus: what is taken, what is refused, and in which words. */
#include "vmm/cpus.h"

#include "cpu/vcpu.h"
#include "tests/unit/unit.h"

static struct topology topology;
static struct reason why;

static bool parse(const char *text)
{
	topology = (struct topology){ 0 };
	why = (struct reason){ "" };
	return cpus_parse(text, &topology, &why);
}

static void check_is(const char *text, unsigned sockets, unsigned cores,
		     unsigned threads)
{
	bool parsed = parse(text);

	if (!parsed || topology.sockets != sockets || topology.cores != cores ||
	    topology.threads != threads)
		printf("# '%s': %s %u.%u.%u\n", text, why.text,
		       topology.sockets, topology.cores, topology.threads);
	CHECK(parsed);
	CHECK_EQ(topology.sockets, sockets);
	CHECK_EQ(topology.cores, cores);
	CHECK_EQ(topology.threads, threads);
}

static void check_refused(const char *text, const char *words)
{
	if (parse(text))
		printf("# '%s' was taken\n", text);
	CHECK(why.text[0]);
	CHECK_SAYS(why.text, "--cpus: '");
	CHECK_SAYS(why.text, words);
	CHECK(!strchr(why.text, '\n'));
}

#define REFUSED_ALL(words, ...)                                                \
	do {                                                                   \
		static const char *const texts[] = { __VA_ARGS__ };            \
		for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)    \
			check_refused(texts[i], (words));                      \
	} while (0)

CASE(a_number_is_cores_of_one_package)
{
	check_is("1", 1, 1, 1);
	check_is("6", 1, 6, 1);
	check_is("010", 1, 10, 1);
	check_is("255", 1, 255, 1);
}

CASE(without_a_number_what_is_missing_is_1)
{
	check_is("sockets=2", 2, 1, 1);
	check_is("cores=3", 1, 3, 1);
	check_is("threads=4", 1, 1, 4);
	check_is("sockets=2,threads=2", 2, 1, 2);
	check_is("sockets=2,cores=3,threads=4", 2, 3, 4);
	check_is("threads=4,cores=3,sockets=2", 2, 3, 4);
}

CASE(with_a_number_cores_are_what_is_left)
{
	check_is("8,sockets=2", 2, 4, 1);
	check_is("8,threads=2", 1, 4, 2);
	check_is("8,threads=2,sockets=2", 2, 2, 2);
	check_is("sockets=2,8", 2, 4, 1);
	check_is("8,sockets=8", 8, 1, 1);
	check_is("8,cores=8", 1, 8, 1);
	check_is("24,sockets=2,cores=3,threads=4", 2, 3, 4);
}

CASE(what_is_no_count_is_refused)
{
	REFUSED_ALL("want a number from 1 to 255", "", "0", "-1", "two", "1.5",
		    "1x", " 1", "+1", "0x2", "1 ", "cores", "sockets", ",",
		    "2,", ",2", "2,,cores=2", "cores=", "cores=0",
		    "sockets=0,cores=2", "threads=-1", "cores=x", "cores=2 ",
		    "cores=1.5", "4,threads=0", "%n", "cores=%s");
	check_refused("2,cores=x", "'cores=x'");
	check_refused("two", "sockets=S,cores=C,threads=T");
}

CASE(unknown_words_are_named)
{
	check_refused("core=2", "'core=2': there is no 'core'");
	check_refused("2,dies=2", "'dies=2': there is no 'dies'");
	check_refused("Cores=2", "there is no 'Cores'");
	check_refused("corescores=2", "there is no");
	check_refused("=2", "there is no ''");
	check_refused("cpus=2", "sockets, cores and threads");
}

CASE(a_word_twice_is_refused)
{
	check_refused("cores=2,cores=3", "'cores=3': cores is there twice");
	check_refused("threads=2,cores=1,threads=1", "threads is there twice");
	check_refused("sockets=1,sockets=2", "sockets is there twice");
	check_refused("4,4", "the number is there twice");
}

CASE(what_does_not_multiply_tells_both_numbers)
{
	check_refused("8,sockets=3",
		      "sockets=3,cores=2,threads=1 make 6 CPUs, not 8");
	check_refused("8,cores=2",
		      "sockets=1,cores=2,threads=1 make 2 CPUs, not 8");
	check_refused("8,sockets=16",
		      "sockets=16,cores=1,threads=1 make 16 CPUs, not 8");
	check_refused("7,sockets=2,cores=2,threads=2", "make 8 CPUs, not 7");
	check_refused("255,sockets=255,cores=255,threads=255",
		      "make 16581375 CPUs, not 255");
}

CASE(too_many_are_refused)
{
	REFUSED_ALL("more than a guest can have (255", "256", "5000", "100000",
		    "4294967297", "18446744073709551617",
		    "99999999999999999999999999", "cores=256", "2,cores=5000",
		    "sockets=16,cores=16", "sockets=2,cores=64,threads=2",
		    "sockets=255,cores=255,threads=255");
	check_refused("5000", "'5000'");
	check_refused("sockets=16,cores=16", "'sockets=16,cores=16'");
}

CASE(an_apic_id_beyond_254_is_named)
{
	/* 49 packages of 8 ids each before the last one's 5. */
	check_refused("sockets=50,cores=5", "APIC id 396");
	check_refused("sockets=50,cores=5", "powers of two");
	check_refused("250,sockets=50", "beyond 254");
	/* The first id that is too large is 255 or more. */
	check_refused("sockets=85,threads=3", "APIC id 338");
	check_is("sockets=63,cores=3", 63, 3, 1);
	check_is("sockets=64,cores=3", 64, 3, 1);
	check_refused("sockets=65,cores=3", "APIC id 258");
}

static bool fits(unsigned sockets, unsigned cores, unsigned max,
		 unsigned max_id)
{
	topology = (struct topology){ sockets, cores, 1 };
	why = (struct reason){ "" };
	return cpus_fit(&topology, max, max_id, &why);
}

CASE(what_a_host_cannot_have_is_refused)
{
	CHECK(fits(1, 16, 16, 16));
	CHECK(!fits(1, 17, 16, 4096));
	CHECK_SAYS(why.text, "--cpus: 17 is more than this host's KVM can "
			     "have (16)");
}

/* KVM_CAP_MAX_VCPU_ID is one more than the highest id. */
CASE(an_apic_id_that_a_host_cannot_have_is_named)
{
	CHECK(fits(2, 3, 6, 7));
	CHECK(!fits(2, 3, 6, 6));
	CHECK_SAYS(why.text, "--cpus: APIC id 6 ");
	CHECK_SAYS(why.text, "this host's KVM can have (5)");
}

RUN("cpus", &a_number_is_cores_of_one_package,
    &without_a_number_what_is_missing_is_1,
    &with_a_number_cores_are_what_is_left, &what_is_no_count_is_refused,
    &unknown_words_are_named, &a_word_twice_is_refused,
    &what_does_not_multiply_tells_both_numbers, &too_many_are_refused,
    &an_apic_id_beyond_254_is_named, &what_a_host_cannot_have_is_refused,
    &an_apic_id_that_a_host_cannot_have_is_named)
