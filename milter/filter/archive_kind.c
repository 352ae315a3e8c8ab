#include "archive_kind.h"

#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"

/* ---- formats whose sign is too short, or not at a fixed place ---- */

/*
 * The checksum of a tar header (POSIX.1-1988): an octal number, itself counted
 * as spaces. Some programs of old add up signed characters.
 */
static bool
is_tar(const uint8_t *b, size_t len)
{
	long sum = 0, signed_sum = 0, told = 0;
	size_t i;
	uint8_t c;

	if (len < 512 || b[0] == 0)
		return false;
	for (i = 0; i < 512; i++) {
		c = i >= 148 && i < 156 ? ' ' : b[i];
		sum += c;
		signed_sum += (int8_t)c;
	}
	for (i = 148; i < 156 && (b[i] == ' ' || b[i] == '0'); i++)
		;
	for (; i < 156 && b[i] >= '0' && b[i] <= '7'; i++)
		told = told * 8 + (b[i] - '0');
	return told == sum || told == signed_sum;
}

/* A power of two, or the sum of two neighbours: what programs choose. */
static bool
is_dictionary(uint32_t n)
{
	uint32_t low = n & -n;

	return n == low || n == 3 * low;
}

/* Other files have many zeros where this one has coded data. */
static bool
is_dense(const uint8_t *b, size_t len)
{
	size_t i, zeros = 0;

	for (i = 0; i < len && i < 32; i++)
		zeros += b[i] == 0;
	return zeros < 4 && zeros < i;
}

/* The first byte has three settings in it, nearly always 0x5d; the coded data begin with 0. */
static bool
is_lzma(const uint8_t *b, size_t len)
{
	uint32_t dictionary;
	uint64_t size;

	if (len < 14 || b[0] == 0 || b[0] >= 225 || b[13] != 0)
		return false;
	dictionary = le32(b + 1);
	size = le64(b + 5);
	if (!is_dictionary(dictionary) || dictionary < (b[0] == 0x5d ? 4096u : 65536u))
		return false;
	if (b[0] == 0x5d || size == UINT64_MAX)
		return size == UINT64_MAX || size < (uint64_t)1 << 40;
	return size > 0 && size < (uint64_t)1 << 40 && is_dense(b + 14, len - 14);
}

/* Frames before the first that is unpacked (RFC 8878 3.1.2; lz4 has the same). */
size_t
archive_kind_skipped(const uint8_t *b, size_t len)
{
	size_t at = 0, n;

	while (len - at >= 8 && (le32(b + at) & ~(uint32_t)15) == 0x184d2a50) {
		n = le32(b + at + 4);
		if (n > len - at - 8)
			return len;
		at += 8 + n;
	}
	return at;
}

static bool
has_at(const uint8_t *b, size_t len, size_t at, uint32_t sign)
{
	return len - at >= 4 && le32(b + at) == sign;
}

static bool
is_zstd(const uint8_t *b, size_t len)
{
	return has_at(b, len, archive_kind_skipped(b, len), 0xfd2fb528);
}

static bool
is_lz4(const uint8_t *b, size_t len)
{
	size_t at = archive_kind_skipped(b, len);

	return has_at(b, len, at, 0x184d2204) || has_at(b, len, at, 0x184c2102);
}

/* Formats of zstd 0.5 to 0.7. */
static bool
is_old_zstd(const uint8_t *b, size_t len)
{
	return len >= 4 && le32(b) >= 0xfd2fb525 && le32(b) <= 0xfd2fb527;
}

static bool
is_lha(const uint8_t *b, size_t len)
{
	return len > 21 && b[2] == '-' && b[6] == '-' &&
	       ((b[3] == 'l' && (b[4] == 'h' || b[4] == 'z')) || (b[3] == 'p' && b[4] == 'm')) &&
	       b[20] <= 3;
}

static bool
is_compress(const uint8_t *b, size_t len)
{
	return len > 3 && b[0] == 0x1f && b[1] == 0x9d && (b[2] & 0x1f) >= 9 && (b[2] & 0x1f) <= 16;
}

/* A header in words of either order, and its name. */
static bool
is_cpio_binary(const uint8_t *b, size_t len)
{
	bool big;
	size_t n;

	if (len < 27 || (le16(b) != 070707 && be16(b) != 070707))
		return false;
	big = be16(b) == 070707;
	n = big ? be16(b + 20) : le16(b + 20);
	return n > 1 && n <= 1024 && 26 + n <= len && b[26 + n - 1] == '\0' && b[26] > ' ' &&
	       memchr(b + 26, '\0', n - 1) == NULL;
}

static bool
is_iso(const uint8_t *b, size_t len)
{
	return len > 0x8006 && (memcmp(b + 0x8001, "CD001", 5) == 0);
}

static bool
is_arj(const uint8_t *b, size_t len)
{
	return len > 40 && b[0] == 0x60 && b[1] == 0xea && le16(b + 2) >= 30 &&
	       le16(b + 2) <= 2600 && b[4] >= 30 && b[10] == 2;
}

static bool
is_arc(const uint8_t *b, size_t len)
{
	size_t i;

	if (len < 29 || b[0] != 0x1a || b[1] == 0 || b[1] > 11 || b[2] <= ' ')
		return false;
	for (i = 2; i < 15 && b[i] > ' ' && b[i] < 0x7f; i++)
		;
	return i < 15 && b[i] == '\0';
}

static bool
is_zoo(const uint8_t *b, size_t len)
{
	return len > 24 && le32(b + 20) == 0xfdc4a7dc;
}

static bool
is_bzip2(const uint8_t *b, size_t len)
{
	return len >= 10 && memcmp(b, "BZh", 3) == 0 && ascii_is_digit((char)b[3]) &&
	       (memcmp(b + 4, "1AY&SY", 6) == 0 ||
		   memcmp(b + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

/* ---- all of them ---- */

#define SIGN(s) NULL, s, sizeof(s) - 1, 0
#define SIGN_AT(s, at) NULL, s, sizeof(s) - 1, at
#define TEST(f) f, NULL, 0, 0

static const struct archive_kind kinds[] = {
    {ARCHIVE_OF_FILES, "application/vnd.rar", "a RAR archive", SIGN("Rar!\x1a\x07\x00"),
	archive_read_support_format_rar},
    {ARCHIVE_OF_FILES, "application/vnd.rar", "a RAR archive", SIGN("Rar!\x1a\x07\x01\x00"),
	archive_read_support_format_rar5},
    {ARCHIVE_OF_FILES, "application/x-7z-compressed", "a 7z archive", SIGN("7z\xbc\xaf\x27\x1c"),
	archive_read_support_format_7zip},
    {ARCHIVE_OF_FILES, "application/vnd.ms-cab-compressed", "a cabinet", SIGN("MSCF\0\0\0\0"),
	archive_read_support_format_cab},
    {ARCHIVE_OF_FILES, "application/x-xar", "a xar archive", SIGN("xar!"),
	archive_read_support_format_xar},
    {ARCHIVE_OF_FILES, "application/x-archive", "an ar archive", SIGN("!<arch>\n"),
	archive_read_support_format_ar},
    {ARCHIVE_OF_FILES, "application/x-cpio", "a cpio archive", SIGN("070701"),
	archive_read_support_format_cpio},
    {ARCHIVE_OF_FILES, "application/x-cpio", "a cpio archive", SIGN("070702"),
	archive_read_support_format_cpio},
    {ARCHIVE_OF_FILES, "application/x-cpio", "a cpio archive", SIGN("070707"),
	archive_read_support_format_cpio},
    {ARCHIVE_OF_FILES, "application/x-cpio", "a cpio archive", SIGN("070727"),
	archive_read_support_format_cpio},
    {ARCHIVE_OF_FILES, "application/x-cpio", "a cpio archive", TEST(is_cpio_binary),
	archive_read_support_format_cpio},
    {ARCHIVE_OF_FILES, "application/warc", "a web archive", SIGN("WARC/"),
	archive_read_support_format_warc},
    {ARCHIVE_OF_FILES, "application/x-lzh-compressed", "an LHA archive", TEST(is_lha),
	archive_read_support_format_lha},
    {ARCHIVE_OF_FILES, "application/x-tar", "a tar archive", TEST(is_tar),
	archive_read_support_format_tar},
    {ARCHIVE_OF_FILES, "application/x-iso9660-image", "a CD image", TEST(is_iso),
	archive_read_support_format_iso9660},

    {ARCHIVE_COMPRESSED, "application/gzip", "a gzip file", SIGN("\x1f\x8b"),
	archive_read_support_filter_gzip},
    {ARCHIVE_COMPRESSED, "application/x-bzip2", "a bzip2 file", TEST(is_bzip2),
	archive_read_support_filter_bzip2},
    {ARCHIVE_COMPRESSED, "application/x-xz", "an xz file",
	SIGN("\xfd"
	     "7zXZ\0"),
	archive_read_support_filter_xz},
    {ARCHIVE_COMPRESSED, "application/zstd", "a zstd file", TEST(is_zstd),
	archive_read_support_filter_zstd},
    {ARCHIVE_COMPRESSED, "application/x-lz4", "an lz4 file", TEST(is_lz4),
	archive_read_support_filter_lz4},
    {ARCHIVE_COMPRESSED, "application/x-lzip", "an lzip file", SIGN("LZIP\x01"),
	archive_read_support_filter_lzip},
    {ARCHIVE_COMPRESSED, "application/x-lzip", "an lzip file", SIGN("LZIP\0"),
	archive_read_support_filter_lzip},
    {ARCHIVE_COMPRESSED, "application/x-compress", "a compress file", TEST(is_compress),
	archive_read_support_filter_compress},
    {ARCHIVE_COMPRESSED, "application/x-lzma", "an lzma file", TEST(is_lzma),
	archive_read_support_filter_lzma},
    {ARCHIVE_COMPRESSED, "application/x-rpm", "an RPM package", SIGN("\xed\xab\xee\xdb"),
	archive_read_support_filter_rpm},

    {ARCHIVE_FOREIGN, "application/x-ace-compressed", "an ACE archive", SIGN_AT("**ACE**", 7),
	NULL},
    {ARCHIVE_FOREIGN, "application/x-arj", "an ARJ archive", TEST(is_arj), NULL},
    {ARCHIVE_FOREIGN, "application/x-arc", "an ARC archive", TEST(is_arc), NULL},
    {ARCHIVE_FOREIGN, "application/x-zoo", "a ZOO archive", TEST(is_zoo), NULL},
    {ARCHIVE_FOREIGN, "application/x-stuffit", "a StuffIt archive", SIGN("SIT!"), NULL},
    {ARCHIVE_FOREIGN, "application/x-stuffit", "a StuffIt archive", SIGN("StuffIt"), NULL},
    {ARCHIVE_FOREIGN, "application/x-alz", "an ALZ archive", SIGN("ALZ\x01"), NULL},
    {ARCHIVE_FOREIGN, "application/x-egg", "an EGG archive", SIGN("EGGA"), NULL},
    {ARCHIVE_FOREIGN, "application/x-lzop", "an lzop file", SIGN("\x89LZO\0\r\n\x1a\n"), NULL},
    {ARCHIVE_FOREIGN, "application/x-lrzip", "an lrzip file", SIGN("LRZI"), NULL},
    {ARCHIVE_FOREIGN, "application/x-grzip", "a grzip file", SIGN("GRZipII\0"), NULL},
    {ARCHIVE_FOREIGN, "application/x-zpaq", "a ZPAQ archive", SIGN("7kSt\xa0\x31\x83\xd3"), NULL},
    {ARCHIVE_FOREIGN, "application/x-zpaq", "a ZPAQ archive", SIGN("zPQ\x01"), NULL},
    {ARCHIVE_FOREIGN, "application/x-uc2", "a UC2 archive", SIGN("UC2\x1a"), NULL},
    {ARCHIVE_FOREIGN, "application/x-sqx", "an SQX archive", SIGN_AT("-sqx-", 7), NULL},
    {ARCHIVE_FOREIGN, "application/x-rar1", "an old RAR archive", SIGN("RE~^"), NULL},
    {ARCHIVE_FOREIGN, "application/x-installshield", "an InstallShield cabinet", SIGN("ISc("),
	NULL},
    {ARCHIVE_FOREIGN, "application/x-ms-compress", "a file packed by COMPRESS.EXE",
	SIGN("SZDD\x88\xf0\x27\x33"), NULL},
    {ARCHIVE_FOREIGN, "application/x-ms-compress", "a file packed by COMPRESS.EXE",
	SIGN("KWAJ\x88\xf0\x27\xd1"), NULL},
    {ARCHIVE_FOREIGN, "application/zstd", "a file of an old zstd", TEST(is_old_zstd), NULL},
    {ARCHIVE_FOREIGN, "application/x-ms-wim", "a Windows image", SIGN("MSWIM\0\0\0"), NULL},
    {ARCHIVE_FOREIGN, "application/x-freeze", "a file packed by freeze", SIGN("\x1f\x9f"), NULL},
};

static bool
is_of(const struct archive_kind *k, const uint8_t *bytes, size_t len)
{
	if (k->is != NULL)
		return k->is(bytes, len);
	return len >= k->at + k->sign_len && memcmp(bytes + k->at, k->sign, k->sign_len) == 0;
}

const struct archive_kind *
archive_kind_of(const uint8_t *bytes, size_t len)
{
	const struct archive_kind *k;

	for (k = kinds; k < kinds + sizeof(kinds) / sizeof(*kinds); k++)
		if (is_of(k, bytes, len))
			return k;
	return NULL;
}
