/* --net: its words, and what is wrong with a TAP. */
#include "vmm/net_option.h"

#include "vmm/tap.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static struct net_option net;
static struct reason why;

static void parses(const char *text)
{
	CHECK(net_option_parse(text, &net, &why));
}

static void refuses(const char *text, const char *words)
{
	CHECK(!net_option_parse(text, &net, &why));
	CHECK_SAYS(why.text, words);
}

CASE(a_tap)
{
	static const uint8_t none[6];

	parses("tap=tap0");
	CHECK(!strcmp(net.tap, "tap0"));
	CHECK(!memcmp(net.mac, none, 6));
	CHECK_EQ(net.vhost, NET_VHOST_AUTO);
	parses("tap=fifteen-letters");
	refuses("tap=sixteen-letters.", "tap=sixteen-letters.: want");
	refuses("tap=", "tap=: want an interface's name");
	refuses("tap=../x", "want an interface's name");
}

CASE(a_descriptor)
{
	parses("fd=7");
	CHECK_EQ(net.fd, 7);
	CHECK(!*net.tap);
	parses("fd=0");
	CHECK_EQ(net.fd, 0);
	refuses("fd=", "fd= is empty");
	refuses("fd=-1", "fd=-1: want a number");
	refuses("fd=3x", "fd=3x: want a number");
	refuses("fd=99999999999", "want a number");
}

CASE(a_mac)
{
	static const uint8_t wanted[] = { 0x02, 0xAB, 0xcd, 0, 0x10, 0xff };

	parses("tap=t,mac=02:AB:cd:00:10:fF");
	CHECK(!memcmp(net.mac, wanted, 6));
	refuses("tap=t,mac=", "mac=: want six bytes");
	refuses("tap=t,mac=02:ab:cd:00:10", "want six bytes");
	refuses("tap=t,mac=02:ab:cd:00:10:1", "want six bytes");
	refuses("tap=t,mac=02:ab:cd:00:10:1g", "want six bytes");
	refuses("tap=t,mac=02:ab:cd:00:10:11:12", "want six bytes");
	refuses("tap=t,mac=02-ab-cd-00-10-11", "want six bytes");
	refuses("tap=t,mac=02:ab:cd:00:10:11 ", "want six bytes");
	refuses("tap=t,mac=03:ab:cd:00:10:11", "address of a group");
	refuses("tap=t,mac=ff:ff:ff:ff:ff:ff", "address of a group");
	refuses("tap=t,mac=00:00:00:00:00:00", "want another");
}

CASE(vhost)
{
	parses("tap=t,vhost=on");
	CHECK_EQ(net.vhost, NET_VHOST_ON);
	parses("vhost=off,tap=t");
	CHECK_EQ(net.vhost, NET_VHOST_OFF);
	parses("tap=t,vhost=auto");
	CHECK_EQ(net.vhost, NET_VHOST_AUTO);
	refuses("tap=t,vhost=yes", "vhost=yes: want on, off or auto");
	refuses("tap=t,vhost", "'vhost' is not known");
}

CASE(what_is_no_network)
{
	refuses("", "'' is not known; want tap=NAME");
	refuses("tap0", "'tap0' is not known; want tap=NAME");
	refuses("mac=02:00:00:00:00:01", "no tap= and no fd=");
	refuses("tap=t,fd=3", "want one of them");
	refuses("tap=t,queues=2", "'queues' is not known");
	refuses("tap=t,", "'' is not known");
}

CASE(a_descriptor_that_is_no_tap)
{
	int ends[2];
	char words[40];

	parses("fd=999999");
	CHECK(!net_open(&net, 0, &why));
	CHECK_SAYS(why.text, "fd=999999: is not open");
	CHECK(!pipe(ends));
	net.fd = ends[0];
	CHECK(!net_open(&net, 0, &why));
	snprintf(words, sizeof(words), "fd=%d: is no TAP", ends[0]);
	CHECK_SAYS(why.text, words);
	/* It was given to us: it is not closed. */
	CHECK(fcntl(ends[0], F_GETFD) >= 0);
	close(ends[0]);
	close(ends[1]);
}

/* It is not made, whoever runs this. */
CASE(a_tap_that_is_not_there)
{
	parses("tap=no-such-tap");
	CHECK(!net_open(&net, 0, &why));
	CHECK_SAYS(why.text, "no-such-tap: there is no such interface; as "
			     "root: ip tuntap add no-such-tap mode tap");
	CHECK_EQ(if_nametoindex("no-such-tap"), 0);
}

/* The loopback interface is everywhere. What is said depends on who asks. */
CASE(an_interface_that_is_no_tap)
{
	if (!if_nametoindex("lo"))
		return;
	parses("tap=lo");
	CHECK(!net_open(&net, 0, &why));
	CHECK_SAYS(why.text, "lo: ");
}

RUN("net_option", &a_tap, &a_descriptor, &a_mac, &vhost, &what_is_no_network,
    &a_descriptor_that_is_no_tap, &a_tap_that_is_not_there,
    &an_interface_that_is_no_tap)
