/* Reading configuration files, by libconfuse. */
#ifndef GATEPOST_CONF_LOADER_H
#define GATEPOST_CONF_LOADER_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"

/* A configuration with the memory it lives in. */
struct conf_holder {
	struct conf conf; /* first, so that either is found from the other */
	struct arena arena;
	atomic_uint refs;
};

/* An empty configuration with one reference; NULL without memory. */
struct conf_holder *conf_holder_new(void);
/* NULL is fine. */
void conf_holder_free(struct conf_holder *);

/* As conf_load() and conf_load_fd(). */
struct conf_holder *loader_path(const char *path, enum conf_checks, struct buf *err);
struct conf_holder *loader_fd(int fd, const char *name, enum conf_checks, struct buf *err);

#endif
