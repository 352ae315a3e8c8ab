#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

#define NAME_MAX_LEN 40

/*
 * What iconv calls it, and what else mail calls it: in lower case, without
 * signs. A charset that is part of a larger one is read as that, as mail
 * programs do.
 */
static struct converter {
	const char *iconv_name;
	const char *names;
	iconv_t cd;
	bool open;
} converters[] = {
    {.iconv_name = "ISO-8859-2", .names = " iso88592 latin2 iso885921987 l2 "},
    {.iconv_name = "ISO-8859-3", .names = " iso88593 latin3 "},
    {.iconv_name = "ISO-8859-4", .names = " iso88594 latin4 "},
    {.iconv_name = "ISO-8859-5", .names = " iso88595 cyrillic "},
    {.iconv_name = "ISO-8859-6", .names = " iso88596 iso88596e iso88596i arabic "},
    {.iconv_name = "ISO-8859-7", .names = " iso88597 greek "},
    {.iconv_name = "ISO-8859-8", .names = " iso88598 iso88598i iso88598e hebrew "},
    {.iconv_name = "ISO-8859-9", .names = " iso88599 latin5 "},
    {.iconv_name = "ISO-8859-10", .names = " iso885910 latin6 "},
    {.iconv_name = "ISO-8859-13", .names = " iso885913 latin7 "},
    {.iconv_name = "ISO-8859-14", .names = " iso885914 latin8 "},
    {.iconv_name = "ISO-8859-15", .names = " iso885915 latin9 latin0 "},
    {.iconv_name = "ISO-8859-16", .names = " iso885916 latin10 "},
    {.iconv_name = "CP1250", .names = " windows1250 cp1250 "},
    {.iconv_name = "CP1251", .names = " windows1251 cp1251 "},
    {.iconv_name = "CP1252", .names = " windows1252 cp1252 ansi "},
    {.iconv_name = "CP1253", .names = " windows1253 cp1253 "},
    {.iconv_name = "CP1254", .names = " windows1254 cp1254 "},
    {.iconv_name = "CP1255", .names = " windows1255 cp1255 "},
    {.iconv_name = "CP1256", .names = " windows1256 cp1256 "},
    {.iconv_name = "CP1257", .names = " windows1257 cp1257 "},
    {.iconv_name = "CP1258", .names = " windows1258 cp1258 "},
    {.iconv_name = "TIS-620", .names = " tis620 iso885911 "},
    {.iconv_name = "CP874", .names = " windows874 cp874 ibm874 "},
    {.iconv_name = "KOI8-R", .names = " koi8r cskoi8r koi8 "},
    {.iconv_name = "KOI8-U", .names = " koi8u koi8ru "},
    {.iconv_name = "KOI8-T", .names = " koi8t "},
    {.iconv_name = "MACINTOSH", .names = " macintosh mac macroman "},
    {.iconv_name = "MAC-CYRILLIC", .names = " maccyrillic "},
    {.iconv_name = "CP437", .names = " cp437 ibm437 "},
    {.iconv_name = "CP737", .names = " cp737 ibm737 "},
    {.iconv_name = "CP775", .names = " cp775 ibm775 "},
    {.iconv_name = "CP850", .names = " cp850 ibm850 "},
    {.iconv_name = "CP852", .names = " cp852 ibm852 "},
    {.iconv_name = "CP855", .names = " cp855 ibm855 "},
    {.iconv_name = "CP857", .names = " cp857 ibm857 "},
    {.iconv_name = "CP858", .names = " cp858 ibm858 ibm00858 "},
    {.iconv_name = "CP860", .names = " cp860 ibm860 "},
    {.iconv_name = "CP861", .names = " cp861 ibm861 "},
    {.iconv_name = "CP862", .names = " cp862 ibm862 dos862 "},
    {.iconv_name = "CP863", .names = " cp863 ibm863 "},
    {.iconv_name = "CP865", .names = " cp865 ibm865 "},
    {.iconv_name = "CP866", .names = " cp866 ibm866 "},
    {.iconv_name = "CP869", .names = " cp869 ibm869 "},
    {.iconv_name = "ARMSCII-8", .names = " armscii8 "},
    {.iconv_name = "GEORGIAN-PS", .names = " georgianps "},
    {.iconv_name = "TCVN5712-1", .names = " tcvn tcvn57121 "},
    {.iconv_name = "VISCII", .names = " viscii "},
    {.iconv_name = "HP-ROMAN8", .names = " hproman8 roman8 "},
    {.iconv_name = "CP932", .names = " shiftjis sjis cp932 windows31j mskanji mscp932 csshiftjis "},
    {.iconv_name = "EUC-JP", .names = " eucjp ujis eucjpms cseucpkdfmtjapanese "},
    {.iconv_name = "ISO-2022-JP-3", .names = " iso2022jp3 "},
    {.iconv_name = "ISO-2022-JP-2",
	.names = " iso2022jp iso2022jp1 iso2022jp2 csiso2022jp iso2022jpms cp50220 cp50221 jis "},
    {.iconv_name = "EUC-TW", .names = " euctw "},
    {.iconv_name = "CP950", .names = " big5 cp950 bigfive cnbig5 csbig5 xxbig5 "},
    {.iconv_name = "BIG5-HKSCS", .names = " big5hkscs "},
    {.iconv_name = "GB18030",
	.names = " gb18030 gbk gb2312 cp936 euccn windows936 chinese csgb2312 gb231280 cngb gb "},
    {.iconv_name = "ISO-2022-CN", .names = " iso2022cn "},
    {.iconv_name = "CP949",
	.names = " euckr cp949 uhc ksc56011987 ksc5601 korean windows949 "
		 "ksc560187 cseuckr ksx1001 "},
    {.iconv_name = "JOHAB", .names = " johab cp1361 "},
    {.iconv_name = "ISO-2022-KR", .names = " iso2022kr csiso2022kr "},
    {.iconv_name = "UTF-7", .names = " utf7 unicode11utf7 unicode20utf7 csunicode11utf7 "},
    {.iconv_name = "UTF-16BE", .names = " utf16be ucs2be "},
    {.iconv_name = "UTF-16LE", .names = " utf16le ucs2le "},
    {.iconv_name = "UTF-32BE", .names = " utf32be ucs4be "},
    {.iconv_name = "UTF-32LE", .names = " utf32le ucs4le "},
    {.iconv_name = "IBM037", .names = " ibm037 cp037 ebcdiccpus ebcdicus ibm37 "},
    {.iconv_name = "IBM273", .names = " ibm273 cp273 "},
    {.iconv_name = "IBM277", .names = " ibm277 cp277 "},
    {.iconv_name = "IBM278", .names = " ibm278 cp278 "},
    {.iconv_name = "IBM280", .names = " ibm280 cp280 "},
    {.iconv_name = "IBM284", .names = " ibm284 cp284 "},
    {.iconv_name = "IBM285", .names = " ibm285 cp285 "},
    {.iconv_name = "IBM297", .names = " ibm297 cp297 "},
    {.iconv_name = "IBM420", .names = " ibm420 cp420 "},
    {.iconv_name = "IBM424", .names = " ibm424 cp424 "},
    {.iconv_name = "IBM500", .names = " ibm500 cp500 ebcdicint ebcdiccpbe ebcdiccpch "},
    {.iconv_name = "IBM870", .names = " ibm870 cp870 "},
    {.iconv_name = "IBM871", .names = " ibm871 cp871 "},
    {.iconv_name = "IBM875", .names = " ibm875 cp875 "},
    {.iconv_name = "CP1025", .names = " ibm1025 cp1025 "},
    {.iconv_name = "IBM1026", .names = " ibm1026 cp1026 "},
    {.iconv_name = "IBM1047", .names = " ibm1047 cp1047 "},
    {.iconv_name = "IBM1140", .names = " ibm1140 ibm01140 cp1140 cp01140 "},
    {.iconv_name = "IBM1141", .names = " ibm1141 ibm01141 cp1141 cp01141 "},
    {.iconv_name = "IBM1148", .names = " ibm1148 ibm01148 cp1148 cp01148 "},
};

#define N_CONVERTERS (sizeof(converters) / sizeof(converters[0]))

bool
charset_prepare(struct buf *err)
{
	struct converter *c;

	for (c = converters; c < converters + N_CONVERTERS; c++) {
		if (c->open)
			continue;
		c->cd = iconv_open("UTF-8", c->iconv_name);
		/* iconv_open() answers with (iconv_t)-1, an integer in the clothes of a pointer. */
		c->open = c->cd != (iconv_t)-1; /* NOLINT(performance-no-int-to-ptr) */
		if (!c->open) {
			buf_addf(err, "no converter for the charset %s: %s", c->iconv_name,
			    strerror(errno));
			return false;
		}
	}
	return true;
}

/* The name between spaces, in lower case, without signs and "x-"; false for none. */
static bool
plain_name(const char *s, size_t n, char out[NAME_MAX_LEN + 3])
{
	size_t i, len = 0;

	if (n > 2 && ascii_lower(s[0]) == 'x' && s[1] == '-') {
		s += 2;
		n -= 2;
	}
	out[len++] = ' ';
	for (i = 0; i < n && s[i] != '*'; i++) {
		if (!ascii_is_alpha(s[i]) && !ascii_is_digit(s[i]))
			continue;
		if (len > NAME_MAX_LEN)
			return false;
		out[len++] = ascii_lower(s[i]);
	}
	if (len == 1)
		return false;
	out[len++] = ' ';
	out[len] = '\0';
	return true;
}

static struct converter *
find(const char *name)
{
	struct converter *c;

	for (c = converters; c < converters + N_CONVERTERS; c++)
		if (strstr(c->names, name) != NULL)
			return c;
	return NULL;
}

/* Without an order of bytes in its name the first bytes tell (RFC 2781 §4.3). */
static struct converter *
find_wide(const char *name, const char *s, size_t n)
{
	if (strstr(" utf16 unicode ucs2 iso10646ucs2 csunicode ", name) != NULL)
		return find(n > 0 && (s[0] == '\0' || s[0] == '\xfe') ? " utf16be " : " utf16le ");
	if (strstr(" utf32 ucs4 iso10646ucs4 csucs4 ", name) != NULL)
		return find(n > 0 && s[0] == '\0' ? " utf32be " : " utf32le ");
	return NULL;
}

static enum charset_result
convert(struct converter *c, const char *s, size_t n, struct buf *out)
{
	char *in = (char *)(uintptr_t)s, *to;
	size_t left = n, room, before = out->len;

	if (!c->open)
		return CHARSET_UNKNOWN;
	room = 4 * n + 16;
	if (!buf_reserve(out, room))
		return CHARSET_MISFIT;
	to = out->data + out->len;
	iconv(c->cd, NULL, NULL, NULL, NULL);
	if (iconv(c->cd, &in, &left, &to, &room) == (size_t)-1 ||
	    iconv(c->cd, NULL, NULL, &to, &room) == (size_t)-1) {
		out->len = before;
		return CHARSET_MISFIT;
	}
	out->len = (size_t)(to - out->data);
	return CHARSET_CONVERTED;
}

static bool
is_ascii(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && (s[i] & 0x80) == 0; i++)
		;
	return i == n;
}

void
charset_from_latin1(const char *s, size_t n, struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x80) {
			buf_addc(out, (char)(0xc0 | c >> 6));
			c = 0x80 | (c & 0x3f);
		}
		buf_addc(out, (char)c);
	}
}

enum charset_result
charset_convert(const char *charset, size_t charset_len, const char *s, size_t n, struct buf *out)
{
	char name[NAME_MAX_LEN + 3];
	struct converter *c;

	if (!plain_name(charset, charset_len, name))
		return CHARSET_UNKNOWN;
	if (strstr(" utf8 unicode11utf8 usascii ascii iso646us ansix341968 ", name) != NULL) {
		if (strcmp(name, " utf8 ") == 0 ? !utf8_valid(s, n) : !is_ascii(s, n))
			return CHARSET_MISFIT;
		buf_add(out, s, n);
		return CHARSET_CONVERTED;
	}
	if (strstr(" iso88591 latin1 l1 iso885911987 cp819 ibm819 csisolatin1 ", name) != NULL) {
		charset_from_latin1(s, n, out);
		return CHARSET_CONVERTED;
	}
	if ((c = find_wide(name, s, n)) == NULL && (c = find(name)) == NULL)
		return CHARSET_UNKNOWN;
	return convert(c, s, n, out);
}
