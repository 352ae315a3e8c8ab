#include "charset_seal.h"

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_bool sealed;

void
charset_seal(void)
{
	atomic_store(&sealed, true);
}

static iconv_t
no_converter(void)
{
	errno = EINVAL;
	return (iconv_t)-1; /* NOLINT(performance-no-int-to-ptr) */
}

/* Found by all libraries of the process before the one of glibc. */
__attribute__((visibility("default"))) iconv_t
iconv_open(const char *to, const char *from)
{
	static _Atomic(iconv_t(*)(const char *, const char *)) real;

	if (atomic_load(&sealed))
		return no_converter();
	if (atomic_load(&real) == NULL)
		atomic_store(
		    &real, (iconv_t(*)(const char *, const char *))dlsym(RTLD_NEXT, "iconv_open"));
	return atomic_load(&real) != NULL ? atomic_load(&real)(to, from) : no_converter();
}
