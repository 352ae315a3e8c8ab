/*
 * A field that was read can be written and read again with the same meaning;
 * a value never adds a result; a field with our id in front is ours.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/authres_own.h"
#include "auth/authres_read.h"
#include "auth/authres_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const ids[] = {"mx.example.com", "b\xc3\xbc\x63her.example"};

static void
check_value(const uint8_t *data, size_t size, enum authres_charset charset)
{
	const struct authres_property p = {"smtp", "mailfrom", (const char *)data, size};
	const struct authres_result r[] = {
	    {"spf", "fail", "why", &p, 1}, {"dkim", "none", NULL, &p, 1}};
	struct authres a;
	struct arena mem;
	struct buf out;

	arena_init(&mem, 0);
	buf_init(&out, 0);
	assert(authres_write(&out, "mx.example.com", r, 2, charset) == 0);
	assert(authres_parse(out.data, out.len, &mem, &a) == AUTHRES_OK && a.strict && a.n == 2);
	assert(a.results[0].n == (size > 0) && strcmp(a.results[1].result, "none") == 0);
	buf_free(&out);
	arena_free(&mem);
}

static bool
has_long_text(const struct authres *a)
{
	size_t i, k;

	for (i = 0; i < a->n; i++)
		for (k = 0; k < a->results[i].n; k++)
			if (a->results[i].properties[k].len > 100 ||
			    a->results[i].properties[k].len == 0)
				return true;
	return strlen(a->authserv_id) > 100 || a->authserv_id[0] == '\0';
}

static void
check_again(const struct authres *a, struct arena *mem)
{
	struct authres again;
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	if (authres_write(&out, a->authserv_id, a->results, a->n, AUTHRES_UTF8) == 0 &&
	    !has_long_text(a)) {
		assert(authres_parse(out.data, out.len, mem, &again) == AUTHRES_OK);
		assert(again.strict && again.n == a->n);
		for (i = 0; i < a->n; i++)
			assert(strcmp(again.results[i].method, a->results[i].method) == 0 &&
			       again.results[i].n == a->results[i].n);
	}
	buf_free(&out);
}

static void
check_ours(const uint8_t *data, size_t size)
{
	struct header_field f = {"Authentication-Results", 22, (const char *)data, size};
	struct buf b;

	(void)authres_is_ours(&f, ids, 2);
	buf_init(&b, 0);
	buf_adds(&b, "MX.example.com ;");
	buf_add(&b, data, size);
	f.value = b.data;
	f.value_len = b.len;
	assert(authres_is_ours(&f, ids, 2));
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct authres a;
	struct arena mem;
	struct header_field f = {"Authentication-Results", 22, (const char *)data, size};

	arena_init(&mem, 0);
	check_value(data, size, AUTHRES_ASCII);
	check_value(data, size, AUTHRES_UTF8);
	check_ours(data, size);
	if (authres_parse((const char *)data, size, &mem, &a) == AUTHRES_OK) {
		check_again(&a, &mem);
		if (strcmp(a.authserv_id, ids[0]) == 0)
			assert(authres_is_ours(&f, ids, 2));
	}
	arena_free(&mem);
	return 0;
}
