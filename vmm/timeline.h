/*
 * When each step of a start and of an end happened, for --timeline.
 *
 * Always compiled in: while it is off a mark is one branch, while it is on a
 * clock_gettime and a store into a static array. Marks come from any thread.
 */
#ifndef VMM_TIMELINE_H
#define VMM_TIMELINE_H

#include <stdbool.h>

/* A step's time is when it was done; of the last six, when it happened. */
enum timeline_step {
	TIMELINE_EXEC,
	TIMELINE_MAIN,
	TIMELINE_OPTIONS,
	TIMELINE_IMAGE_OPENED,
	TIMELINE_MEMORY,
	TIMELINE_IMAGE_PLACED,
	TIMELINE_BOARD,
	TIMELINE_VM,
	TIMELINE_SANDBOX,
	TIMELINE_FIRST_RUN, /* of the boot vCPU */
	TIMELINE_FIRST_EXIT,
	TIMELINE_MARKER, /* TIMELINE_MARKER_VALUE to the marker port */
	TIMELINE_GUEST_END,
	TIMELINE_TEARDOWN,
	TIMELINE_STEPS,
};

/* What a guest writes to the marker port when its init starts. */
#define TIMELINE_MARKER_VALUE 123

extern bool timeline_on;

/*
 * main() has begun. The clock is not read unless a word of the command line
 * may turn out to be --timeline: its first use costs two page faults.
 */
void timeline_begin(int argc, char **argv);

/* The slow halves of the two below. */
void timeline_note(enum timeline_step step);
void timeline_note_vcpu(unsigned vcpu, bool is_configured);

/* Of a step that comes again, the first time counts. */
static inline void timeline_mark(enum timeline_step step)
{
	if (timeline_on)
		timeline_note(step);
}

/* vCPU `vcpu` (below 255) has been created, or configured. */
static inline void timeline_mark_vcpu(unsigned vcpu, bool is_configured)
{
	if (timeline_on)
		timeline_note_vcpu(vcpu, is_configured);
}

/* The VM starts again: its steps are forgotten, and come anew. */
void timeline_restart(void);

/*
 * Writes the steps that happened to `fd`, in the order of their times, in
 * microseconds since the process began: a line for each, or JSON. Once at a
 * time. False, with errno, when they could not be written.
 *
 * When the process began, the variable MAYFLY_EXEC_NS of the environment says,
 * in nanoseconds of CLOCK_MONOTONIC: a benchmark takes it just before exec().
 * Without it, or with nonsense in it, the time is main()'s less the CPU time
 * that the process had used by then, which is right but for waits.
 */
bool timeline_write(int fd, bool is_json);

#endif
