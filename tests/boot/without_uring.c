/*
 * without_uring COMMAND...: runs it where there is no io_uring, as in many
 * containers. Ends with its status, or 125.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "without_uring: %s: %s\n", what, strerror(errno));
	return 125;
}

int main(int argc, char **argv)
{
	static struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(steps) / sizeof(*steps), steps };

	if (argc < 2)
		return fail("takes a command");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return fail("seccomp");
	if (syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno != EPERM)
		return fail("io_uring_setup");
	execv(argv[1], argv + 1);
	return fail(argv[1]);
}
