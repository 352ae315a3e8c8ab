#include "powerpoint.h"

#include "base/bytes.h"
#include "inflate.h"
#include "ole.h"

#define HEADER 8
#define OBJECT_STORAGE 0x1011 /* RT_ExternalOleObjectStg, macros too */
#define ENCRYPTED 0xf3d1c4dfu /* CurrentUserAtom.headerToken */
#define CRYPT_SESSION 0x2f14  /* RT_CryptSession10Container */

/* A compound file, deflated or as it is (MS-PPT 2.10.34). */
static void
read_storage(struct scan *s, const struct object *o, unsigned instance, const uint8_t *at, size_t n)
{
	struct buf out;

	if (instance == 0 || ole_is(at, n)) {
		inspect_within(s, o, NULL, at, n);
		return;
	}
	if (n < 4)
		return;
	buf_init(&out, 0);
	if (inflate_zlib(s, o, at + 4, n - 4, &out))
		inspect_within(s, o, NULL, (const uint8_t *)out.data, out.len);
	buf_free(&out);
}

void
powerpoint_inspect(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len)
{
	size_t at, n;
	unsigned version, type;

	for (at = 0; len - at >= HEADER; at += HEADER + n) {
		version = le16(bytes + at);
		type = le16(bytes + at + 2);
		n = le32(bytes + at + 4);
		/* a container's records follow its header */
		if ((version & 0xf) == 0xf)
			n = 0;
		if (n > len - at - HEADER)
			n = len - at - HEADER;
		if (type == OBJECT_STORAGE)
			read_storage(s, o, version >> 4, bytes + at + HEADER, n);
		else if (type == CRYPT_SESSION)
			scan_find(s, o, RULE_ENCRYPTED_DOCUMENT, "an encrypted presentation");
	}
}

void
powerpoint_inspect_user(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len)
{
	if (len >= 16 && le32(bytes + 12) == ENCRYPTED)
		scan_find(s, o, RULE_ENCRYPTED_DOCUMENT, "an encrypted presentation");
}
