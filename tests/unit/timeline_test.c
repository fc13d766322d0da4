/* --timeline: what is told, in which order, and from when on. */
#include "vmm/timeline.h"

#include "tests/unit/unit.h"
#include "vmm/clock.h"

#include <stdio.h>
#include <unistd.h>

static char text[16384];

/* What it writes, through a file. */
static const char *told(bool is_json)
{
	FILE *file = tmpfile();
	size_t length;

	CHECK(file != NULL);
	CHECK(timeline_write(fileno(file), is_json));
	rewind(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

/* A process that began so many ns ago by the environment, or `word`. */
static void begin(uint64_t ago, const char *word)
{
	char number[32];

	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)(clock_ns(CLOCK_MONOTONIC) - ago));
	setenv("MAYFLY_EXEC_NS", word ? word : number, 1);
	timeline_on = true;
	timeline_begin(2, (char *[]){ "mayfly", "--timeline" });
	timeline_mark(TIMELINE_OPTIONS);
}

/* The time of a line, in microseconds. */
static double time_of(const char *step)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "  %s\n", step);
	at = strstr(text, line);
	CHECK(at != NULL);
	while (at > text && at[-1] != '\n')
		at--;
	return strtod(at, NULL);
}

CASE(nothing_is_noted_while_it_is_off)
{
	timeline_on = false;
	timeline_begin(2, (char *[]){ "mayfly", "run" });
	timeline_mark(TIMELINE_BOARD);
	timeline_mark_vcpu(0, true);
	CHECK(!strstr(told(false), "board"));
	CHECK(!strstr(text, "vCPU"));
}

CASE(the_beginning_is_the_environments)
{
	begin(5000000, NULL);
	told(false);
	CHECK(time_of("exec") == 0);
	CHECK(time_of("main") >= 5000);
	CHECK(time_of("options") >= time_of("main"));
}

CASE(steps_come_in_the_order_of_their_times)
{
	timeline_mark(TIMELINE_BOARD);
	timeline_mark_vcpu(254, false);
	timeline_mark_vcpu(254, true);
	timeline_mark(TIMELINE_MEMORY);
	told(false);
	CHECK(time_of("board") <= time_of("vCPU 254 created"));
	CHECK(strstr(text, "board") < strstr(text, "vCPU 254 created"));
	CHECK(strstr(text, "created") < strstr(text, "configured"));
	CHECK(strstr(text, "configured") < strstr(text, "memory"));
	CHECK(!strstr(text, "marker"));
}

CASE(the_first_time_counts)
{
	double first;

	told(false);
	first = time_of("memory");
	timeline_mark(TIMELINE_MEMORY);
	told(false);
	CHECK(time_of("memory") == first);
}

CASE(json_has_the_same)
{
	told(true);
	CHECK(!strncmp(text, "{\n", 2));
	CHECK_SAYS(text, "{ \"step\": \"exec\", \"us\": 0.000 },\n");
	CHECK_SAYS(text, "{ \"step\": \"vCPU 254 configured\", \"us\": ");
	CHECK_SAYS(text, " }\n  ]\n}\n");
}

CASE(a_restart_forgets_the_vm)
{
	timeline_mark(TIMELINE_GUEST_END);
	timeline_restart();
	told(false);
	CHECK(!strstr(text, "guest end"));
	CHECK(!strstr(text, "memory"));
	CHECK(!strstr(text, "vCPU"));
	CHECK_SAYS(text, "options");
}

/* Then it is main() less the CPU time, which is never after main(). */
CASE(nonsense_in_the_environment_is_ignored)
{
	static const char *const words[] = { "",
					     "x",
					     "12x",
					     "-5",
					     "99999999999999999999",
					     "9999999999999999999" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		begin(0, words[i]);
		told(false);
		CHECK(time_of("exec") == 0);
		CHECK(time_of("main") < 60e6);
	}
}

CASE(a_full_disk_is_told)
{
	FILE *full = fopen("/dev/full", "w");

	CHECK(full != NULL);
	CHECK(!timeline_write(fileno(full), false));
	CHECK(!timeline_write(fileno(full), true));
	fclose(full);
}

RUN("timeline", &nothing_is_noted_while_it_is_off,
    &the_beginning_is_the_environments, &steps_come_in_the_order_of_their_times,
    &the_first_time_counts, &json_has_the_same, &a_restart_forgets_the_vm,
    &nonsense_in_the_environment_is_ignored, &a_full_disk_is_told)
