#include "vmm/net_option.h"

#include "board-pc/virtio/net.h"
#include "board-pc/virtio/slots.h"
#include "vmm/cold.h"
#include "vmm/devices.h"
#include "vmm/tap.h"
#include "vmm/vhost_net.h"
#include "vmm/words.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define WANTED                                                                 \
	"want tap=NAME or fd=N, and perhaps mac=XX:XX:XX:XX:XX:XX and "        \
	"vhost=on, off or auto"

/* Bits of a MAC's first byte. */
enum { MAC_GROUP = 1, MAC_LOCAL = 2, MAC_GUEST = 4 };

COLD struct net net_devices[NETS_MAX];

static bool take_tap(const char *value, struct net_option *net,
		     struct reason *why)
{
	size_t length = strlen(value);

	if (!length || length >= sizeof(net->tap) || strchr(value, '/'))
		return fail(why,
			    "tap=%.40s: want an interface's name, of 1 to %zu "
			    "characters",
			    value, sizeof(net->tap) - 1);
	memcpy(net->tap, value, length + 1);
	return true;
}

static bool take_fd(const char *value, struct net_option *net,
		    struct reason *why)
{
	int fd = 0;

	for (const char *at = value; *at; at++) {
		if (!isdigit((unsigned char)*at) || at - value > 6)
			return fail(why, "fd=%.40s: want a number", value);
		fd = fd * 10 + (*at - '0');
	}
	if (!*value)
		return fail(why, "fd= is empty; want a number");
	net->fd = fd;
	return true;
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0'
					 : tolower((unsigned char)c) - 'a' + 10;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++, text += 3) {
		int high = digit(text[0]);
		int low = high < 0 ? -1 : digit(text[1]);

		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool take_mac(const char *value, struct net_option *net,
		     struct reason *why)
{
	static const uint8_t none[6];

	if (!parse_mac(value, net->mac))
		return fail(why,
			    "mac=%.40s: want six bytes as in "
			    "02:00:00:12:34:56",
			    value);
	if (net->mac[0] & MAC_GROUP)
		return fail(why,
			    "mac=%.40s: is the address of a group (its first "
			    "byte is odd); want a card's",
			    value);
	return memcmp(net->mac, none, sizeof(none)) ||
	       fail(why, "mac=%.40s: want another", value);
}

static bool take_vhost(const char *value, struct net_option *net,
		       struct reason *why)
{
	if (!strcmp(value, "on"))
		net->vhost = NET_VHOST_ON;
	else if (!strcmp(value, "off"))
		net->vhost = NET_VHOST_OFF;
	else if (!strcmp(value, "auto"))
		net->vhost = NET_VHOST_AUTO;
	else
		return fail(why, "vhost=%.40s: want on, off or auto", value);
	return true;
}

static bool take_word(const struct word *word, struct net_option *net,
		      struct reason *why)
{
	static const struct {
		const char *key;
		bool (*take)(const char *, struct net_option *,
			     struct reason *);
	} keys[] = { { "tap", take_tap },
		     { "fd", take_fd },
		     { "mac", take_mac },
		     { "vhost", take_vhost } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (word->value && !strcmp(word->key, keys[i].key))
			return keys[i].take(word->value, net, why);
	return fail(why, "'%.40s' is not known; " WANTED, word->key);
}

bool net_option_parse(const char *text, struct net_option *net,
		      struct reason *why)
{
	struct word word;

	*net = (struct net_option){ .fd = -1 };
	while (text) {
		if (!word_take(&text, &word))
			return fail(why, "'%.40s...' is too long; " WANTED,
				    word.key);
		if (!take_word(&word, net, why))
			return false;
	}
	if (!*net->tap && net->fd < 0)
		return fail(why, "no tap= and no fd=; " WANTED);
	return !*net->tap || net->fd < 0 ||
	       fail(why, "tap= and fd=: want one of them");
}

/*
 * Without mac= a guest's address is that of the TAP's other end with a bit
 * changed: there is no other like it in that network, and it stays the same as
 * long as the TAP does.
 */
static void choose_mac(const struct net_option *net, struct net_host *host)
{
	static const uint8_t none[6];

	memcpy(host->mac, net->mac, sizeof(host->mac));
	if (memcmp(host->mac, none, sizeof(none)))
		return;
	tap_address(host->fd, host->mac);
	host->mac[0] &= (uint8_t)~MAC_GROUP;
	host->mac[0] |= MAC_LOCAL;
	host->mac[0] ^= MAC_GUEST;
}

/* Without it the I/O thread moves the packets. */
static bool open_vhost(enum vhost_choice wanted, int *fd, struct reason *why)
{
	*fd = -1;
	if (wanted == NET_VHOST_OFF || vhost_net_open(fd, why))
		return true;
	*fd = -1;
	return wanted == NET_VHOST_AUTO || fail_in(why, "vhost=on");
}

/* One that was given to us stays as it is. */
static void close_tap(const struct net_option *net, int fd)
{
	if (*net->tap)
		close(fd);
}

static bool open_host(const struct net_option *net, struct net_host *host,
		      struct reason *why)
{
	host->fd = net->fd;
	if (*net->tap && !tap_open(net->tap, &host->fd, why))
		return false;
	if (!tap_set_up(host->fd, NET_HEADER, why)) {
		close_tap(net, host->fd);
		return false;
	}
	if (!open_vhost(net->vhost, &host->vhost, why)) {
		close_tap(net, host->fd);
		return false;
	}
	choose_mac(net, host);
	host->mtu = tap_mtu(host->fd);
	return true;
}

static bool open_and_plug(const struct net_option *net, unsigned index,
			  struct reason *why)
{
	struct net_host host = { .set_offloads = tap_set_offloads,
				 .vhost = -1 };

	assert(index < NETS_MAX);
	if (!open_host(net, &host, why))
		return false;
	net_init(&net_devices[index], &host);
	return virtio_plug(&net_devices[index].device) ||
	       fail(why, "there is no room for more devices");
}

bool net_open(const struct net_option *net, unsigned index, struct reason *why)
{
	if (open_and_plug(net, index, why))
		return true;
	return *net->tap ? fail_in(why, "%s", net->tap)
			 : fail_in(why, "fd=%d", net->fd);
}

void net_descriptors(unsigned index, struct descriptors *ours)
{
	descriptors_add(ours, net_devices[index].host.fd);
	descriptors_add(ours, net_devices[index].host.vhost);
}
