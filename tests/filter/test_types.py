#!/usr/bin/python3
"""Types by content, and what contradicts name or declared type (B72). No specimen runs anything."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compound import compound
from containers import *
from documents import ask, clean, found, tap

SHORTCUT = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46" + bytes(100)
OLE = compound({"WordDocument": b"\xec\xa5\xc1\0" + bytes(5000), "1Table": bytes(4096)})
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(100)
PDF = b"%PDF-1.4\n%%EOF\n"
HTML = b"\xef\xbb\xbf\r\n<!DOCTYPE html><html><body>Hello</body></html>"
ZIP = zip_of({"a.txt": TEXT})
DOCX = zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
ODT = zip_of({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})
RTF = b"{\\rtf1 Hello}"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
MOVIE = b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(100)
WEBP = b"RIFF\x6c\0\0\0WEBPVP8 " + bytes(100)
WAVE = b"RIFF\x6c\0\0\0WAVEfmt " + bytes(100)
XML = b"<?xml version='1.0'?><feedback/>"
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n"
PGP = b"-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"
PKCS7 = b"0\x82\x05\xdc\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + bytes(100)
SHEET = b"a;b\r\n1;2\r\n"
# Korean, as Windows codes it: libmagic takes the first byte for a jump of a DOS program
KOREAN = "\ub620\ubc29\uac01\ud558 \ud3b2\uc2dc\ucf5c\ub77c\n".encode("cp949") * 5


def optical(sign):
    return bytes(0x8001) + sign + bytes(5000)


@tap.cases(
    ("windows", PROGRAM, "executable"),
    ("dos", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(50), "executable"),
    ("linux", b"\x7fELF\x02\x01\x01" + bytes(60), "executable"),
    ("macos", b"\xcf\xfa\xed\xfe\x07\0\0\x01" + bytes(60), "executable"),
    ("macos several", b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(60), "executable"),
    ("java", b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(60), "executable"),
    ("dex", b"dex\n035\0" + bytes(60), "executable"),
    ("encoded script", b"#@~^AAAA==" + bytes(60), "script"),
    ("autoit", b"\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9" + bytes(60), "script"),
    ("applescript", b"FasdUAS 1.101.10" + bytes(60), "script"),
    ("shortcut", SHORTCUT, "shortcut"),
    ("url", b"\r\n[InternetShortcut]\r\nURL=file://x/y\r\n", "shortcut"),
    ("scf", b"[Shell]\r\nCommand=2\r\nIconFile=\\\\x\\y.ico\r\n", "shortcut"),
    ("chm", b"ITSF\x03\0\0\0" + bytes(60), "html_application"),
    ("rpm", b"\xed\xab\xee\xdb\x03\0" + bytes(100), "installer"),
    ("sis", bytes(8) + b"\x19\x04\0\x10" + bytes(90), "installer"),
    ("sisx", b"\x7a\x1a\x20\x10" + bytes(90), "installer"),
    ("crx", b"Cr24\x03\0\0\0" + bytes(60), "installer"),
    ("one", b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3" + bytes(60), "onenote"),
    ("udf", optical(b"BEA01"), "disk_image"), ("nsr", bytes(0x800) + optical(b"NSR02"), "disk_image"),
    ("dmg", bytes(1000) + b"koly\0\0\0\x04" + bytes(504), "disk_image"),
    ("vhd", b"conectix" + bytes(600), "disk_image"),
    ("vhd at the end", bytes(1024) + b"conectix" + bytes(504), "disk_image"),
    ("vhdx", b"vhdxfile" + bytes(600), "disk_image"),
    ("vmdk", b"KDMV" + bytes(600), "disk_image"),
    ("fat", b"\xeb\x3c\x90MSDOS5.0" + bytes(43) + b"FAT12   " + bytes(448) + b"\x55\xaa" + bytes(600), "disk_image"))
def test_b72_types(case):
    _, content, rule = case
    report = ask(content)
    assert rule in report.rules, report
    assert "type_mismatch" not in report.rules, report
    report = ask(content, "-n", "invoice.pdf")
    assert {rule, "type_mismatch"} <= report.rules, report


PLIST = b"<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"x.dtd\">\n<plist><dict>"
LAUNCHERS = {
    "reg": (b"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\X]\r\n".decode().encode("utf-16"),
            "blocked_name"),
    "old reg": (b"REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\X]\r\n", "blocked_name"),
    "inf": (b"[Version]\r\nSignature=$CHICAGO$\r\n[DefaultInstall]\r\n", "blocked_name"),
    "autorun": (b"[AutoRun]\r\nopen=x\r\n", "blocked_name"),
    "theme": (b"[Theme]\r\nDisplayName=x\r\n[Control Panel\\Desktop]\r\nWallpaper=x\r\n", "blocked_name"),
    "rdp": (b"screen mode id:i:2\r\nfull address:s:a.example\r\n", "blocked_name"),
    "msc": (b"<?xml version='1.0'?>\n<MMC_ConsoleFile ConsoleVersion='3.0'></MMC_ConsoleFile>", "blocked_name"),
    "wsf": (b"<job id='x'>\n<script language='JScript'>1</script></job>", "script"),
    "package": (b"<?xml version='1.0'?><package><job><script language='VBScript'/></job></package>", "script"),
    "sct": (b"<?XML version='1.0'?>\n<scriptlet><registration/></scriptlet>", "script"),
    "wsc": (b"<?component error='true'?><!-- x --><component><script>1</script></component>", "script"),
    "wsb": (b"<Configuration><LogonCommand><Command>x</Command></LogonCommand></Configuration>", "script"),
    "terminal": (PLIST + b"<key>CommandString</key><string>x</string></dict></plist>", "script"),
    "webloc": (PLIST + b"<key>URL</key><string>https://a.example/</string></dict></plist>", "shortcut"),
    "settingcontent-ms": (b"<?xml version='1.0'?><PCSettings><SearchableContent><ApplicationInformation>"
                          b"<DeepLink>x</DeepLink></ApplicationInformation></SearchableContent></PCSettings>",
                          "shortcut"),
    "library-ms": (b"<?xml version='1.0'?><libraryDescription xmlns='x'></libraryDescription>", "shortcut"),
    "search-ms": (b"<?xml version='1.0'?><persistedQuery version='1.0'></persistedQuery>", "shortcut"),
    "searchconnector-ms": (b"<?xml version='1.0'?><searchConnectorDescription/>", "shortcut"),
    "appref-ms": ("https://a.example/x.application#x.application, Culture=neutral, PublicKeyToken=0000000000000000, "
                  "processorArchitecture=msil\r\n".encode("utf-16"), "shortcut"),
    "desktop": (b"[Desktop Entry]\nType=Application\nName=a.pdf\nExec=bash -c x\n", "shortcut"),
    "desktop link": (b"[Desktop Entry]\nType=Link\nURL=https://a.example/\n", "shortcut"),
    "application": (b"<?xml version='1.0'?><asmv1:assembly xmlns:asmv1='urn:x'><deployment install='true'/>"
                    b"</asmv1:assembly>", "installer"),
    "appinstaller": (b"<?xml version='1.0'?><AppInstaller Uri='x'/>", "installer"),
    "jnlp": (b"<?xml version='1.0'?><jnlp spec='1.0+' codebase='x'></jnlp>", "executable"),
    "pif": (bytes(0x171) + b"MICROSOFT PIFEX\0" + bytes(100), "executable"),
    "hta": (b"<html><head><hta:application id='x'></head></html>", "html_application"),
    "gadget": (zip_of({"gadget.xml": b"<gadget/>", "a.html": HTML}), "installer"),
    "msi": (compound({"a": bytes(5000)}, clsid=b"\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"), "installer")}


@tap.cases(*LAUNCHERS)
def test_launchers(kind):
    """Told by what they are, whatever they are called."""
    content, rule = LAUNCHERS[kind]
    for name in ("a.txt", "a.pdf", "a.jpg", "a", "folder/a.docx"):
        report = ask(content, "-n", name)
        assert rule in report.rules and report.rules <= {rule, "type_mismatch", "html_script"}, \
            (name, report)
        assert "type_mismatch" in report.rules or name in ("a", "a.txt", "folder/a.docx"), (name, report)


@tap.cases(b"@echo off\r\nstart x\r\n", b"Set s = CreateObject(\"WScript.Shell\")\r\n",
           b"var s = new ActiveXObject('x');\r\n", b"IEX (New-Object Net.WebClient).DownloadString('x')\r\n",
           "Start-Process x\r\n".encode("utf-16"))
def test_scripts_under_other_names(content):
    for name in ("a.pdf", "a.jpg", "a.mp4"):
        found(content, "script", "type_mismatch", options=["-n", name])
    if not content.startswith(b"@echo"):
        clean(b"As I wrote:\r\n" + content if content[0] < 128 else content, "-n", "how it was done.txt")


@tap.cases(("a.txt", b"[Desktop Entry] is what such a file begins with.\n"),
           ("a/app.desktop", b"[Desktop Entry]\nType=Application\nExec=app %f\n"),
           ("a.plist", PLIST + b"<key>Name</key><string>x</string><key>URL</key><string>x</string></dict></plist>"),
           ("a.xml", b"<configuration><startup/></configuration>"), ("a.xml", b"<package name='x'/>"),
           ("a.manifest", b"<assembly xmlns='urn:schemas-microsoft-com:asm.v1'><dependency/></assembly>"),
           ("a.txt", b"http://a.example/x.application and more\n"), ("a.ini", b"[Version]\nnumber=1\n"),
           ("a.txt", b"note:i: do not know\n"), ("a.svg", b"<svg><!-- createobject( --></svg>"),
           ("a.xml", b"<"), ("a.xml", b"<?xml"), ("a.xml", b"<!--"), ("a.xml", b"<:"),
           ("COPYING.LIB", b"GNU LIBRARY GENERAL PUBLIC LICENSE\n"))
def test_no_launchers(case):
    name, content = case
    clean(content, "-w", name)


@tap.cases(("program as pdf", PROGRAM, "a.pdf", "application/pdf", "executable"),
           ("program as text", PROGRAM, "a.txt", "text/plain", "executable"),
           ("program as document", PROGRAM, "a.docx", "application/octet-stream", "executable"),
           ("shortcut as picture", SHORTCUT, "a.jpg", "application/octet-stream", "shortcut"),
           ("zip as picture", ZIP, "a.png", "application/octet-stream"),
           ("zip declared a picture", ZIP, "a.zip", "image/png"),
           ("zip as pdf", ZIP, "a.pdf", "application/pdf"),
           ("zip as text", ZIP, "a.txt", "application/octet-stream"),
           ("gzip as picture", gzip_of(TEXT), "a.jpg", "application/octet-stream"),
           ("html as pdf", HTML, "a.pdf", "application/octet-stream"),
           ("html as new document", HTML, "a.docx", "application/msword"),
           ("zip as sheet text", ZIP, "a.csv", "text/csv"),
           ("document as pdf", DOCX, "a.pdf", "application/pdf"),
           ("gzip of something else", gzip_of(TEXT), "report.txt.gz", "application/pdf"),
           ("program in its packing", PROGRAM, "report.pdf.gz", "application/pdf", "executable"),
           ("html as picture", HTML, "a.png", "image/png"),
           ("old office as picture", OLE, "a.jpg", "image/jpeg"),
           ("every name", HTML, "a.html", "text/html"))
def test_b72_mismatch(case):
    label, content, name, declared, *rules = case
    names = ["-n", name] + (["-n", "a.pdf"] if label == "every name" else [])
    report = ask(content, *names, "-t", declared)
    assert {"type_mismatch", *rules} <= report.rules, report


@tap.cases(("jpeg as png", JPEG, "a.png", "image/png"), ("png as jpeg", PNG, "a.jpg", "image/jpeg"),
           ("picture without a type", PNG, "a.png", "application/octet-stream"),
           ("zip without a type", ZIP, "a.zip", "application/octet-stream"),
           ("zip as another archive", ZIP, "a.gz", "application/gzip"),
           ("zip declared a text", ZIP, "a.zip", "text/plain"),
           ("new document under an old name", ZIP, "a.doc", "application/msword"),
           ("document", ZIP, "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
           ("html as sheet", HTML, "a.xls", "application/vnd.ms-excel"),
           ("html as text", HTML, "a.txt", "text/plain"), ("html", HTML, "a.html", "text/html"),
           ("text as pdf", TEXT, "a.pdf", "application/pdf"),
           ("old office", OLE, "a.doc", "application/msword"), ("pdf", PDF, "a.pdf", "application/pdf"),
           ("pdf in a picture", PDF, "a.jpg", "image/jpeg"),
           ("gzip picture", gzip_of(b"<svg/>"), "a.svgz", "image/svg+xml"),
           ("shell", b"#!/bin/sh\necho hello\n", "build.sh", "text/x-shellscript"),
           ("python", b"#!/usr/bin/python3\nprint(1)\n", "tool.py", "text/x-python"),
           ("patch", b"diff --git a/x b/x\n--- a/x\n+++ b/x\n", "x.patch", "text/x-patch"),
           ("text", b"MZ is short for Mark Zbikowski, and this is a text about him.\r\n", "mz.txt", "text/plain"),
           ("no name", TEXT, "", "text/plain"), ("signature", b"0\x82\x05\xdc" + bytes(100), "smime.p7s",
                                                  "application/pkcs7-signature"))
def test_ordinary(case):
    _, content, name, declared = case
    report = ask(content, "-n", name, "-t", declared)
    assert "type_mismatch" not in report.rules and not report.rules, report


@tap.cases(
    ("report.pdf.gz", gzip_of(PDF), "application/pdf"), ("list.csv.gz", gzip_of(SHEET), "text/csv"),
    ("scan.tif.gz", gzip_of(b"II*\0" + bytes(50)), "image/tiff"), ("photo.jpg.zip", ZIP, "image/jpeg"),
    ("a.log.gz", gzip_of(TEXT), "text/plain"), ("a.emz", gzip_of(b"\1\0\0\0" + bytes(80)), "image/x-emz"),
    ("a.docx", DOCX, "application/zip"), ("a.docx", DOCX, "application/octet-stream"),
    ("a.docx", DOCX, "application/msword"), ("a.docx", DOCX, "application/x-zip-compressed"),
    ("a.doc", DOCX, "application/msword"), ("a.doc", RTF, "application/msword"),
    ("a.doc", HTML, "application/msword"), ("a.doc", ODT, "application/msword"),
    ("a.rtf", DOCX, "application/rtf"), ("a.rtf", OLE, "application/rtf"), ("a.odt", ODT, "application/zip"),
    ("a.xls", SHEET, "application/vnd.ms-excel"), ("a.xls", XML, "application/vnd.ms-excel"),
    ("a.xls", DOCX, "application/vnd.ms-excel"), ("a.csv", DOCX, "text/csv"), ("a.csv", OLE, "text/csv"),
    ("a.csv", DOCX, "application/vnd.ms-excel"), ("a.csv", HTML, "text/csv"),
    ("a.jpg", PNG, "image/jpg"), ("a.jpg", WEBP, "image/jpeg"), ("a.jpg", HEIC, "image/jpeg"),
    ("a.heic", HEIC, "image/jpeg"), ("a.heic", JPEG, "image/heic"), ("a.mp4", MOVIE, "video/mp4"),
    ("a.m4a", MOVIE, "audio/mp4"), ("a.wav", WAVE, "video/x-msvideo"), ("a.mp3", HEIC, "audio/mpeg"),
    ("a.pdf", PDF, "application/x-pdf"), ("a.pdf", PDF, "text/plain"), ("a.pdf", JPEG, "application/pdf"),
    ("a.pdf", RTF, "application/pdf"), ("a.zip", ZIP, "application/x-zip-compressed"),
    ("a.zip", ZIP, "multipart/x-zip"), ("a.cdr", ZIP, "image/x-coreldraw"), ("a.fla", OLE, "video/x-flash"),
    ("a.mscz", ZIP, "audio/x-musescore"), ("a.mxl", ZIP, "audio/vnd.recordare"),
    ("plan.dwf", b"(DWF V06.00)" + ZIP, "drawing/x-dwf"), ("a.txt", KOREAN, "text/plain"),
    ("smime.p7s", PKCS7, "application/x-pkcs7-signature"), ("smime.p7m", PKCS7, "application/pkcs7-mime"),
    ("signature.asc", PGP, "application/pgp-signature"), ("signature.asc", PGP, "application/octet-stream"),
    ("invite.ics", CALENDAR, "text/calendar"), ("invite.ics", CALENDAR, "application/ics"),
    ("me.vcf", CARD, "text/x-vcard"), ("a.eml", b"From: a@b.example\r\n\r\nHello\r\n", "text/plain"),
    ("google.com!b.example!1700000000!1700086399.zip", zip_of({"google.com!b.example!1!2.xml": XML}), "application/zip"),
    ("a.example!b.example!1!2.xml.gz", gzip_of(XML, "a.example!b.example!1!2.xml"), "application/gzip"),
    ("a.xml.gz", gzip_of(XML), "text/xml"), ("a.json.gz", gzip_of(b"{}"), "application/tlsrpt+json"),
    ("google.com!b.example!1700000000!1700086399!001.json.gz", gzip_of(b"{}"), "application/tlsrpt+gzip"))
def test_b76_senders_err(case):
    """Names and types that do not fit, as ordinary programs write them, and nothing that hides."""
    name, content, declared = case
    clean(content, "-n", name, "-t", declared)


def test_declared_without_a_name():
    found(TEXT, "executable", options=["-t", "application/x-msdownload"])
    clean(TEXT, "-t", "application/x-msdownload", "-n", "a.txt")
    clean(TEXT, "-t", "application/octet-stream")


def test_text_in_place_is_left_alone():
    clean(b"MZ\x90\0" + bytes(100), "-b")
    clean(b"[InternetShortcut]\r\nURL=x\r\n", "-b")


def test_found_type():
    for content, kind in ((PNG, "image/png"), (PDF, "application/pdf"), (ZIP, "application/zip"),
                          (gzip_of(TEXT), "application/gzip"), (TEXT, "text/plain"),
                          (PROGRAM, "application/vnd.microsoft.portable-executable"),
                          (b"#!/bin/sh\nls\n", "text/x-shellscript"),
                          (zip_of({"a.pdf": PDF}, method=0), "application/zip")):
        assert ask(content).parts[0]["found"] == kind, (kind, ask(content).parts)


def test_markup_that_ends_early():
    """Reads nothing behind it, as the sanitizers see."""
    whole = b"<!-- a --><?xml?><!x><job"
    for text in (whole, b"<!", b"<!-", b"<?", b"<"):
        for n in range(len(text)):
            ask(text[:n + 1])


if __name__ == "__main__":
    tap.main(globals())
