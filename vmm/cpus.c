#include "vmm/cpus.h"

#include "cpu/vcpu.h"
#include "vmm/kvm.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* What a count can be of; that of all CPUs is written without a name. */
enum counted { CPUS, SOCKETS, CORES, THREADS, COUNTED };

static const char *const names[COUNTED] = { "the number", "sockets", "cores",
					    "threads" };

/* A part of the text between commas, and its part behind a '='. */
struct item {
	const char *at, *value;
	size_t length, value_length;
};

/* For "%.*s": no more than fits a message. */
static int shown(size_t length)
{
	return length < 40 ? (int)length : 40;
}

static struct item item_at(const char *text)
{
	struct item item = { .at = text, .length = strcspn(text, ",") };
	const char *equals = memchr(text, '=', item.length);

	item.value = equals ? equals + 1 : text;
	item.value_length = item.length - (size_t)(item.value - text);
	return item;
}

/* COUNTED when it has a name that is none of ours. */
static enum counted counted_by(const struct item *item)
{
	size_t length = (size_t)(item->value - item->at);

	if (!length)
		return CPUS;
	for (enum counted of = SOCKETS; of < COUNTED; of++)
		if (strlen(names[of]) == length - 1 &&
		    !memcmp(names[of], item->at, length - 1))
			return of;
	return COUNTED;
}

/* The item's number, or one above VCPUS_MAX; 0 when it is none. */
static unsigned count_of(const struct item *item)
{
	unsigned count = 0;

	for (size_t i = 0; i < item->value_length; i++) {
		if (!isdigit((unsigned char)item->value[i]))
			return 0;
		if (count <= VCPUS_MAX)
			count = count * 10 + (unsigned)(item->value[i] - '0');
	}
	return count;
}

/* The user wants to know both limits; a host that has no KVM has none. */
static bool too_many(const char *what, size_t length, struct reason *why)
{
	struct reason ignored;
	struct kvm kvm;
	unsigned max;

	if (!kvm_open(&kvm, &ignored))
		return fail(why,
			    "--cpus: '%.*s' is more than a guest can have (%d)",
			    shown(length), what, VCPUS_MAX);
	max = kvm_max_vcpus(&kvm);
	close(kvm.device);
	return fail(why,
		    "--cpus: '%.*s' is more than a guest can have (%d; this "
		    "host's KVM can have %u)",
		    shown(length), what, VCPUS_MAX, max);
}

static bool take(const struct item *item, unsigned *counts, struct reason *why)
{
	enum counted of = counted_by(item);
	unsigned count = count_of(item);

	if (of == COUNTED)
		return fail(why,
			    "--cpus: '%.*s': there is no '%.*s', but sockets, "
			    "cores and threads",
			    shown(item->length), item->at,
			    shown((size_t)(item->value - item->at) - 1),
			    item->at);
	if (!count)
		return fail(why,
			    "--cpus: '%.*s': want a number from 1 to %d, or "
			    "sockets=S,cores=C,threads=T",
			    shown(item->length), item->at, VCPUS_MAX);
	if (count > VCPUS_MAX)
		return too_many(item->at, item->length, why);
	if (counts[of])
		return fail(why, "--cpus: '%.*s': %s is there twice",
			    shown(item->length), item->at, names[of]);
	counts[of] = count;
	return true;
}

static unsigned given_or(unsigned count, unsigned otherwise)
{
	return count ? count : otherwise;
}

/* What is missing. No more cores than there are CPUs left over for. */
static struct topology complete(const unsigned *counts)
{
	struct topology it = { .sockets = given_or(counts[SOCKETS], 1),
			       .threads = given_or(counts[THREADS], 1) };
	unsigned left = counts[CPUS] / (it.sockets * it.threads);

	it.cores = given_or(counts[CORES], given_or(left, 1));
	return it;
}

static bool check(const char *text, const struct topology *it, unsigned wanted,
		  struct reason *why)
{
	unsigned cpus = topology_cpus(it);
	uint32_t last = topology_apic_id(it, cpus - 1);

	if (wanted && wanted != cpus)
		return fail(why,
			    "--cpus: '%.40s': sockets=%u,cores=%u,threads=%u "
			    "make %u CPUs, not %u",
			    text, it->sockets, it->cores, it->threads, cpus,
			    wanted);
	if (cpus > VCPUS_MAX)
		return too_many(text, strlen(text), why);
	if (last >= VCPUS_MAX)
		return fail(why,
			    "--cpus: '%.40s': APIC id %u is beyond %d; make "
			    "cores and threads powers of two, which leave no "
			    "holes between ids, or have fewer",
			    text, last, VCPUS_MAX - 1);
	return true;
}

bool cpus_parse(const char *text, struct topology *topology, struct reason *why)
{
	unsigned counts[COUNTED] = { 0 };
	struct item item = item_at(text);

	while (take(&item, counts, why)) {
		const char *end = item.at + item.length;

		if (!*end) {
			*topology = complete(counts);
			return check(text, topology, counts[CPUS], why);
		}
		item = item_at(end + 1);
	}
	return false;
}

bool cpus_fit(const struct topology *topology, unsigned max, unsigned max_id,
	      struct reason *why)
{
	unsigned cpus = topology_cpus(topology);
	uint32_t last = topology_apic_id(topology, cpus - 1);

	if (cpus > max)
		return fail(why,
			    "--cpus: %u is more than this host's KVM can have "
			    "(%u)",
			    cpus, max);
	if (last >= max_id)
		return fail(why,
			    "--cpus: APIC id %u is more than this host's KVM "
			    "can have (%u); make cores and threads powers of "
			    "two, or have fewer",
			    last, max_id - 1);
	return true;
}
