#include "vmm/tap.h"

#include "vmm/ioctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE "/dev/net/tun"
#define FLAGS  (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)

static bool fail_to_open(struct reason *why)
{
	if (errno == EACCES || errno == EPERM)
		return fail(why, DEVICE " may not be opened by this user");
	return fail(why, DEVICE ": %s; the host has no TAPs (modprobe tun)",
		    strerror(errno));
}

static bool fail_to_attach(const char *name, struct reason *why)
{
	switch (errno) {
	case EBUSY:
		return fail(why, "is in use by another process");
	case EPERM:
		return fail(why,
			    "belongs to another user; as root: ip tuntap add "
			    "%s mode tap user YOU",
			    name);
	case EINVAL:
		return fail(why,
			    "is no TAP, or one of several queues; as root: ip "
			    "tuntap add NAME mode tap user YOU");
	default:
		return fail(why, "%s", strerror(errno));
	}
}

static bool attach(const char *name, int fd, struct reason *why)
{
	struct ifreq request = { .ifr_flags = FLAGS };

	memcpy(request.ifr_name, name, strlen(name));
	return !ioctl_with(fd, TUNSETIFF, &request) ||
	       fail_to_attach(name, why);
}

/* TUNSETIFF would make one that is not there, if it may: so look first. */
bool tap_open(const char *name, int *fd, struct reason *why)
{
	if (!if_nametoindex(name))
		return fail(why,
			    "there is no such interface; as root: ip tuntap "
			    "add %s mode tap user YOU",
			    name);
	*fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return fail_to_open(why);
	if (attach(name, *fd, why))
		return true;
	close(*fd);
	return false;
}

static bool check(int fd, struct reason *why)
{
	struct ifreq is = { 0 };

	if (fcntl(fd, F_GETFD) < 0)
		return fail(why, "is not open");
	if (ioctl_with(fd, TUNGETIFF, &is) || !(is.ifr_flags & IFF_TAP))
		return fail(why, "is no TAP");
	if ((is.ifr_flags & FLAGS) != FLAGS)
		return fail(why, "is a TAP without IFF_VNET_HDR and IFF_NO_PI; "
				 "give both to TUNSETIFF");
	return true;
}

bool tap_set_up(int fd, int header, struct reason *why)
{
	if (!check(fd, why))
		return false;
	return (!ioctl_with(fd, TUNSETVNETHDRSZ, &header) &&
		tap_set_offloads(fd, 0) &&
		!fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) &&
		!fcntl(fd, F_SETFD, FD_CLOEXEC)) ||
	       fail(why, "cannot be set up: %s", strerror(errno));
}

bool tap_set_offloads(int fd, unsigned offloads)
{
	return !ioctl_number(fd, TUNSETOFFLOAD, offloads);
}

bool tap_address(int fd, uint8_t mac[6])
{
	struct ifreq request = { 0 };

	if (ioctl_with(fd, SIOCGIFHWADDR, &request))
		return false;
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return true;
}

/* TUNGETIFF tells the name. */
uint16_t tap_mtu(int fd)
{
	struct ifreq request = { 0 };
	int any, mtu = 0;

	if (ioctl_with(fd, TUNGETIFF, &request))
		return 0;
	any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (any >= 0 && !ioctl_with(any, SIOCGIFMTU, &request))
		mtu = request.ifr_mtu;
	if (any >= 0)
		close(any);
	return mtu > 0 && mtu <= UINT16_MAX ? (uint16_t)mtu : 0;
}
