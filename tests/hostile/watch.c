/*
 * watch FILE COMMAND...: runs it, and writes to FILE what became of it, a word
 * a line for a shell: status (or 1000 and the signal), the most memory that it
 * had resident (KiB), and the most threads and descriptors that were seen of
 * it, every few milliseconds. Ends as it did, or with 125 when there is no
 * beginning. One that takes more than two minutes is killed.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 5000000
#define TICKS   (120 * (1000000000 / TICK_NS))

/* How many entries a folder of /proc/PID has; 0 when it has gone. */
static int entries(pid_t pid, const char *name)
{
	char path[64];
	DIR *folder;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	folder = opendir(path);
	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count > 2 ? count - 2 : 0;
}

static void look(int *most, int now)
{
	if (now > *most)
		*most = now;
}

int main(int count, char **words)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	int status, threads = 0, descriptors = 0;
	struct rusage usage;
	pid_t pid, done = 0;
	FILE *file;

	if (count < 3 || (pid = fork()) < 0)
		return 125;
	if (!pid) {
		execv(words[2], words + 2);
		_exit(125);
	}
	for (int i = 0; !done && i < TICKS; i++) {
		look(&threads, entries(pid, "task"));
		look(&descriptors, entries(pid, "fd"));
		nanosleep(&tick, NULL);
		done = wait4(pid, &status, WNOHANG, &usage);
	}
	if (!done) {
		kill(pid, SIGKILL);
		wait4(pid, &status, 0, &usage);
	}
	status =
	    WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
	file = fopen(words[1], "w");
	if (!file)
		return 125;
	fprintf(file, "status=%d\nresident=%ld\nthreads=%d\ndescriptors=%d\n",
		status, usage.ru_maxrss, threads, descriptors);
	fclose(file);
	return status > 255 ? 255 : status;
}
