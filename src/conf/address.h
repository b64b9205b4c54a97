#ifndef SLIPWAY_CONF_ADDRESS_H
#define SLIPWAY_CONF_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Where an address leads: no key and no prompt goes inside by accident. */
enum conf_reach {
	CONF_REACH_PUBLIC,
	CONF_REACH_LOOPBACK, /* this machine */
	/* a private network, the neighbours, a cloud's metadata service, or
	 * nowhere: RFC 1918, 3927, 4193, 4291, 6598 */
	CONF_REACH_PRIVATE
};

/*
 * An IPv4 or IPv6 address.  One that stands for an IPv4 address is private when
 * that is, or of this machine.
 */
enum conf_reach conf_address_reach(const struct sockaddr *a);

#endif
