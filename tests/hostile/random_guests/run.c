/*
 * run MAYFLY FOLDER FIRST COUNT JOBS: makes guests of the seeds from FIRST on,
 * has MAYFLY run each, JOBS at a time, and judges its end. The guests and what
 * they need are in FOLDER. With a COUNT of 1 the guest stays there, and the
 * command that runs it is told.
 *
 * A line for each guest that was too much for the monitor; at the end one that
 * tells how they all ended. Ends with 1 if there was one of the former.
 */
#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tally *tally; /* of all jobs: shared */

/* One job of `jobs`: every so many'th seed, in a folder of its own. */
static int job(struct trial *trial, uint64_t first, uint64_t count,
	       unsigned which, unsigned jobs)
{
	/* A process that a guest leaves behind becomes a child of this one. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	trial_begin(trial);
	for (uint64_t i = which; i < count; i += jobs) {
		trial->seed = first + i;
		trial_run(trial, tally);
	}
	return 0;
}

static void start_job(const char *mayfly, const char *folder, char **values,
		      unsigned which, unsigned jobs)
{
	uint64_t first = strtoull(values[0], NULL, 10);
	uint64_t count = strtoull(values[1], NULL, 10);
	static struct trial trial;
	pid_t child;

	trial.mayfly = mayfly;
	trial.tell = count == 1;
	snprintf(trial.folder, sizeof(trial.folder), "%s/%u", folder, which);
	child = fork();
	if (!child)
		_exit(job(&trial, first, count, which, jobs));
	if (child < 0)
		exit(125);
}

static int conclude(void)
{
	unsigned all = 0;

	for (unsigned i = 0; i < ENDS; i++)
		all += tally->ends[i];
	printf("# %u guests: %u ended by themselves, %u by the time, %u died, "
	       "%u were too much\n",
	       all, tally->ends[END_GUEST], tally->ends[END_TIMEOUT],
	       tally->ends[END_DIED], tally->ends[END_WRONG]);
	if (tally->resident_kib)
		printf("# those with 1.25 MiB had at most %u KiB resident\n",
		       tally->resident_kib);
	return tally->ends[END_WRONG] > 0;
}

int main(int count, char **words)
{
	unsigned jobs = count == 6 ? (unsigned)atoi(words[5]) : 0;
	int status, failed = 0;

	if (!jobs) {
		fprintf(stderr, "run MAYFLY FOLDER FIRST COUNT JOBS\n");
		return 125;
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		return 125;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned i = 0; i < jobs; i++)
		start_job(words[1], words[2], words + 3, i, jobs);
	while (wait(&status) > 0 || errno == EINTR)
		failed |= status != 0;
	return conclude() || failed ? 1 : 0;
}
