/*
 * Writes one Authentication-Results field for the interoperability tests:
 *
 *	authres-write AUTHSERV-ID ascii|utf8 <VALUE
 *
 * The value, any bytes, is given as a property of each kind and as the reason.
 */
#include <stdio.h>
#include <string.h>

#include "auth/authres_write.h"
#include "base/buf.h"

int
main(int argc, char **argv)
{
	char value[4096], reason[4096];
	size_t n = fread(value, 1, sizeof(value) - 1, stdin), i;
	const struct authres_property p[] = {
	    {"smtp", "mailfrom", value, n},
	    {"header", "b", value, n},
	};
	const struct authres_result r[] = {
	    {"spf", "pass", reason, p, 2},
	    {"dmarc", "fail", NULL, p, 1},
	};
	struct buf field;

	if (argc != 3)
		return 2;
	for (i = 0; i < n; i++)
		reason[i] = value[i] != '\0' ? value[i] : ' ';
	reason[n] = '\0';
	buf_init(&field, 0);
	if (authres_write(&field, argv[1], r, 2,
		strcmp(argv[2], "utf8") == 0 ? AUTHRES_UTF8 : AUTHRES_ASCII) == -1)
		return 1;
	printf("Authentication-Results:%s\n", buf_str(&field));
	buf_free(&field);
	return 0;
}
