/*
 * IP addresses and networks as binary prefixes. IPv4 is kept as IPv4-mapped
 * IPv6, so that 10.0.0.5 and ::ffff:10.0.0.5 are the same address.
 */
#ifndef GATEPOST_BASE_CIDR_H
#define GATEPOST_BASE_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct ip {
	uint8_t b[16]; /* network order; IPv4 as ::ffff:a.b.c.d */
};

struct cidr {
	struct ip addr; /* bits beyond the prefix are zero */
	unsigned bits;	/* 0..128; an IPv4 /n is 96 + n */
};

#define IP_STRLEN 46 /* longest text of an address, with its NUL */

/* Parses an IPv4 or IPv6 address, also within [ ]. False for anything else. */
bool ip_parse(const char *, struct ip *);
/* From a socket address; false unless AF_INET or AF_INET6. */
bool ip_from_sockaddr(const struct sockaddr *, struct ip *);
bool ip_is_v4(const struct ip *);
bool ip_equal(const struct ip *, const struct ip *);
bool ip_is_loopback(const struct ip *);
/* Canonical text (IPv4 dotted, IPv6 by RFC 5952) into out. Returns out. */
const char *ip_print(const struct ip *, char out[IP_STRLEN]);

/*
 * Parses "address" or "address/bits" of either family, in any spelling;
 * host bits are cleared. False for anything else.
 */
bool cidr_parse(const char *, struct cidr *);
/* The network of an address' leading bits (0..128; IPv4 as 96 + n). */
void cidr_of(struct cidr *, const struct ip *, unsigned bits);
bool cidr_match(const struct cidr *, const struct ip *);
/* True where any of the n networks holds the address. */
bool cidr_match_any(const struct cidr *, size_t n, const struct ip *);

#endif
