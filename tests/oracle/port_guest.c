/* The vCPU is put at one of three pieces of code, and ends it by an OUT. */
#include "tests/oracle/port_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PORT_DONE   0x80
#define PORT_WINDOW 0x81
#define PORT_VECTOR 0x82

enum { CODE_OUT = 0x1000, CODE_IN = 0x1010, CODE_OPEN = 0x1020 };

#define CODE_VECTORS 0x2000     /* 4 bytes each */
#define TSS          0xFFFBD000 /* where VMX wants three pages */
#define STACK        0x4000
#define MEMORY       0x10000

static const uint8_t code_out[] = { 0xEE, 0xE6, PORT_DONE }; /* out dx; out */
static const uint8_t code_in[] = { 0xEC, 0xE6, PORT_DONE };  /* in dx; out */
/* sti; nop; out PORT_WINDOW, al; nop; cli; out PORT_DONE, al */
static const uint8_t code_open[] = { 0xFB, 0x90, 0xE6, PORT_WINDOW,
				     0x90, 0xFA, 0xE6, PORT_DONE };

static const char *test;
static uint8_t *memory;
static int vm, vcpu;
static struct kvm_run *run;

/* C libraries disagree on the type of ioctl's request. */
static int call(int fd, unsigned long request, uintptr_t argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* What the host cannot do is no result: SKIP, and no failure. */
static void skip(const char *what)
{
	printf("ok - %s # SKIP %s: %s\n", test, what, strerror(errno));
	exit(0);
}

static void give_up(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	printf("not ok - %s: KVM failed\n", test);
	exit(1);
}

static void write_guest(void)
{
	memcpy(memory + CODE_OUT, code_out, sizeof(code_out));
	memcpy(memory + CODE_IN, code_in, sizeof(code_in));
	memcpy(memory + CODE_OPEN, code_open, sizeof(code_open));
	for (unsigned i = 0; i < 256; i++) {
		uint16_t at = (uint16_t)(CODE_VECTORS + 4 * i);
		/* mov al, i; out PORT_VECTOR, al */
		const uint8_t code[] = { 0xB0, (uint8_t)i, 0xE6, PORT_VECTOR };

		memcpy(memory + at, code, sizeof(code));
		memcpy(memory + 4 * i, &at, sizeof(at));
	}
}

static void enter_real_mode(void)
{
	struct kvm_sregs sregs;

	if (call(vcpu, KVM_GET_SREGS, (uintptr_t)&sregs) < 0)
		give_up("KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (call(vcpu, KVM_SET_SREGS, (uintptr_t)&sregs) < 0)
		give_up("KVM_SET_SREGS");
}

static void create_vm(int device)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };

	vm = call(device, KVM_CREATE_VM, 0);
	while (vm < 0 && errno == EINTR)
		vm = call(device, KVM_CREATE_VM, 0);
	if (vm < 0)
		skip("KVM_CREATE_VM");
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	region.userspace_addr = (uintptr_t)memory;
	if (memory == MAP_FAILED ||
	    call(vm, KVM_SET_USER_MEMORY_REGION, (uintptr_t)&region) < 0)
		give_up("memory");
	if (call(vm, KVM_SET_TSS_ADDR, TSS) < 0)
		give_up("KVM_SET_TSS_ADDR");
	if (call(vm, KVM_CREATE_IRQCHIP, 0) < 0)
		skip("KVM_CREATE_IRQCHIP");
}

static void create_vcpu(int device)
{
	int size = call(device, KVM_GET_VCPU_MMAP_SIZE, 0);

	vcpu = call(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || size < 0)
		give_up("KVM_CREATE_VCPU");
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
		   0);
	if (run == MAP_FAILED)
		give_up("kvm_run");
}

void port_guest_start(const char *name)
{
	int device = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	test = name;
	if (device < 0)
		skip("/dev/kvm");
	create_vm(device);
	create_vcpu(device);
	write_guest();
	enter_real_mode();
}

/* To the guest's next OUT: returns its port and sets `al`. */
static unsigned run_to_out(uint8_t *al)
{
	while (call(vcpu, KVM_RUN, 0) < 0)
		if (errno != EINTR && errno != EAGAIN)
			give_up("KVM_RUN");
	if (run->exit_reason != KVM_EXIT_IO ||
	    run->io.direction != KVM_EXIT_IO_OUT || run->io.size != 1) {
		printf("# exit %u of the guest\n", run->exit_reason);
		give_up("the guest");
	}
	*al = ((const uint8_t *)run)[run->io.data_offset];
	return run->io.port;
}

static unsigned run_code(uint16_t rip, uint16_t dx, uint8_t *al)
{
	struct kvm_regs regs = {
		.rip = rip, .rdx = dx, .rax = *al, .rsp = STACK, .rflags = 2
	};

	if (call(vcpu, KVM_SET_REGS, (uintptr_t)&regs) < 0)
		give_up("KVM_SET_REGS");
	return run_to_out(al);
}

/*
 * An interrupt comes at the latest when the guest goes on from PORT_WINDOW: a
 * KVM that emulates real mode does not look for one after every instruction.
 */
int port_guest_open(void)
{
	uint8_t al = 0;
	unsigned port = run_code(CODE_OPEN, 0, &al);

	if (port == PORT_WINDOW)
		port = run_to_out(&al);
	return port == PORT_VECTOR ? al : -1;
}

static uint8_t access_port(uint16_t code, uint16_t port, uint8_t value)
{
	if (run_code(code, port, &value) != PORT_DONE)
		give_up("an interrupt while they are off");
	return value;
}

void port_guest_out(uint16_t port, uint8_t value)
{
	access_port(CODE_OUT, port, value);
}

uint8_t port_guest_in(uint16_t port)
{
	return access_port(CODE_IN, port, 0);
}

void port_guest_ioctl(unsigned long request, void *argument, const char *what)
{
	if (call(vm, request, (uintptr_t)argument) < 0)
		give_up(what);
}
