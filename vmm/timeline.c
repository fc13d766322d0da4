/*
 * See the header. Nothing here runs while it is off, but for timeline_begin,
 * and no page of the arrays is touched.
 */
#include "vmm/timeline.h"

#include "vmm/clock.h"
#include "vmm/cold.h"

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VCPUS 255

static const char *const names[TIMELINE_STEPS] = {
	[TIMELINE_EXEC] = "exec",
	[TIMELINE_MAIN] = "main",
	[TIMELINE_OPTIONS] = "options",
	[TIMELINE_IMAGE_OPENED] = "image opened",
	[TIMELINE_MEMORY] = "memory",
	[TIMELINE_IMAGE_PLACED] = "image placed",
	[TIMELINE_BOARD] = "board",
	[TIMELINE_VM] = "VM",
	[TIMELINE_SANDBOX] = "sandbox",
	[TIMELINE_FIRST_RUN] = "first KVM_RUN",
	[TIMELINE_FIRST_EXIT] = "first exit",
	[TIMELINE_MARKER] = "guest marker",
	[TIMELINE_GUEST_END] = "guest end",
	[TIMELINE_TEARDOWN] = "teardown",
};

bool timeline_on;

/* CLOCK_MONOTONIC, nanoseconds; 0: it has not happened. */
static uint64_t main_ns, exec_ns;
static atomic_ullong steps[TIMELINE_STEPS];
COLD atomic_ullong timeline_vcpus[VCPUS][2]; /* created, configured */

struct entry {
	uint64_t ns;
	const char *name;
	int vcpu; /* -1: of none */
};

COLD struct entry timeline_list[TIMELINE_STEPS + 2 * VCPUS];

/* The environment's time, if it is one and lies in the past; else 0. */
static uint64_t told_exec(void)
{
	const char *text = getenv("MAYFLY_EXEC_NS");
	unsigned long long ns;
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	ns = strtoull(text, &end, 10);
	return *end || errno || ns > main_ns ? 0 : ns;
}

void timeline_begin(int argc, char **argv)
{
	for (int i = 1; i < argc && !main_ns; i++)
		if (!strncmp(argv[i], "--timel", strlen("--timel")))
			main_ns = clock_ns(CLOCK_MONOTONIC);
}

/* Asked when the options are known, and reckoned back to main(). */
static void find_beginning(void)
{
	uint64_t since_main = clock_ns(CLOCK_MONOTONIC) - main_ns;
	uint64_t used = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	exec_ns = told_exec();
	if (!exec_ns)
		exec_ns = main_ns - (used > since_main ? used - since_main : 0);
	steps[TIMELINE_EXEC] = exec_ns;
	steps[TIMELINE_MAIN] = main_ns;
}

static void note(atomic_ullong *at)
{
	unsigned long long never = 0;

	atomic_compare_exchange_strong(at, &never, clock_ns(CLOCK_MONOTONIC));
}

void timeline_note(enum timeline_step step)
{
	note(&steps[step]);
	if (step == TIMELINE_OPTIONS)
		find_beginning();
}

void timeline_note_vcpu(unsigned vcpu, bool is_configured)
{
	note(&timeline_vcpus[vcpu][is_configured]);
}

void timeline_restart(void)
{
	if (!timeline_on)
		return;
	for (int i = TIMELINE_MEMORY; i < TIMELINE_STEPS; i++)
		steps[i] = 0;
	for (int i = 0; i < VCPUS; i++)
		timeline_vcpus[i][0] = timeline_vcpus[i][1] = 0;
}

/* Into the list, which is in the order of time. */
static void insert(struct entry *list, unsigned *count, struct entry entry)
{
	unsigned at = (*count)++;

	for (; at && list[at - 1].ns > entry.ns; at--)
		list[at] = list[at - 1];
	list[at] = entry;
}

static unsigned collect(struct entry *list)
{
	unsigned count = 0;

	for (int i = 0; i < TIMELINE_STEPS; i++)
		if (steps[i])
			insert(list, &count,
			       (struct entry){ steps[i], names[i], -1 });
	for (int i = 0; i < VCPUS; i++) {
		if (timeline_vcpus[i][0])
			insert(list, &count,
			       (struct entry){ timeline_vcpus[i][0], "created",
					       i });
		if (timeline_vcpus[i][1])
			insert(list, &count,
			       (struct entry){ timeline_vcpus[i][1],
					       "configured", i });
	}
	return count;
}

/* As text or as a member of JSON's array. */
static bool write_entry(int fd, const struct entry *entry, bool is_json,
			bool is_last)
{
	uint64_t ns = entry->ns - exec_ns;
	unsigned long long us = ns / 1000;
	unsigned rest = (unsigned)(ns % 1000);
	char name[32];

	if (entry->vcpu < 0)
		snprintf(name, sizeof(name), "%s", entry->name);
	else
		snprintf(name, sizeof(name), "vCPU %d %s", entry->vcpu,
			 entry->name);
	if (is_json)
		return dprintf(
			   fd,
			   "    { \"step\": \"%s\", \"us\": %llu.%03u }%s\n",
			   name, us, rest, is_last ? "" : ",") > 0;
	return dprintf(fd, "%8llu.%01u  %s\n", us, rest / 100, name) > 0;
}

static bool write_ends(int fd, bool is_json, bool is_begin)
{
	if (is_json && is_begin)
		return dprintf(fd, "{\n  \"steps\": [\n") > 0;
	if (is_json)
		return dprintf(fd, "  ]\n}\n") > 0;
	return !is_begin || dprintf(fd, "mayfly: timeline, microseconds since "
					"the process began\n") > 0;
}

bool timeline_write(int fd, bool is_json)
{
	const struct entry *list = timeline_list;
	unsigned count = collect(timeline_list);

	if (!write_ends(fd, is_json, true))
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!write_entry(fd, &list[i], is_json, i + 1 == count))
			return false;
	return write_ends(fd, is_json, false);
}
