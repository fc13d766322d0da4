/*
 * One guest, from its seed to the verdict.
 */
#ifndef RANDOM_GUESTS_TRIAL_H
#define RANDOM_GUESTS_TRIAL_H

#include "image.h"

#include <stdatomic.h>
#include <sys/types.h>

enum end {
	END_GUEST,   /* 0 to 123 */
	END_TIMEOUT, /* 124 */
	END_DIED,    /* 126 */
	END_WRONG,   /* anything else, or something besides */
	ENDS
};

struct tally {
	atomic_uint ends[ENDS];
	atomic_uint resident_kib; /* at most, with 1.25 MiB of memory */
};

#define WORDS_MAX 40
#define SAID_MAX  4096

struct trial {
	uint64_t seed;
	const char *mayfly;
	char folder[128]; /* of its own */
	bool tell;        /* the command, and leave the guest */
	int stuck[2];     /* pipes that nobody writes to, or reads */

	/* What becomes of the seed: */
	struct plan plan;
	struct image image;
	char *words[WORDS_MAX]; /* the command line */
	char texts[4096];       /* what they are made of */
	unsigned word_count;
	size_t text_size;
	unsigned input, output; /* enum stream */
	bool is_loud;           /* what it says to standard error is its own */
	bool has_socket;

	/* What became of the guest: */
	char said[SAID_MAX + 1]; /* the beginning of standard error */
	uint64_t bytes, lines;   /* of it */
	char wrong[256];         /* or empty */
};

/* Standard input and output. */
enum stream {
	STREAM_NULL,
	STREAM_FULL,   /* /dev/full; as input, an endless /dev/zero */
	STREAM_CLOSED, /* not open at all */
	STREAM_BROKEN, /* a pipe that nobody is at the other end of */
	STREAM_STUCK,  /* a pipe that nobody reads, or writes to */
	STREAMS
};

/* The options and files that the seed says (trial_plan.c). */
void trial_prepare(struct trial *trial);

/* Before the first one of a process. */
void trial_begin(struct trial *trial);

/* All of it. A failure is told on standard output. */
void trial_run(struct trial *trial, struct tally *tally);

#endif
