/* What Landlock takes from a process, and what it leaves, where it is. */
#include "vmm/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static int abi;
static char folder[] = "/tmp/landlock.XXXXXX";
static char inside[64], outside[64], below[64];

static void put_file(char *name, const char *format)
{
	int fd;

	snprintf(name, 64, format, folder);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	close(fd);
}

static void make_files(void)
{
	char sub[64];

	CHECK(mkdtemp(folder));
	snprintf(sub, sizeof(sub), "%s/sub", folder);
	CHECK(!mkdir(sub, 0700));
	put_file(inside, "%s/sub/inside");
	put_file(below, "%s/sub/below");
	put_file(outside, "%s/outside");
}

static void remove_files(void)
{
	char sub[64];

	snprintf(sub, sizeof(sub), "%s/sub", folder);
	unlink(inside);
	unlink(below);
	unlink(outside);
	rmdir(sub);
	rmdir(folder);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

/* The line of a child's check that failed, or 0. */
static int in_child(int (*run)(void))
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(run());
	return waitpid(child, &status, 0) == child && WIFEXITED(status)
		   ? WEXITSTATUS(status)
		   : -1;
}

#define NEED(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			return __LINE__ & 255;                                 \
	} while (0)

static bool is_denied(int result)
{
	return result < 0 && (errno == EACCES || errno == EXDEV);
}

static int nothing_goes(void)
{
	struct reason why;
	int fd = open(outside, O_RDWR | O_CLOEXEC);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	NEED(landlock_enter(NULL, &why));
	NEED(is_denied(open(outside, O_RDONLY)));
	NEED(is_denied(open(outside, O_WRONLY)));
	NEED(is_denied(open("/", O_RDONLY | O_DIRECTORY)));
	NEED(is_denied(open("/dev/null", O_RDWR)));
	NEED(is_denied(open(folder, O_TMPFILE | O_RDWR, 0600)));
	NEED(is_denied(unlink(outside)));
	NEED(is_denied(mkdir("/tmp/landlock.new", 0700)));
	NEED(is_denied(symlink("x", "/tmp/landlock.new")));
	NEED(is_denied(rename(outside, inside)));
	NEED(is_denied(rename(outside, "/tmp/landlock.new")));
	NEED(abi < 3 || is_denied(truncate(outside, 0)));
	NEED(is_denied(execl("/proc/self/exe", "x", NULL)));
	/* What was open before is as it was. */
	NEED(write(fd, "x", 1) == 1 && !ftruncate(fd, 0));
	return 0;
}

CASE(no_file_is_opened_or_changed)
{
	int line;

	make_files();
	line = in_child(nothing_goes);
	remove_files();
	CHECK_EQ(line, 0);
}

static int only_there(void)
{
	struct reason why;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	NEED(landlock_enter(inside, &why));
	NEED(is_denied(unlink(outside)));
	NEED(is_denied(open(inside, O_RDONLY)));
	NEED(is_denied(rename(inside, below)));
	NEED(!unlink(inside));
	NEED(!unlink(below));
	return 0;
}

CASE(files_of_one_folder_are_removed)
{
	int line;

	make_files();
	line = in_child(only_there);
	remove_files();
	CHECK_EQ(line, 0);
}

static int of_this_folder(void)
{
	struct reason why;
	char parent[64];

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	snprintf(parent, sizeof(parent), "%s/sub", folder);
	NEED(!chdir(parent));
	NEED(landlock_enter("inside", &why));
	NEED(is_denied(unlink(outside)));
	NEED(!unlink("inside"));
	return 0;
}

CASE(a_name_without_a_folder)
{
	int line;

	make_files();
	line = in_child(of_this_folder);
	remove_files();
	CHECK_EQ(line, 0);
}

static int a_folder_that_is_not_there(void)
{
	struct reason why;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	NEED(!landlock_enter("/nowhere/at/all", &why));
	NEED(strstr(why.text, "No such file"));
	return 0;
}

CASE(a_folder_is_missing)
{
	CHECK_EQ(in_child(a_folder_that_is_not_there), 0);
}

static int no_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct reason why;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	NEED(landlock_enter(NULL, &why));
	NEED(fd < 0 || is_denied(bind(fd, (void *)&any, sizeof(any))));
	return 0;
}

CASE(no_tcp_port)
{
	CHECK_EQ(in_child(no_tcp), 0);
}

static int no_strangers(void)
{
	struct reason why;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	NEED(landlock_enter(NULL, &why));
	NEED(kill(getppid(), 0) && errno == EPERM);
	NEED(!kill(getpid(), 0));
	return 0;
}

CASE(no_signal_to_others)
{
	CHECK_EQ(in_child(no_strangers), 0);
}

/* Each ABI knows more. */
int main(void)
{
	static const struct {
		int abi;
		const struct unit_case *it;
	} all[] = {
		{ 1, &no_file_is_opened_or_changed },
		{ 1, &files_of_one_folder_are_removed },
		{ 1, &a_name_without_a_folder },
		{ 1, &a_folder_is_missing },
		{ 4, &no_tcp_port },
		{ 6, &no_signal_to_others },
	};
	int failed = 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	abi = (int)syscall(444, NULL, (size_t)0, 1);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (abi >= all[i].abi)
			failed |= unit_run("landlock", &all[i].it, 1);
		else
			printf("ok - landlock: %s # SKIP this host's Landlock "
			       "is %d, not %d\n",
			       all[i].it->name, abi > 0 ? abi : 0, all[i].abi);
	}
	return failed;
}
