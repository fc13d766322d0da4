/* What the filters let pass, by running them as the kernel does. */
#include "tests/unit/unit.h"
#include "vmm/seccomp_filter.h"
#include "vmm/syscall_names.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/vhost.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KVM_FD = 5, VM_FD = 6, VCPU_FD = 7, OTHER_FD = 8, PID = 4242 };

static const struct seccomp_facts least = { .kvm = KVM_FD,
					    .vm = VM_FD,
					    .pid = PID };
static const struct seccomp_facts most = {
	.kvm = KVM_FD,
	.vm = VM_FD,
	.pid = PID,
	.has_restart = true,
	.has_smp = true,
	.has_testdev = true,
	.has_disk = true,
	.has_net = true,
	.has_vsock = true,
	.has_virtio = true,
};

static uint32_t word_at(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	CHECK(offset + sizeof(word) <= sizeof(*data) && offset % 4 == 0);
	memcpy(&word, (const uint8_t *)data + offset, sizeof(word));
	return word;
}

/* The kernel's Documentation/networking/filter.rst, as far as it is used. */
static uint32_t run(const struct sock_filter *at, unsigned length,
		    const struct seccomp_data *data)
{
	const struct sock_filter *end = at + length;
	uint32_t a = 0;

	for (; at < end; at++) {
		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = word_at(data, at->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= at->k;
			break;
		case BPF_JMP | BPF_JA:
			at += at->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == at->k ? at->jt : at->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= at->k ? at->jt : at->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > at->k ? at->jt : at->jf;
			break;
		case BPF_RET | BPF_K:
			return at->k;
		default:
			CHECK(!"an instruction that is known");
		}
	}
	CHECK(!"it ends");
	return 0;
}

static uint32_t answer_to(const struct seccomp_facts *facts,
			  enum seccomp_kind kind,
			  const struct seccomp_data *data)
{
	struct sock_filter filter[SECCOMP_FILTER_MAX];
	unsigned length = seccomp_filter_make(facts, kind, VCPU_FD, filter);

	return run(filter, length, data);
}

/* With arguments 0, 1 and 2. */
static uint32_t answer(const struct seccomp_facts *facts,
		       enum seccomp_kind kind, long call, uint64_t first,
		       uint64_t second, uint64_t third)
{
	const struct seccomp_data data = { .nr = (int)call,
					   .arch = AUDIT_ARCH_X86_64,
					   .args = { first, second, third } };

	return answer_to(facts, kind, &data);
}

static bool may(const struct seccomp_facts *facts, enum seccomp_kind kind,
		long call, uint64_t first, uint64_t second, uint64_t third)
{
	return answer(facts, kind, call, first, second, third) ==
	       SECCOMP_RET_ALLOW;
}

static bool may_ioctl(const struct seccomp_facts *facts, enum seccomp_kind kind,
		      int fd, unsigned long request)
{
	return may(facts, kind, SYS_ioctl, (uint64_t)fd, request, 0);
}

CASE(the_guest_runs_on_its_own_vcpu_alone)
{
	CHECK(may_ioctl(&least, SECCOMP_VCPU, VCPU_FD, KVM_RUN));
	CHECK(!may_ioctl(&least, SECCOMP_VCPU, OTHER_FD, KVM_RUN));
	CHECK(!may_ioctl(&least, SECCOMP_IO, VCPU_FD, KVM_RUN));
	/* The others' filters are on top of it. */
	CHECK(may_ioctl(&least, SECCOMP_ATTENDANT, VCPU_FD, KVM_RUN));
}

CASE(requests_have_their_descriptors)
{
	CHECK(may_ioctl(&least, SECCOMP_VCPU, VM_FD, KVM_SIGNAL_MSI));
	CHECK(!may_ioctl(&least, SECCOMP_VCPU, OTHER_FD, KVM_SIGNAL_MSI));
	CHECK(
	    may_ioctl(&least, SECCOMP_ATTENDANT, KVM_FD, KVM_CHECK_EXTENSION));
	CHECK(
	    !may_ioctl(&least, SECCOMP_ATTENDANT, VM_FD, KVM_CHECK_EXTENSION));
	CHECK(may_ioctl(&least, SECCOMP_IO, STDIN_FILENO, TCSETS));
	CHECK(!may_ioctl(&least, SECCOMP_IO, OTHER_FD, TCSETS));
	CHECK(!may_ioctl(&most, SECCOMP_ATTENDANT, STDIN_FILENO, TIOCSTI));
	CHECK(!may_ioctl(&least, SECCOMP_ATTENDANT, KVM_FD, KVM_CREATE_VM));
	CHECK(may_ioctl(&most, SECCOMP_ATTENDANT, KVM_FD, KVM_CREATE_VM));
}

CASE(what_the_vm_has_not_nobody_may)
{
	for (int kind = 0; kind < SECCOMP_KINDS; kind++) {
		CHECK(!may(&least, kind, SYS_socket, AF_UNIX, 0, 0));
		CHECK(!may(&least, kind, SYS_io_uring_enter, 0, 0, 0));
		CHECK(!may(&least, kind, SYS_readv, 0, 0, 0));
		CHECK(!may_ioctl(&least, kind, OTHER_FD, VHOST_SET_FEATURES));
		CHECK(!may(&least, kind, SYS_mmap, 0, 0, PROT_READ));
	}
	CHECK(may(&most, SECCOMP_IO, SYS_socket, AF_UNIX, 0, 0));
	CHECK(!may(&most, SECCOMP_IO, SYS_socket, AF_INET, 0, 0));
	CHECK(!may(&most, SECCOMP_VCPU, SYS_socket, AF_UNIX, 0, 0));
}

CASE(nobody_may_ever)
{
	static const int calls[] = {
		SYS_execve,     SYS_execveat,         SYS_fork,   SYS_vfork,
		SYS_ptrace,     SYS_openat,           SYS_kill,   SYS_bpf,
		SYS_mount,      SYS_chroot,           SYS_setuid, SYS_unshare,
		SYS_socketpair, SYS_process_vm_writev
	};

	for (int kind = 0; kind < SECCOMP_KINDS; kind++)
		for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
			CHECK_EQ(answer(&most, kind, calls[i], 0, 0, 0),
				 SECCOMP_RET_TRAP);
			/* With another call's arguments. */
			CHECK_EQ(
			    answer(&most, kind, calls[i], VCPU_FD, KVM_RUN, 0),
			    SECCOMP_RET_TRAP);
		}
}

CASE(arguments_are_looked_at)
{
	const uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES |
				CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
				CLONE_SETTLS | CLONE_PARENT_SETTID |
				CLONE_CHILD_CLEARTID;

	CHECK(may(&least, SECCOMP_ATTENDANT, SYS_clone, thread, 0, 0));
	CHECK(!may(&least, SECCOMP_ATTENDANT, SYS_clone, 17, 0, 0));
	CHECK(!may(&least, SECCOMP_ATTENDANT, SYS_clone, thread | CLONE_NEWNET,
		   0, 0));
	CHECK(!may(&least, SECCOMP_VCPU, SYS_clone, thread, 0, 0));
	CHECK(may(&most, SECCOMP_ATTENDANT, SYS_mmap, 0, 0, PROT_WRITE));
	CHECK(!may(&most, SECCOMP_ATTENDANT, SYS_mmap, 0, 0, PROT_EXEC));
	CHECK(may(&least, SECCOMP_VCPU, SYS_tgkill, PID, 1, 1));
	CHECK(!may(&least, SECCOMP_VCPU, SYS_tgkill, PID + 1, 1, 1));
	CHECK(may(&least, SECCOMP_ATTENDANT, SYS_prctl, PR_MCE_KILL, 0, 0));
	CHECK(
	    !may(&least, SECCOMP_ATTENDANT, SYS_prctl, PR_SET_DUMPABLE, 1, 0));
}

CASE(some_are_refused_and_nobody_dies)
{
	CHECK_EQ(answer(&least, SECCOMP_ATTENDANT, SYS_clone3, 0, 0, 0),
		 SECCOMP_RET_ERRNO | ENOSYS);
	CHECK_EQ(answer(&least, SECCOMP_VCPU, SYS_tkill, 1, 9, 0),
		 SECCOMP_RET_ERRNO | EPERM);
}

CASE(other_numberings_are_forbidden)
{
	struct seccomp_data data = { .nr = SYS_futex,
				     .arch = AUDIT_ARCH_X86_64 };

	CHECK_EQ(answer_to(&least, SECCOMP_VCPU, &data), SECCOMP_RET_ALLOW);
	data.arch = AUDIT_ARCH_I386;
	CHECK_EQ(answer_to(&least, SECCOMP_VCPU, &data), SECCOMP_RET_TRAP);
	data.arch = AUDIT_ARCH_X86_64;
	data.nr = SYS_futex | 0x40000000; /* x32 */
	CHECK_EQ(answer_to(&least, SECCOMP_VCPU, &data), SECCOMP_RET_TRAP);
}

/* Or it would be stopped, whatever its own filter says. */
CASE(the_attendant_may_what_any_thread_may)
{
	static const struct seccomp_facts *const both[] = { &least, &most };

	for (unsigned i = 0; i < seccomp_row_count; i++) {
		const struct seccomp_row *row = &seccomp_rows[i];
		bool is_ioctl = row->check == CHECK_IOCTL;
		uint64_t args[3] = { 0 };

		if (is_ioctl) {
			args[0] = row->argument == FD_KVM    ? KVM_FD
				  : row->argument == FD_VM   ? VM_FD
				  : row->argument == FD_VCPU ? VCPU_FD
							     : 0;
			args[1] = row->value;
		} else if (row->check == CHECK_IS) {
			args[row->argument] = row->value;
		} else if (row->check == CHECK_PID) {
			args[0] = PID;
		}
		for (int kind = 0; kind < SECCOMP_KINDS; kind++)
			for (int which = 0; which < 2; which++)
				CHECK(!may(both[which], kind, (long)row->call,
					   args[0], args[1], args[2]) ||
				      may(both[which], SECCOMP_ATTENDANT,
					  (long)row->call, args[0], args[1],
					  args[2]));
		if (row->check == CHECK_REFUSED || row->check == CHECK_THREAD)
			continue;
		CHECK(may(&most, SECCOMP_ATTENDANT, (long)row->call, args[0],
			  args[1], args[2]));
	}
}

/* (seccomp_filter_make asserts it.) */
CASE(any_filter_has_room)
{
	for (unsigned parts = 0; parts < 128; parts++) {
		struct seccomp_facts facts = least;
		struct sock_filter filter[SECCOMP_FILTER_MAX];

		facts.has_restart = parts & 1;
		facts.has_smp = parts & 2;
		facts.has_testdev = parts & 4;
		facts.has_disk = parts & 8;
		facts.has_net = parts & 16;
		facts.has_vsock = parts & 32;
		facts.has_virtio = parts & 64;
		for (int kind = 0; kind < SECCOMP_KINDS; kind++)
			CHECK(
			    seccomp_filter_make(&facts, kind, VCPU_FD, filter) >
			    SECCOMP_FILTER_HEAD);
	}
}

static bool is_named(unsigned number, const char *wanted)
{
	char name[SYSCALL_NAME_SIZE];

	syscall_name(number, name);
	return !strcmp(name, wanted);
}

CASE(all_calls_have_their_names)
{
	CHECK(is_named(SYS_read, "read"));
	CHECK(is_named(SYS_openat, "openat"));
	CHECK(is_named(SYS_pread64, "pread64"));
	CHECK(is_named(SYS_epoll_create1, "epoll_create1"));
	CHECK(is_named(SYS_sched_get_priority_max, "sched_get_priority_max"));
	CHECK(is_named(SYS_clone3, "clone3"));
	CHECK(is_named(449, "futex_waitv"));
	CHECK(is_named(400, ""));
	CHECK(is_named(5000, ""));
	CHECK(is_named(0xFFFFFFFF, ""));
}

/* The kernel takes what we have made, and does what it says. */
CASE(a_real_thread_is_stopped)
{
	int status;
	pid_t child = fork();

	if (!child) {
		struct seccomp_facts facts = least;
		struct sock_filter filter[SECCOMP_FILTER_MAX];
		struct sock_fprog program = { .filter = filter };

		facts.pid = (uint32_t)getpid();
		program.len = (uint16_t)seccomp_filter_make(
		    &facts, SECCOMP_VCPU, VCPU_FD, filter);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
			_exit(3);
		if (getpid() <= 0)
			_exit(4);
		syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		_exit(5);
	}
	CHECK(child > 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGSYS);
}

RUN("seccomp", &the_guest_runs_on_its_own_vcpu_alone,
    &requests_have_their_descriptors, &what_the_vm_has_not_nobody_may,
    &nobody_may_ever, &arguments_are_looked_at,
    &some_are_refused_and_nobody_dies, &other_numberings_are_forbidden,
    &the_attendant_may_what_any_thread_may, &any_filter_has_room,
    &all_calls_have_their_names, &a_real_thread_is_stopped)
