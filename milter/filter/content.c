#include "content.h"

#include <string.h>
#include <strings.h>

#include "archive_kind.h"
#include "base/ascii.h"
#include "base/bytes.h"

#define SECTOR 512

static bool
has(const uint8_t *b, size_t len, size_t at, const char *sign, size_t n)
{
	return at <= len && len - at >= n && memcmp(b + at, sign, n) == 0;
}

/* ---- programs ---- */

static bool
is_text(const uint8_t *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((b[i] < ' ' && strchr("\t\r\n\f", b[i]) == NULL) || b[i] == 0)
			return false;
	return true;
}

/* A DOS header, whatever comes after it; a text can begin with the same two letters. */
static bool
is_dos_program(const uint8_t *b, size_t len)
{
	return len >= 28 && (has(b, len, 0, "MZ", 2) || has(b, len, 0, "ZM", 2)) &&
	       !is_text(b, len < 64 ? len : 64);
}

static bool
is_mach_o(const uint8_t *b, size_t len)
{
	if (has(b, len, 0, "\xfe\xed\xfa\xce", 4) || has(b, len, 0, "\xfe\xed\xfa\xcf", 4) ||
	    has(b, len, 0, "\xce\xfa\xed\xfe", 4) || has(b, len, 0, "\xcf\xfa\xed\xfe", 4))
		return true;
	/* several in one; a Java class begins alike, with its version in place of the number */
	return len >= 8 && (has(b, len, 0, "\xca\xfe\xba\xbe\0\0\0", 7) && b[7] > 0 && b[7] < 40);
}

static bool
is_java_class(const uint8_t *b, size_t len)
{
	return len >= 8 && has(b, len, 0, "\xca\xfe\xba\xbe", 4) && b[6] == 0 && b[7] >= 45;
}

static bool
is_dex(const uint8_t *b, size_t len)
{
	return len >= 8 && has(b, len, 0, "dex\n0", 5) && b[7] == 0;
}

static bool
is_debian_package(const uint8_t *b, size_t len)
{
	return has(b, len, 0, "!<arch>\ndebian", 14);
}

/* Python's compiled code: a version, and a mark that text files lose. */
static bool
is_python_code(const uint8_t *b, size_t len)
{
	return len >= 16 && b[2] == '\r' && b[3] == '\n' && (b[1] == 0x0d || b[1] == 0x0e) &&
	       !is_text(b, 16) && le32(b + 4) < 4;
}

/* Symbian OS: its number behind two others, or that of version 9 alone. */
static bool
is_symbian_package(const uint8_t *b, size_t len)
{
	return len >= 16 && (le32(b + 8) == 0x10000419 || le32(b) == 0x10201a7a);
}

/* ---- what starts programs ---- */

/* Past a byte order mark and white space. */
static const uint8_t *
skip_space(const uint8_t *b, const uint8_t *end)
{
	if (end - b >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0)
		b += 3;
	while (b < end && (ascii_is_wsp((char)*b) || *b == '\r' || *b == '\n'))
		b++;
	return b;
}

static bool
begins_with_word(const uint8_t *b, size_t len, const char *word)
{
	const uint8_t *end = b + len, *at = skip_space(b, end);
	size_t n = strlen(word);

	return (size_t)(end - at) >= n && strncasecmp((const char *)at, word, n) == 0;
}

static bool
is_internet_shortcut(const uint8_t *b, size_t len)
{
	return begins_with_word(b, len, "[InternetShortcut") ||
	       has(b, len, 0, "\xff\xfe[\0I\0n\0t\0e\0r\0n\0e\0t\0S\0h\0o\0r\0t\0c\0u\0t", 32);
}

/* A program information file: a heading behind what old Windows knows. */
static bool
is_pif(const uint8_t *b, size_t len)
{
	return has(b, len, 0x171, "MICROSOFT PIFEX", 16);
}

static bool
is_explorer_command(const uint8_t *b, size_t len)
{
	return begins_with_word(b, len, "[Shell]") &&
	       memmem(b, len < SECTOR ? len : SECTOR, "Command", 7) != NULL;
}

/* ---- images of disks ---- */

/* Volume descriptors (ECMA-119, ECMA-167). */
static bool
is_optical(const uint8_t *b, size_t len)
{
	size_t at;

	for (at = 0x8001; at <= 0x9801; at += 0x800)
		if (has(b, len, at, "CD001", 5) || has(b, len, at, "BEA01", 5) ||
		    has(b, len, at, "NSR02", 5) || has(b, len, at, "NSR03", 5))
			return true;
	/* raw sectors of 2352 bytes */
	return has(b, len, 0x9311, "CD001", 5) || has(b, len, 0x9319, "CD001", 5);
}

static bool
is_dmg(const uint8_t *b, size_t len)
{
	return len >= SECTOR && has(b, len, len - SECTOR, "koly\0\0\0\x04", 8);
}

static bool
is_vhd(const uint8_t *b, size_t len)
{
	return has(b, len, 0, "conectix", 8) ||
	       (len > SECTOR && has(b, len, len - SECTOR, "conectix", 8)) ||
	       (len > SECTOR && has(b, len, len - SECTOR + 1, "conectix", 8));
}

static bool
is_filesystem(const uint8_t *b, size_t len)
{
	bool boots = has(b, len, 510, "\x55\xaa", 2);

	if (boots && (has(b, len, 3, "NTFS    ", 8) || has(b, len, 3, "EXFAT   ", 8) ||
			 has(b, len, 54, "FAT1", 4) || has(b, len, 82, "FAT32", 5)))
		return true;
	return (len > 4096 &&
		   (has(b, len, 1024, "H+\0\x04", 4) || has(b, len, 1024, "HX\0\x05", 4))) ||
	       has(b, len, 32, "NXSB", 4) || has(b, len, SECTOR, "EFI PART", 8) ||
	       has(b, len, 0, "hsqs", 4) || (has(b, len, 1080, "\x53\xef", 2) && len > 65536);
}

static bool
is_virtualbox(const uint8_t *b, size_t len)
{
	return has(b, len, 64, "\x7f\x10\xda\xbe", 4);
}

/* ---- documents and texts ---- */

static bool
is_pdf(const uint8_t *b, size_t len)
{
	return bytes_find(b, b + (len < 1024 ? len : 1024), "%PDF-", 5) != NULL;
}

static bool
is_html(const uint8_t *b, size_t len)
{
	static const char *const begins[] = {
	    "<!doctype html", "<html", "<head", "<body", "<script"};
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (begins_with_word(b, len, begins[i]))
			return true;
	return false;
}

static bool
is_riff(const uint8_t *b, size_t len)
{
	return has(b, len, 0, "RIFF", 4) && len >= 12 &&
	       (has(b, len, 8, "WEBP", 4) || has(b, len, 8, "WAVE", 4) ||
		   has(b, len, 8, "AVI ", 4));
}

static bool
is_iso_media(const uint8_t *b, size_t len)
{
	return len >= 12 && has(b, len, 4, "ftyp", 4);
}

/* ---- all of them ---- */

static const struct {
	struct content_kind kind;
	bool (*is)(const uint8_t *, size_t len);
	const char *sign;
	size_t sign_len, at;
} kinds[] = {
#define SIGN(s) NULL, s, sizeof(s) - 1, 0
#define SIGN_AT(s, at) NULL, s, sizeof(s) - 1, at
#define TEST(f) f, NULL, 0, 0
    {{CONTENT_RUNS, RULE_EXECUTABLE, "application/vnd.microsoft.portable-executable",
	 "a program for Windows or DOS"},
	TEST(is_dos_program)},
    {{CONTENT_RUNS, RULE_EXECUTABLE, "application/x-elf", "a program for Linux"}, SIGN("\x7f"
										       "ELF")},
    {{CONTENT_RUNS, RULE_EXECUTABLE, "application/x-mach-binary", "a program for macOS"},
	TEST(is_mach_o)},
    {{CONTENT_RUNS, RULE_EXECUTABLE, "application/java-vm", "Java code"}, TEST(is_java_class)},
    {{CONTENT_RUNS, RULE_EXECUTABLE, "application/x-dex", "code for Android"}, TEST(is_dex)},
    {{CONTENT_RUNS, RULE_SCRIPT, "application/x-python-code", "compiled Python code"},
	TEST(is_python_code)},
    {{CONTENT_RUNS, RULE_SCRIPT, "application/x-encoded-script", "an encoded script for Windows"},
	SIGN("#@~^")},
    {{CONTENT_RUNS, RULE_SCRIPT, "application/x-autoit", "a compiled AutoIt script"},
	SIGN("\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9")},
    {{CONTENT_RUNS, RULE_SCRIPT, "application/x-applescript", "a compiled AppleScript"},
	SIGN("FasdUAS ")},
    {{CONTENT_RUNS, RULE_SHORTCUT, "application/x-ms-shortcut", "a shortcut of Windows"},
	SIGN("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46")},
    {{CONTENT_RUNS, RULE_EXECUTABLE, "application/x-ms-pif", "how to start a DOS program"},
	TEST(is_pif)},
    {{CONTENT_RUNS, RULE_SHORTCUT, "application/x-mswinurl", "a shortcut of Windows"},
	TEST(is_internet_shortcut)},
    {{CONTENT_RUNS, RULE_SHORTCUT, "application/x-ms-scf", "a command of the Explorer"},
	TEST(is_explorer_command)},
    {{CONTENT_RUNS, RULE_HTML_APPLICATION, "application/vnd.ms-htmlhelp", "a compiled HTML help"},
	SIGN("ITSF\x03\0\0\0")},
    {{CONTENT_RUNS, RULE_HTML_APPLICATION, "application/winhlp", "a help file that runs macros"},
	SIGN("\x3f\x5f\x03\0")},
    {{CONTENT_RUNS, RULE_INSTALLER, "application/vnd.debian.binary-package",
	 "a package of programs"},
	TEST(is_debian_package)},
    {{CONTENT_RUNS, RULE_INSTALLER, "application/x-rpm", "a package of programs"},
	SIGN("\xed\xab\xee\xdb")},
    {{CONTENT_RUNS, RULE_INSTALLER, "application/vnd.symbian.install", "a package of programs"},
	TEST(is_symbian_package)},
    {{CONTENT_RUNS, RULE_INSTALLER, "application/x-xar", "a package of programs for macOS"},
	SIGN("xar!\0")},
    {{CONTENT_RUNS, RULE_INSTALLER, "application/x-chrome-extension", "an extension of a browser"},
	SIGN("Cr24")},
    {{CONTENT_PACKED, RULE_ONENOTE, "application/onenote", "a OneNote notebook"},
	SIGN("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3")},
    {{CONTENT_PACKED, RULE_ONENOTE, "application/onenote", "a OneNote notebook"},
	SIGN("\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f")},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-iso9660-image", "an image of a CD or DVD"},
	TEST(is_optical)},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-apple-diskimage", "a disk image of macOS"},
	TEST(is_dmg)},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-vhd", "a virtual disk"}, TEST(is_vhd)},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-vhdx", "a virtual disk"}, SIGN("vhdxfile")},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-vmdk", "a virtual disk"}, SIGN("KDMV")},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-qcow", "a virtual disk"}, SIGN("QFI\xfb")},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-vdi", "a virtual disk"}, TEST(is_virtualbox)},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-ms-wim", "an image for Windows"},
	SIGN("MSWIM\0\0\0")},
    {{CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-raw-disk-image", "an image of a disk"},
	TEST(is_filesystem)},
    {{CONTENT_OLE, RULE_COUNT, "application/x-ole-storage", NULL},
	SIGN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
    {{CONTENT_ORDINARY, RULE_COUNT, "application/pdf", NULL}, TEST(is_pdf)},
    {{CONTENT_ORDINARY, RULE_COUNT, "application/rtf", NULL}, SIGN("{\\rt")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/png", NULL}, SIGN("\x89PNG\r\n\x1a\n")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/jpeg", NULL}, SIGN("\xff\xd8\xff")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/gif", NULL}, SIGN("GIF8")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/tiff", NULL}, SIGN("II*\0")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/tiff", NULL}, SIGN("MM\0*")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/wmf", NULL}, SIGN("\xd7\xcd\xc6\x9a")},
    {{CONTENT_ORDINARY, RULE_COUNT, "image/emf", NULL}, SIGN_AT(" EMF", 40)},
    {{CONTENT_ORDINARY, RULE_COUNT, "application/x-riff", NULL}, TEST(is_riff)},
    {{CONTENT_ORDINARY, RULE_COUNT, "video/mp4", NULL}, TEST(is_iso_media)},
    {{CONTENT_ORDINARY, RULE_COUNT, "audio/mpeg", NULL}, SIGN("ID3")},
    {{CONTENT_ORDINARY, RULE_COUNT, "application/ogg", NULL}, SIGN("OggS")},
    {{CONTENT_ORDINARY, RULE_COUNT, "application/vnd.ms-tnef", NULL}, SIGN("\x78\x9f\x3e\x22")},
    {{CONTENT_ORDINARY, RULE_COUNT, "application/pgp-encrypted", NULL}, SIGN("-----BEGIN PGP")},
    {{CONTENT_HTML, RULE_COUNT, "text/html", NULL}, TEST(is_html)},
    {{CONTENT_XML, RULE_COUNT, "text/xml", NULL}, SIGN("<?xml")},
};

static const struct content_kind packed = {CONTENT_PACKED, RULE_COUNT, NULL, NULL};

static bool
is_kind(size_t i, const uint8_t *b, size_t len)
{
	if (kinds[i].is != NULL)
		return kinds[i].is(b, len);
	return has(b, len, kinds[i].at, kinds[i].sign, kinds[i].sign_len);
}

const struct content_kind *
content_kind_of(const uint8_t *b, size_t len)
{
	bool archive = archive_kind_of(b, len) != NULL || has(b, len, 0, "PK\3\4", 4);
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		/* the sign of a PDF can stand in an archive's first file */
		if (archive && kinds[i].kind.family >= CONTENT_HTML)
			break;
		if (is_kind(i, b, len))
			return &kinds[i].kind;
	}
	return archive ? &packed : NULL;
}

static const struct content_kind magic_kinds[] = {
    {CONTENT_RUNS, RULE_EXECUTABLE, "application/vnd.microsoft.portable-executable", "a program"},
    {CONTENT_RUNS, RULE_EXECUTABLE, "application/x-executable", "a program"},
    {CONTENT_RUNS, RULE_EXECUTABLE, "application/x-pie-executable", "a program"},
    {CONTENT_RUNS, RULE_EXECUTABLE, "application/x-sharedlib", "a program"},
    {CONTENT_RUNS, RULE_EXECUTABLE, "application/x-mach-binary", "a program"},
    {CONTENT_RUNS, RULE_EXECUTABLE, "application/x-java-applet", "Java code"},
    {CONTENT_RUNS, RULE_INSTALLER, "application/x-msi", "an installer"},
    {CONTENT_RUNS, RULE_INSTALLER, "application/vnd.debian.binary-package", "an installer"},
    {CONTENT_RUNS, RULE_SHORTCUT, "application/x-ms-shortcut", "a shortcut"},
    {CONTENT_RUNS, RULE_SCRIPT, "text/x-msdos-batch", "a batch file of Windows"},
    {CONTENT_RUNS, RULE_HTML_APPLICATION, "application/x-ms-reader", "an HTML help"},
    {CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-iso9660-image", "a disk image"},
    {CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-apple-diskimage", "a disk image"},
    {CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-virtualbox-vhd", "a disk image"},
    {CONTENT_PACKED, RULE_DISK_IMAGE, "application/x-virtualbox-vhdx", "a disk image"},
};

const struct content_kind *
content_kind_of_type(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(magic_kinds) / sizeof(*magic_kinds); i++)
		if (strcmp(magic_kinds[i].type, type) == 0)
			return &magic_kinds[i];
	return NULL;
}
