/* Which DNS servers this host uses: resolv.conf(5). */
#ifndef GATEPOST_DNS_RESOLVCONF_H
#define GATEPOST_DNS_RESOLVCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define RESOLVCONF_SERVERS 8
#define RESOLVCONF_PATH "/etc/resolv.conf"

struct resolvconf {
	struct stat seen; /* the file as it was read */
	size_t n;
	char servers[RESOLVCONF_SERVERS][64];
};

/*
 * Reads the file. False where it cannot be read. As resolv.conf(5) has it, a
 * file that names no server means the one on this host.
 */
bool resolvconf_read(struct resolvconf *, const char *path);
/* True where the file is there and is not the one that was read. */
bool resolvconf_changed(const struct resolvconf *, const char *path);

#endif
