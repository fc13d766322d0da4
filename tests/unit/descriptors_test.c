/* The list of descriptors, and that all others are closed. */
#include "vmm/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

CASE(in_order_and_each_once)
{
	static const int wanted[] = { 0, 3, 7, 9 };
	struct descriptors ours = { 0 };

	descriptors_add(&ours, 7);
	descriptors_add(&ours, 3);
	descriptors_add(&ours, -1);
	descriptors_add(&ours, 9);
	descriptors_add(&ours, 7);
	descriptors_add(&ours, 0);
	descriptors_add(&ours, 0);
	CHECK_EQ(ours.count, 4);
	for (unsigned i = 0; i < ours.count; i++)
		CHECK_EQ(ours.fds[i], wanted[i]);
}

CASE(as_many_as_there_may_be)
{
	struct descriptors ours = { 0 };

	for (int fd = DESCRIPTORS_MAX; fd-- > 0;)
		descriptors_add(&ours, fd);
	CHECK_EQ(ours.count, DESCRIPTORS_MAX);
	CHECK_EQ(ours.fds[DESCRIPTORS_MAX - 1], DESCRIPTORS_MAX - 1);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool is_old; /* the kernel has no close_range then */

static void forget_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 436, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(200);
}

/* In a process of its own: the number of the first that is not as it should. */
static int close_in_child(const struct descriptors *ours)
{
	int status;
	pid_t child = fork();

	if (child) {
		waitpid(child, &status, 0);
		return WEXITSTATUS(status);
	}
	for (int fd = 0; fd < 100; fd++)
		if (!is_open(fd))
			dup2(STDERR_FILENO, fd);
	if (is_old)
		forget_close_range();
	descriptors_close_others(ours);
	for (int fd = 0, i = 0; fd < 100; fd++) {
		bool wanted = i < (int)ours->count && ours->fds[i] == fd;

		i += wanted;
		if (is_open(fd) != wanted)
			_exit(fd + 1);
	}
	_exit(0);
}

static void close_others(void)
{
	struct descriptors ours = { 0 };

	CHECK_EQ(close_in_child(&ours), 0);
	descriptors_add(&ours, 2);
	descriptors_add(&ours, 5);
	descriptors_add(&ours, 6);
	descriptors_add(&ours, 64);
	CHECK_EQ(close_in_child(&ours), 0);
	descriptors_add(&ours, 0);
	descriptors_add(&ours, 99);
	CHECK_EQ(close_in_child(&ours), 0);
}

CASE(all_others_are_closed)
{
	close_others();
}

CASE(all_others_are_closed_before_linux_5_9)
{
	is_old = true;
	close_others();
}

RUN("descriptors", &in_order_and_each_once, &as_many_as_there_may_be,
    &all_others_are_closed, &all_others_are_closed_before_linux_5_9)
