/*
 * Which addresses are inside.  Asked for literal addresses when the
 * configuration is read, and for every address that a name turns out to have
 * before a connection is opened.
 */
#include "conf/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static enum conf_reach reach4(uint32_t a)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} inside[] = {
		{0x00000000, 8},  /* 0.0.0.0/8: nowhere */
		{0x0A000000, 8},  /* 10.0.0.0/8 */
		{0x64400000, 10}, /* 100.64.0.0/10: of a carrier */
		{0xA9FE0000, 16}, /* 169.254.0.0/16: metadata */
		{0xAC100000, 12}, /* 172.16.0.0/12 */
		{0xC0000000, 24}, /* 192.0.0.0/24: metadata of some */
		{0xC0A80000, 16}, /* 192.168.0.0/16 */
		{0xC6120000, 15}, /* 198.18.0.0/15 */
		{0xE0000000, 3},  /* multicast and above */
	};

	if (a >> 24 == 127)
		return CONF_REACH_LOOPBACK;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if ((a ^ inside[i].net) >> (32 - inside[i].bits) == 0)
			return CONF_REACH_PRIVATE;
	return CONF_REACH_PUBLIC;
}

static enum conf_reach reach6(const struct in6_addr *a)
{
	const unsigned char *const b = a->s6_addr;
	uint32_t v4 = 0;

	if (IN6_IS_ADDR_LOOPBACK(a))
		return CONF_REACH_LOOPBACK;
	memcpy(&v4, b + 12, sizeof(v4));
	/* ::ffff:0:0/96 and NAT64's 64:ff9b::/96 */
	if (IN6_IS_ADDR_V4MAPPED(a) ||
	    memcmp(b, "\0\x64\xFF\x9B\0\0\0\0\0\0\0\0", 12) == 0)
		return reach4(ntohl(v4)) == CONF_REACH_PUBLIC
			       ? CONF_REACH_PUBLIC
			       : CONF_REACH_PRIVATE;
	if (IN6_IS_ADDR_UNSPECIFIED(a) || (b[0] & 0xFE) == 0xFC ||
	    (b[0] == 0xFE && b[1] >= 0x80) || b[0] == 0xFF)
		return CONF_REACH_PRIVATE;
	return CONF_REACH_PUBLIC;
}

enum conf_reach conf_address_reach(const struct sockaddr *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return reach4(ntohl(v4.sin_addr.s_addr));
	}
	if (a->sa_family != AF_INET6)
		return CONF_REACH_PRIVATE;
	memcpy(&v6, a, sizeof(v6));
	return reach6(&v6.sin6_addr);
}
