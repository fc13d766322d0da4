/*
 * mayfly: one process is one VM. What is asked for; vm.c is the story of a
 * start and an end.
 */
#include "vmm/cold.h"
#include "vmm/conclusion.h"
#include "vmm/doctor.h"
#include "vmm/help.h"
#include "vmm/options.h"
#include "vmm/show_cpu.h"
#include "vmm/show_sandbox.h"
#include "vmm/timeline.h"
#include "vmm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

COLD struct options command_line;

/*
 * A standard file that is closed would become the next one that is opened: the
 * guest's output would go into the kernel's image, or into KVM.
 */
static void open_standard_files(void)
{
	struct pollfd files[] = { { .fd = STDIN_FILENO },
				  { .fd = STDOUT_FILENO },
				  { .fd = STDERR_FILENO } };
	int fd;

	/* POLLNVAL, of a closed one, is told unasked: most have none. */
	poll(files, 3, 0);
	if (!((files[0].revents | files[1].revents | files[2].revents) &
	      POLLNVAL))
		return;
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* The status of a command whose output is what it is for. */
static int printed(int status)
{
	struct reason why;

	if (fflush(stdout))
		fail(&why, "standard output: %s", strerror(errno));
	else if (ferror(stdout))
		fail(&why, "standard output: not all could be written");
	else
		return status;
	return conclusion_of_failure(&why);
}

static int print(const char *text)
{
	fputs(text, stdout);
	return printed(0);
}

int main(int argc, char **argv)
{
	struct reason why;
	int status;

	timeline_begin(argc, argv);
	open_standard_files();
	if (!options_parse(&command_line, argc, argv, &why))
		return conclusion_of_failure(&why);
	timeline_on = command_line.timeline;
	timeline_mark(TIMELINE_OPTIONS);
	switch (command_line.command) {
	case COMMAND_RUN:
		/* The guest's threads may still run: leave at once. */
		_exit(vm_run(&command_line));
	case COMMAND_CPU:
		status = show_cpu(command_line.cpu_raw, command_line.cpu_check,
				  &why);
		return status == DOCTOR_BROKEN ? conclusion_of_failure(&why)
					       : printed(status);
	case COMMAND_DOCTOR:
		return printed(command_line.doctor_sandbox ? show_sandbox()
							   : doctor());
	case COMMAND_VERSION:
		return print("mayfly " MAYFLY_VERSION "\n");
	default:
		return print(help_text);
	}
}
