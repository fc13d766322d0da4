/*
 * How a vCPU's registers are handed over: in kvm_run where the host has
 * KVM_CAP_SYNC_REGS, by ioctls where not. This program's own syscall() is KVM.
 */
#include "vmm/kvm.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/unit.h"

enum { DEVICE = 100, VCPU = 101 };

static struct kvm_run run;
static const struct kvm kvm = { .device = DEVICE };
static const struct kvm_vcpu vcpu = { .fd = VCPU, .run = &run };
static const struct kvm_sregs sregs = { .cr3 = 0x1234, .efer = 0x500 };
static const struct kvm_regs regs = { .rip = 0x100000, .rflags = 2 };
static struct reason why;

static int capability;        /* what KVM_CHECK_EXTENSION says */
static unsigned long refused; /* the request that fails with EINVAL */
static struct kvm_sregs set_sregs;
static struct kvm_regs set_regs;
static int calls;

static long answer(int fd, unsigned long request, uintptr_t argument)
{
	calls++;
	if (request == refused) {
		errno = EINVAL;
		return -1;
	}
	switch (request) {
	case KVM_CHECK_EXTENSION:
		CHECK_EQ(fd, DEVICE);
		CHECK_EQ(argument, KVM_CAP_SYNC_REGS);
		return capability;
	case KVM_SET_SREGS:
		set_sregs = *(const struct kvm_sregs *)argument;
		return 0;
	case KVM_SET_REGS:
		set_regs = *(const struct kvm_regs *)argument;
		return 0;
	default:
		CHECK_EQ(request, 0); /* no business of this */
	}
	return -1;
}

long syscall(long number, ...)
{
	unsigned long request;
	uintptr_t argument;
	va_list rest;
	int fd;

	CHECK_EQ(number, SYS_ioctl);
	va_start(rest, number);
	fd = va_arg(rest, int);
	request = va_arg(rest, unsigned long);
	argument = va_arg(rest, uintptr_t);
	va_end(rest);
	return answer(fd, request, argument);
}

static void begin(int has, unsigned long refuse)
{
	capability = has;
	refused = refuse;
	calls = 0;
	run = (struct kvm_run){ 0 };
	set_sregs = (struct kvm_sregs){ 0 };
	set_regs = (struct kvm_regs){ 0 };
	why.text[0] = '\0';
}

static bool set(void)
{
	return kvm_set_registers(&kvm, &vcpu, &sregs, &regs, &why);
}

CASE(a_host_that_can_takes_them_with_kvm_run)
{
	begin(KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS, 0);
	CHECK(set());
	CHECK_EQ(calls, 1);
	CHECK_EQ(run.kvm_dirty_regs, KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS);
	CHECK_EQ(run.kvm_valid_regs, 0);
	CHECK(!memcmp(&run.s.regs.sregs, &sregs, sizeof(sregs)));
	CHECK(!memcmp(&run.s.regs.regs, &regs, sizeof(regs)));
}

static void check_fallback(void)
{
	CHECK(set());
	CHECK_EQ(calls, 3);
	CHECK_EQ(run.kvm_dirty_regs, 0);
	CHECK(!memcmp(&set_sregs, &sregs, sizeof(sregs)));
	CHECK(!memcmp(&set_regs, &regs, sizeof(regs)));
}

CASE(another_host_takes_them_by_ioctls)
{
	begin(0, 0);
	check_fallback();
	begin(KVM_SYNC_X86_REGS, 0);
	check_fallback();
	begin(KVM_SYNC_X86_SREGS, 0);
	check_fallback();
	begin(7, KVM_CHECK_EXTENSION); /* older than the question */
	check_fallback();
}

CASE(an_ioctl_that_refuses_them_is_named)
{
	begin(0, KVM_SET_SREGS);
	CHECK(!set());
	CHECK(strstr(why.text, "KVM_SET_SREGS"));
	begin(0, KVM_SET_REGS);
	CHECK(!set());
	CHECK(strstr(why.text, "KVM_SET_REGS"));
}

CASE(a_kvm_run_that_refuses_them_is_told_from_others)
{
	begin(7, KVM_GET_REGS);
	CHECK(set());
	CHECK(!kvm_run_refused(&vcpu, EINVAL, &why));
	CHECK(strstr(why.text, "KVM_RUN failed"));
	CHECK(strstr(why.text, "refused the registers"));
	CHECK(!kvm_run_refused(&vcpu, EFAULT, &why));
	CHECK(!strstr(why.text, "refused the registers"));
	run.kvm_dirty_regs = 0; /* taken */
	CHECK(!kvm_run_refused(&vcpu, EINVAL, &why));
	CHECK(!strstr(why.text, "refused the registers"));
}

RUN("kvm_registers", &a_host_that_can_takes_them_with_kvm_run,
    &another_host_takes_them_by_ioctls, &an_ioctl_that_refuses_them_is_named,
    &a_kvm_run_that_refuses_them_is_told_from_others)
