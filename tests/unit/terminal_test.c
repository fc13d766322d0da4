/*
 * The terminal: what the keys mean, and that it is put back. Standard input is
 * a pseudo-terminal here.
 */
#include "vmm/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static bool prefixed;

static void press(uint8_t key, enum key_action action, bool prefix)
{
	CHECK_EQ(key_action(key, &prefixed), action);
	CHECK_EQ(prefixed, prefix);
}

CASE(ordinary_keys_are_the_guests)
{
	prefixed = false;
	for (unsigned key = 0; key < 256; key++)
		if (key != 0x01)
			press((uint8_t)key, KEY_SEND, false);
}

CASE(ctrl_a_begins_a_command)
{
	static const struct {
		uint8_t key;
		enum key_action action;
	} commands[] = { { 'x', KEY_QUIT },    { 'X', KEY_QUIT },
			 { 'h', KEY_HELP },    { 'H', KEY_HELP },
			 { '?', KEY_HELP },    { 0x01, KEY_SEND },
			 { 'q', KEY_NOTHING }, { '\r', KEY_NOTHING },
			 { 0x18, KEY_NOTHING } };

	prefixed = false;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		press(0x01, KEY_NOTHING, true);
		press(commands[i].key, commands[i].action, false);
		press(commands[i].key == 0x01 ? 'a' : commands[i].key, KEY_SEND,
		      false);
	}
}

CASE(ctrl_a_twice_begins_no_command)
{
	prefixed = false;
	press(0x01, KEY_NOTHING, true);
	press(0x01, KEY_SEND, false);
	press('x', KEY_SEND, false);
}

CASE(the_help_names_the_commands)
{
	CHECK_SAYS(terminal_help, "Ctrl-A x ");
	CHECK_SAYS(terminal_help, "Ctrl-A h ");
	CHECK_SAYS(terminal_help, "Ctrl-A Ctrl-A ");
	/* The terminal is raw when it is shown. */
	for (const char *at = terminal_help; *at; at++)
		CHECK(*at != '\n' || (at > terminal_help && at[-1] == '\r'));
}

static struct termios settings(void)
{
	struct termios found;

	memset(&found, 0, sizeof(found));
	CHECK(!tcgetattr(STDIN_FILENO, &found));
	return found;
}

static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) &&
	       cfgetispeed(a) == cfgetispeed(b) &&
	       cfgetospeed(a) == cfgetospeed(b);
}

static bool is_raw(void)
{
	struct termios now = settings();

	return !(now.c_lflag & (ICANON | ECHO | ISIG | IEXTEN)) &&
	       !(now.c_iflag & (IXON | ICRNL | INLCR | IGNCR | ISTRIP)) &&
	       !(now.c_oflag & OPOST) && (now.c_cflag & CSIZE) == CS8 &&
	       now.c_cc[VMIN] == 1 && now.c_cc[VTIME] == 0;
}

/* A new terminal at standard input, with settings that are nobody's default. */
static void open_terminal(void)
{
	static int master = -1;
	struct termios odd;
	int slave;

	if (master >= 0)
		close(master);
	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	CHECK_EQ(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	close(slave);
	odd = settings();
	odd.c_cc[VINTR] = 0x11;
	odd.c_cc[VMIN] = 7;
	odd.c_iflag |= INLCR;
	CHECK(!tcsetattr(STDIN_FILENO, TCSANOW, &odd));
	CHECK(!is_raw());
}

CASE(it_is_raw_and_then_as_it_was)
{
	struct termios before, after;

	open_terminal();
	before = settings();
	CHECK(terminal_raw());
	CHECK(is_raw());
	terminal_restore();
	after = settings();
	CHECK(same(&before, &after));
}

CASE(raw_twice_remembers_the_first)
{
	struct termios before, after;

	open_terminal();
	before = settings();
	CHECK(terminal_raw());
	CHECK(terminal_raw());
	terminal_restore();
	after = settings();
	CHECK(same(&before, &after));
	terminal_restore();
	after = settings();
	CHECK(same(&before, &after));
}

CASE(it_may_be_raw_again)
{
	struct termios before, after;

	open_terminal();
	before = settings();
	CHECK(terminal_raw());
	terminal_restore();
	CHECK(terminal_raw());
	CHECK(is_raw());
	terminal_restore();
	after = settings();
	CHECK(same(&before, &after));
}

CASE(restoring_what_was_not_raw_changes_nothing)
{
	struct termios before, after;

	open_terminal();
	before = settings();
	terminal_restore();
	after = settings();
	CHECK(same(&before, &after));
}

CASE(what_is_no_terminal_is_left_alone)
{
	int null = open("/dev/null", O_RDONLY);

	CHECK(null >= 0);
	CHECK_EQ(dup2(null, STDIN_FILENO), STDIN_FILENO);
	close(null);
	CHECK(!terminal_raw());
	terminal_restore();
}

/* A process that makes the terminal raw and is killed by `signal`. */
static int status_of_victim(int signal)
{
	int status;
	pid_t victim = fork();

	if (!victim) {
		const struct rlimit none = { 0 };
		bool raw = terminal_raw() && is_raw();

		setrlimit(RLIMIT_CORE, &none);
		if (raw)
			raise(signal);
		_exit(raw ? 1 : 2);
	}
	CHECK(victim > 0);
	CHECK_EQ(waitpid(victim, &status, 0), victim);
	return status;
}

static void check_death(int signal)
{
	struct termios before, after;
	int status;

	open_terminal();
	before = settings();
	status = status_of_victim(signal);
	after = settings();
	if (!WIFSIGNALED(status) || !same(&before, &after))
		printf("# signal %d\n", signal);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), signal);
	CHECK(same(&before, &after));
}

CASE(a_deadly_signal_puts_it_back_and_kills)
{
	/* Others are the event loop's, memory_failure.c's and the vCPUs'. */
	static const int deadly[] = { SIGQUIT, SIGILL,  SIGABRT,  SIGFPE,
				      SIGSEGV, SIGSYS,  SIGTRAP,  SIGALRM,
				      SIGXCPU, SIGUSR2, SIGPWR,   SIGVTALRM,
				      SIGPROF, SIGIO,   SIGSTKFLT };

	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		check_death(deadly[i]);
	check_death(SIGRTMIN);
	check_death(SIGRTMAX);
}

/* They are caught before the terminal is made raw. */
CASE(kicks_of_vcpus_and_lost_memory_are_none_of_its_signals)
{
	struct sigaction after;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGBUS, SIG_IGN);
	open_terminal();
	CHECK(terminal_raw());
	CHECK(!sigaction(SIGUSR1, NULL, &after));
	CHECK(after.sa_handler == SIG_IGN);
	CHECK(!sigaction(SIGBUS, NULL, &after));
	CHECK(after.sa_handler == SIG_IGN);
	terminal_restore();
}

RUN("terminal", &ordinary_keys_are_the_guests, &ctrl_a_begins_a_command,
    &ctrl_a_twice_begins_no_command, &the_help_names_the_commands,
    &it_is_raw_and_then_as_it_was, &raw_twice_remembers_the_first,
    &it_may_be_raw_again, &restoring_what_was_not_raw_changes_nothing,
    &what_is_no_terminal_is_left_alone, &a_deadly_signal_puts_it_back_and_kills,
    &kicks_of_vcpus_and_lost_memory_are_none_of_its_signals)
