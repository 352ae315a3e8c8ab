#include "resolvconf.h"

#include <stdio.h>
#include <string.h>

#include "base/cidr.h"

static void
add_server(struct resolvconf *r, const char *address)
{
	char bare[64];
	struct ip ip;

	/* An IPv6 address may carry the name of an interface, which is no part of the address. */
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(address, "%"), address);
	if (r->n < RESOLVCONF_SERVERS && ip_parse(bare, &ip) && *bare != '[')
		snprintf(r->servers[r->n++], sizeof(r->servers[0]), "%s", address);
}

bool
resolvconf_read(struct resolvconf *r, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[512], address[64];

	memset(r, 0, sizeof(*r));
	if (f == NULL)
		return false;
	if (fstat(fileno(f), &r->seen) == -1) {
		fclose(f);
		return false;
	}
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "nameserver %63s", address) == 1)
			add_server(r, address);
	if (r->n == 0)
		add_server(r, "127.0.0.1");
	fclose(f);
	return true;
}

bool
resolvconf_changed(const struct resolvconf *r, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return false;
	return st.st_ino != r->seen.st_ino || st.st_dev != r->seen.st_dev ||
	       st.st_size != r->seen.st_size || st.st_mtim.tv_sec != r->seen.st_mtim.tv_sec ||
	       st.st_mtim.tv_nsec != r->seen.st_mtim.tv_nsec;
}
