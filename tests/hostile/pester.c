/*
 * pester COUNT COMMAND...: COMMAND, and somebody who sends it COUNT harmless
 * signals as fast as they are sent, as long as it runs: SIGUSR1, which kicks
 * vCPUs, SIGWINCH and SIGCONT, to the process and to each of its threads in
 * turn. Begins once COMMAND catches SIGUSR1. Says on descriptor 3 how many it
 * were; ends with COMMAND's status, or 128 and the signal's number.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 300

static const int harmless[] = { SIGUSR1, SIGWINCH, SIGUSR1, SIGCONT };

static pid_t command;
static int status;

static bool has_ended(void)
{
	return waitpid(command, &status, WNOHANG) != 0;
}

static bool catches_kicks(void)
{
	char path[40], text[4096], *at;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)command);
	fd = open(path, O_RDONLY);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length < 0)
		return false;
	text[length] = '\0';
	at = strstr(text, "SigCgt:");
	return at && strtoull(at + 7, NULL, 16) >> (SIGUSR1 - 1) & 1;
}

/* The threads that there are now; no more than there is room for. */
static size_t list(pid_t *threads)
{
	char path[40];
	struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)command);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)) && count < THREADS_MAX)
		if (*entry->d_name != '.')
			threads[count++] = atoi(entry->d_name);
	if (folder)
		closedir(folder);
	return count;
}

static long pester(long count)
{
	pid_t threads[THREADS_MAX];
	size_t others = 0;
	long sent = 0;

	for (; sent < count && !has_ended(); sent++) {
		int signal = harmless[sent % 4];

		if (sent % 64 == 0)
			others = list(threads);
		if (sent % 2 || !others)
			kill(command, signal);
		else
			syscall(SYS_tgkill, command,
				threads[sent / 2 % (long)others], signal);
	}
	return sent;
}

int main(int argc, char **argv)
{
	long sent;

	if (argc < 3)
		return 99;
	command = fork();
	if (!command) {
		fcntl(3, F_SETFD, FD_CLOEXEC);
		execvp(argv[2], argv + 2);
		_exit(99);
	}
	while (!catches_kicks() && !has_ended())
		usleep(100);
	sent = pester(atol(argv[1]));
	if (sent == atol(argv[1]))
		waitpid(command, &status, 0);
	dprintf(3, "%ld\n", sent);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
