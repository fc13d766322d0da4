/*
 * --net tap=NAME|fd=N[,mac=XX:XX:XX:XX:XX:XX][,vhost=on|off|auto]
 */
#ifndef VMM_NET_OPTION_H
#define VMM_NET_OPTION_H

#include "vmm/descriptors.h"
#include "vmm/reason.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

enum vhost_choice { NET_VHOST_AUTO, NET_VHOST_ON, NET_VHOST_OFF };

struct net_option {
	char tap[IFNAMSIZ]; /* empty: `fd` is one that is open already */
	int fd;
	uint8_t mac[6]; /* all zero: the option did not say */
	enum vhost_choice vhost;
};

bool net_option_parse(const char *text, struct net_option *net,
		      struct reason *why);

/* Opens the TAP and plugs the `index`th network device. */
bool net_open(const struct net_option *net, unsigned index, struct reason *why);

/* Adds what the `index`th, which has been opened, has open. */
void net_descriptors(unsigned index, struct descriptors *ours);

#endif
