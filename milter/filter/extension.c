#include "extension.h"

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

/*
 * Left out of the lists of others, since ordinary mail carries it: sources
 * that no double click runs on Windows or macOS (py pl sh ksh csh c patch),
 * certificates (crt cer der), pictures (wmf emf), settings (ini), what
 * programs leave behind (tmp), and tables with an extension that science uses
 * otherwise (mat).
 */
static const struct {
	enum scan_rule rule;
	const char *extensions; /* a space before and behind each */
} rules[] = {
    {RULE_EXECUTABLE, " 386 app appimage com cpl dex dll elf ex ex_ exe ipa jar jnlp ocx pif scr "
		      "sys vxd xap xbap xll "},
    {RULE_SCRIPT, " a3x ahk applescript au3 bat cmd command fxp isp js jse mjs msh msh1 "
		  "msh1xml msh2 msh2xml mshxml nsh prg ps1 ps1xml ps2 ps2xml psc1 psc2 psm1 "
		  "psd1 psdm1 pyc pyo pyw pyz pyzw scpt scptd sct shb shs terminal vb vbe vbp vbs "
		  "vbscript vsmacros vsw workflow ws wsb wsc wsf wsh "},
    {RULE_SHORTCUT,
	" appcontent-ms appref appref-ms desktop fileloc glk inetloc library-ms lnk mad maf mag "
	"mam maq mar mas mau mav maw printerexport scf search-ms searchconnector-ms "
	"settingcontent-ms url webloc website xnk "},
    {RULE_INSTALLER, " apk apkm appinstaller application appx appxbundle deb diagcab diagcfg "
		     "diagpkg flatpak flatpakref gadget mpkg msi msix msixbundle msp mst msu pkg "
		     "rpm sis sisx snap webpnp xapk xpi "},
    {RULE_DISK_IMAGE, " bwt ccd cdi daa dmg dvdr ecm hfs img imz iso isz nrg qcow qcow2 "
		      "sparsebundle sparseimage swm toast udf uif vdi vfd vhd vhdx vmdk wim "},
    {RULE_ONENOTE, " one onepkg onetoc onetoc2 "},
    {RULE_HTML_APPLICATION, " chm hlp hta htc its "},
    {RULE_BLOCKED_NAME,
	" lib mde accda accde accdu ace ade adp alz arj asd asp aspx asx bas bgi cab cdxml cnt "
	"contact deskthemepack dqy egg grp hpj inf ins iqy mcf mda mdb mdt mdw mdz "
	"mof msc ops oqy osd pcd plg prf pst rdp reg rqy sfx slk swf theme "
	"themepack udl wiz wll xla xlam zoo "},
};

static const struct {
	enum extension_family family;
	const char *extensions;
} families[] = {
    {FAMILY_DOCUMENT, " asc csv dif doc docm docx dot dotx eml epub htm html ics key log md mht "
		      "mhtml msg numbers odg odp ods odt pages pot potx pps ppsx ppt pptx pub rtf "
		      "txt vcf vsd vsdx wpd wps xhtml xls xlsb xlsm xlsx xlt xltx xml xps "},
    {FAMILY_PDF, " pdf "},
    {FAMILY_IMAGE, " avif bmp gif heic heif ico jfif jpe jpeg jpg png svg tif tiff webp "},
    {FAMILY_MEDIA, " aac avi flac flv m4a m4v mkv mov mp3 mp4 mpeg mpg oga ogg ogv opus wav "
		   "webm wma wmv "},
    {FAMILY_ARCHIVE, " 7z cbr cbz lha lzh rar tar tbz tbz2 tgz txz tzst zip zipx "},
    {FAMILY_COMPRESSED, " br bz bz2 gz lz lz4 lzma lzo xz z zst "},
};

static bool
is_in(const char *list, const char *ext)
{
	size_t n = strlen(ext);
	const char *at;

	if (n == 0 || strchr(ext, ' ') != NULL)
		return false;
	for (at = list; (at = strstr(at, ext)) != NULL; at += n)
		if (at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

enum scan_rule
extension_rule(const char *ext)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (is_in(rules[i].extensions, ext))
			return rules[i].rule;
	return RULE_COUNT;
}

enum extension_family
extension_family(const char *ext)
{
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (is_in(families[i].extensions, ext))
			return families[i].family;
	return extension_rule(ext) != RULE_COUNT ? FAMILY_DANGEROUS : FAMILY_NONE;
}

bool
extension_is_volume(const char *ext)
{
	if (strlen(ext) != 3 || !ascii_is_digit(ext[1]) || !ascii_is_digit(ext[2]))
		return false;
	return ext[0] == 'r' || ext[0] == 'z' || ext[0] == 's' || ascii_is_digit(ext[0]);
}
