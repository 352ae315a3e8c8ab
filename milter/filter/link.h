/*
 * What a link in a document leads to, from its target alone. Not whether it is
 * good: an ordinary document is full of links to web pages.
 */
#ifndef GATEPOST_FILTER_LINK_H
#define GATEPOST_FILTER_LINK_H

#include <stdbool.h>
#include <stddef.h>

enum link_kind {
	LINK_LOCAL,   /* relative, a file of this machine, or on a server of the own network */
	LINK_WEB,     /* http, https, ftp */
	LINK_SHARE,   /* a file on a server with a full name or address: logs on there */
	LINK_PROGRAM, /* a scheme that starts a program or runs a script */
	LINK_OTHER    /* mailto and the like */
};

/* The target, UTF-8; white space and control characters are taken as browsers do: not at all. */
enum link_kind link_judge(const char *target, size_t len);
/* A script that does nothing outside the web page that the link was copied from: "toggleToc()". */
bool link_is_inert_script(const char *target, size_t len);

#endif
