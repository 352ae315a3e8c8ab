/* filter/zip_directory.h: no entry reaches beyond the file, however it lies. */
#include <assert.h>
#include <stdint.h>

#include "filter/zip_directory.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_name(const char *name, size_t n, const uint8_t *data, size_t size)
{
	assert(name == NULL || ((const uint8_t *)name >= data && n <= size &&
				   (const uint8_t *)name <= data + size - n));
}

static void
check_entry(const struct zip_entry *e, const uint8_t *data, size_t size)
{
	assert(e->data <= size && e->packed <= size - e->data);
	assert(e->data == 0 || e->header < e->data);
	check_name(e->name, e->name_len, data, size);
	check_name(e->local_name, e->local_name_len, data, size);
	check_name(e->unicode_name, e->unicode_name_len, data, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zip_directory z;
	size_t i;

	zip_is(data, size);
	zip_directory_read(&z, data, size, 100);
	assert(z.nentries <= 100);
	for (i = 0; i < z.nentries; i++)
		check_entry(&z.entries[i], data, size);
	zip_directory_free(&z);
	return 0;
}
