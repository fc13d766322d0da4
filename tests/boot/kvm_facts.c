/*
 * Prints what this host's KVM says by itself, a line `WHAT VALUE` each:
 *
 *	tsc_khz	the frequency of a vCPU's TSC
 *	pv	the paravirtual features, as in CPUID.40000001H:EAX
 *	vmx	whether hypercalls are made by VMCALL, as on Intel's CPUs
 *	banks	of machine checks that a vCPU may have
 *
 * Ends with 1 where it cannot. It asks KVM without a line of the monitor's, so
 * that the monitor's own view is not what tests hold against it.
 */
#include <cpuid.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define ROWS 256

static struct {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 rows[ROWS];
} supported;

static unsigned pv_features(int kvm)
{
	supported.head.nent = ROWS;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &supported) < 0)
		return 0;
	for (unsigned i = 0; i < supported.head.nent; i++)
		if (supported.rows[i].function == 0x40000001)
			return supported.rows[i].eax;
	return 0;
}

static int has_vmx(void)
{
	unsigned eax, ebx, ecx, edx;

	__cpuid(1, eax, ebx, ecx, edx);
	return ecx >> 5 & 1;
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);

	if (vcpu < 0) {
		perror("kvm_facts: /dev/kvm");
		return 1;
	}
	printf("tsc_khz %d\n", ioctl(vcpu, KVM_GET_TSC_KHZ, 0));
	printf("pv 0x%x\n", pv_features(kvm));
	printf("vmx %d\n", has_vmx());
	printf("banks %d\n", ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_MCE));
	return 0;
}
