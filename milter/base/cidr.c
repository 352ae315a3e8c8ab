#include "cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
set_v4(struct ip *ip, const void *four)
{
	memcpy(ip->b, v4_prefix, sizeof(v4_prefix));
	memcpy(ip->b + 12, four, 4);
}

bool
ip_parse(const char *s, struct ip *ip)
{
	char text[IP_STRLEN + 2];
	size_t n = strlen(s);
	uint8_t four[4];

	if (n >= 2 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, four) == 1) {
		set_v4(ip, four);
		return true;
	}
	return inet_pton(AF_INET6, text, ip->b) == 1;
}

bool
ip_from_sockaddr(const struct sockaddr *sa, struct ip *ip)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		set_v4(ip, &in.sin_addr);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(ip->b, &in6.sin6_addr, 16);
		return true;
	}
	return false;
}

bool
ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->b, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = {[15] = 1};

	return ip_is_v4(ip) ? ip->b[12] == 127 : memcmp(ip->b, one, 16) == 0;
}

const char *
ip_print(const struct ip *ip, char out[IP_STRLEN])
{
	if (ip_is_v4(ip))
		inet_ntop(AF_INET, ip->b + 12, out, IP_STRLEN);
	else
		inet_ntop(AF_INET6, ip->b, out, IP_STRLEN);
	return out;
}

static void
clear_host_bits(struct cidr *c)
{
	unsigned i;

	for (i = 0; i < 16; i++) {
		if (c->bits >= (i + 1) * 8)
			continue;
		if (c->bits <= i * 8)
			c->addr.b[i] = 0;
		else
			c->addr.b[i] &= (uint8_t)(0xff << (8 - (c->bits - i * 8)));
	}
}

bool
cidr_parse(const char *s, struct cidr *c)
{
	const char *slash = strchr(s, '/');
	char text[IP_STRLEN + 2];
	size_t n = slash != NULL ? (size_t)(slash - s) : strlen(s);
	bool dotted;
	unsigned long bits;
	char *end;

	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (!ip_parse(text, &c->addr))
		return false;
	dotted = strchr(text, ':') == NULL;
	bits = dotted ? 32 : 128;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9' || strlen(slash + 1) > 3)
			return false;
		bits = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || bits > (dotted ? 32U : 128U))
			return false;
	}
	c->bits = (unsigned)(dotted ? bits + 96 : bits);
	clear_host_bits(c);
	return true;
}

void
cidr_of(struct cidr *c, const struct ip *ip, unsigned bits)
{
	*c = (struct cidr){.addr = *ip, .bits = bits};
	clear_host_bits(c);
}

bool
cidr_match(const struct cidr *c, const struct ip *ip)
{
	struct cidr other;

	cidr_of(&other, ip, c->bits);
	return ip_equal(&c->addr, &other.addr);
}

bool
cidr_match_any(const struct cidr *list, size_t n, const struct ip *ip)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (cidr_match(&list[i], ip))
			return true;
	return false;
}
