#!/usr/bin/python3
"""What the names of attachments tell, however they are written (B71, B76)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from documents import ask, found, tap

TEXT = b"Nothing of interest.\r\n"


def named(names, *rules):
    options = [o for name in ([names] if isinstance(names, str) else names) for o in ("-n", name)]
    found(TEXT, *rules, options=options)


@tap.cases(
    ("run.exe", "executable"), ("RUN.ScR", "executable"), ("a.b.c.pif", "executable"),
    ("applet.jar", "executable"), ("addin.xll", "executable"),
    ("start.js", "script"), ("start.jse", "script"), ("start.vbs", "script"), ("start.wsf", "script"),
    ("start.bat", "script"), ("start.cmd", "script"), ("start.ps1", "script"),
    ("start.command", "script"), ("start.mjs", "script"),
    ("open.lnk", "shortcut"), ("open.url", "shortcut"), ("open.settingcontent-ms", "shortcut"),
    ("open.library-ms", "shortcut"), ("open.search-ms", "shortcut"), ("open.scf", "shortcut"),
    ("setup.msi", "installer"), ("setup.msix", "installer"), ("setup.apk", "installer"),
    ("setup.appinstaller", "installer"), ("setup.pkg", "installer"), ("setup.diagcab", "installer"),
    ("disk.iso", "disk_image"), ("disk.img", "disk_image"), ("disk.vhdx", "disk_image"),
    ("disk.dmg", "disk_image"), ("notes.one", "onenote"), ("notes.onepkg", "onenote"),
    ("page.hta", "html_application"), ("help.chm", "html_application"),
    ("base.ade", "blocked_name"), ("old.ace", "blocked_name"), ("query.iqy", "blocked_name"),
    ("sheet.slk", "blocked_name"), ("desk.rdp", "blocked_name"), ("keys.reg", "blocked_name"),
    ("autorun.inf", "blocked_name"), ("a.{20D04FE0-3AEA-1069-A2D8-08002B30309D}", "blocked_name"))
def test_b71_types(case):
    named(*case)


# what others refuse, without what extension.c says that it leaves out
REFUSED = {
    "Gmail": "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta "
        "img ins iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr sct "
        "shb sys vb vbe vbs vhd vxd wsc wsf wsh xll",
    "Outlook": "ade adp app appcontent-ms application appref-ms asp aspx asx bas bat bgi cab chm cmd cnt com cpl "
        "diagcab exe fxp gadget grp hlp hpj hta htc inf ins iso isp its jar jnlp js jse library-ms lnk mad "
        "maf mag mam maq mar mas mau mav maw mcf mda mdb mde mdt mdw mdz msc msh msh1 msh1xml msh2 msh2xml "
        "mshxml msi msp mst msu ops osd pcd pif plg prf prg printerexport ps1 ps1xml ps2 ps2xml psc1 psc2 "
        "psd1 psdm1 pst pyc pyo pyw pyz pyzw reg scf scr sct search-ms settingcontent-ms shb shs theme url vb "
        "vbe vbp vbs vhd vhdx vsmacros vsw webpnp website ws wsc wsf wsh xbap xll xnk",
    "rspamd": "ace ade adp app arj asp bas bat cab chm cmd cnt com cpl diagcab exe fxp gadget grp hlp hpj inf ins "
        "iso isp its jar jnlp js jse lib lnk mad maf mag mam maq mar mas mau mav maw mcf mda mdb mde mdt mdw "
        "mdz msc msh msh1 msh1xml msh2 msh2xml mshxml msi msp mst msu nsh ops osd pcd pif plg prf prg "
        "printerexport ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 pst reg scf scr sct shb shs sys theme url "
        "vb vbe vbp vbs vsmacros vsw vxd webpnp website ws wsc wsh xbap xll xnk",
    "Amavis": "ade adp app bas bat chm cmd com cpl dll exe fxp grp hlp hta inf ins isp js jse lib lnk mda mdb mde "
        "mdt mdw mdz msc msi msp mst ocx ops pcd pif prg reg scr sct shb shs sys vb vbe vbs vxd wsc wsf wsh",
    "more": "a3x ahk alz appinstaller applescript cdxml command deb deskthemepack desktop egg fileloc inetloc iqy "
        "mpkg msix one onepkg pkg qcow2 rdp rpm scpt searchconnector-ms sfx slk terminal themepack udf udl "
        "vmdk webloc wim wll wsb xla xlam xpi",
}


@tap.cases(*REFUSED)
def test_b71_what_others_refuse(who):
    extensions = REFUSED[who].split()
    known = {"executable", "script", "shortcut", "installer", "disk_image", "onenote", "html_application", "blocked_name"}
    for ext in extensions:
        for name in ("a." + ext, "A.B." + ext.upper(), "a.%s.gz" % ext):
            report = ask(TEXT, "-n", name)
            assert len(report.rules & known) == 1, (name, report)


@tap.cases("py", "pl", "sh", "ksh", "csh", "c", "patch", "crt", "cer", "der", "wmf", "emf", "ini", "mat", "tmp", "rb",
           "lua", "php", "awk", "sql", "css", "ts", "json", "yml", "toml", "csv", "xml", "xsl", "gpx", "kml", "dwg",
           "dxf", "stl", "step", "psd", "ai", "eps", "tex", "bib", "po", "mo", "ttf", "woff2", "sig", "p7s", "p7m",
           "p12", "pem", "asc", "key", "sav", "rds", "ipynb", "parquet", "sqlite", "db", "dbf", "shp", "msg", "oft")
def test_b76_what_ordinary_mail_carries(ext):
    named("a." + ext)


@tap.cases("run.exe.", "run.exe. . .", "run.exe ", "run.exe::$DATA", "readme.txt:run.exe",
           "run.exe:readme.txt", "C:\\folder\\run.exe", "folder/run.exe", "run.exe/", "..run.exe",
           "run%2Eexe", "run.%65xe", "run%252Eexe", "run.exe%20", "run%2fx.exe%00", "run.exe%00.pdf",
           '"run.exe"', "run.exe;", "run.exe\t")
def test_b71_written_otherwise(name):
    named(name, "executable")


@tap.cases("run.\rexe", "run.e\x7fxe", "run.\uff45\uff58\uff45", "run\uff0eexe", "run\u2024exe", "run\u3002exe", "run\ufe52exe",
           "run.e\u200bxe", "run.ex\ufeffe", "run.\u2060exe", "run.e\u00adxe", "run.ex\u034fe",
           "run.\U0001d41e\U0001d431\U0001d41e", "run.\u24d4\u24e7\u24d4", "run.\u1d49xe",
           "run.e\U000e0065xe", "run.\ufe0fexe")
def test_b71_other_characters(name):
    named(name, "executable", "lookalike_name")


@tap.cases("invoice.pdf.exe", "invoice.PDF .exe", "photo.jpg.scr", "song.mp3.exe", "mail.zip.exe",
           "invoice.pdf.exe.gz", "sheet.xlsx.exe ")
def test_b71_double_extension(name):
    named(name, "executable", "double_extension")


def test_b71_double_script():
    named("invoice.doc.js", "script", "double_extension")
    named("invoice.pdf.lnk", "shortcut", "double_extension")
    named("invoice.pdf.html")


@tap.cases("run.scr.xz", "run.exe.gz", "run.com.bz2", "run.exe.Z", "run.exe.zst")
def test_b76_compressed(name):
    named(name, "executable")


@tap.cases("report.2026.csv", "minutes.pdf_copy.zip", "list.csv", "v1.2.tar.gz", "exe", "exe.txt",
           "run.exe.txt", "scr", "jquery.min.css", "fix.patch", "0001-fix.diff", "tool.py", "tool.pl",
           "tool.sh", "tool.c", "server.crt", "setup.exe manual.pdf", "Re: bad.js: fix it.eml",
           "Re: offer.pdf", "100%.pdf", "50%25 off.pdf", "a.b.c.d.txt", ".bashrc", "smime.p7s",
           "invite.ics", "winmail.dat", "archive.tar.xz", "data.xml.gz", "google.com!b.example!1!2.zip",
           "\u5831\u544a\u66f8\uff0epdf", "\u8acb\u6c42\u66f8\uff08\uff14\u6708\uff09.xlsx",
           "\u041e\u0442\u0447\u0435\u0442 \u0437\u0430 2026.docx", "\u05d7\u05d5\u05d6\u05d4.pdf",
           "\u05d7\u05d5\u05d6\u05d4\u200e 2026\u200e.pdf", "\u0627\u0644\u0639\u0642\u062f.pdf",
           "caf\u00e9 na\u00efve \u00fcber.doc", "Cafe\u0301.doc", "10\u03bcm \u0394t.pdf",
           "\U0001f600 photo.jpg", "Sitzung 12. Mai.pdf", "image001.png", "c\u0447\u0435\u0442.pdf",
           "\u03a4\u03b9\u03bc\u03bf\u03bb\u03cc\u03b3\u03b9\u03bf.pdf", "a  b   c.txt", "x" * 300 + ".txt")
def test_b76_harmless(name):
    named(name)


def test_b71_every_name_counts():
    named(["ok.txt", "run.exe"], "executable")
    named(["run.exe", "ok.txt"], "executable")
    named(["a.txt", "b.txt", "c.lnk", "d.js"], "shortcut", "script")
    named(["a.txt", "b.pdf"])


@tap.cases("invoice_\u202efdp.txt", "a\u202db.txt", "a\u2067b.txt", "\u202aabc.pdf")
def test_b71_order(name):
    named(name, "bidi_name")


def test_b71_order_hides():
    named("invoice\u202efdp.exe", "bidi_name", "executable")


@tap.cases("inv\u043eice.pdf", "P\u0430yPal.pdf", "\u0441ontract.pdf", "doc\u03bfment.txt")
def test_b71_mixed_scripts(name):
    named(name, "lookalike_name")


@tap.cases("run.\u0435x\u0435", "run.\u0435\u0445\u0435", "mail.\u0440df", "run.\u0455\u0441r", "run.\u00e9xe")
def test_b71_drawn_extension(name):
    named(name, "lookalike_name")


@tap.cases("invoice.pdf" + " " * 60 + ".exe", "invoice.pdf" + "\u00a0" * 30 + ".exe",
           "invoice.pdf" + "\u2800" * 30 + ".exe", "invoice.pdf" + "\u3164" * 30 + ".exe",
           "invoice.pdf" + "\u200b " * 30 + ".exe")
def test_b71_padding(name):
    report = ask(TEXT, "-n", name)
    assert {"padded_name", "executable"} <= report.rules, report


def test_b71_unreadable():
    named("run.\ufffd\ufffd", "unreadable_name")
    named("\ufffd\ufffd\ufffd.txt")


@tap.cases("a.7z.002", "a.zip.001", "a.r00", "a.r99", "a.z01", "a.tar.gz.003")
def test_volumes(name):
    named(name, "cannot_inspect")


@tap.cases("a.001", "report.2026.001", "list.100", "z01", "a.z1")
def test_no_volumes(name):
    named(name)


def test_b71_path():
    named("../../readme.txt", "blocked_name")
    named("folder\\..\\..\\readme.txt", "blocked_name")
    named("readme:..\\..\\start", "blocked_name")
    named("%2e%2e/readme.txt", "blocked_name")
    named("more.../readme..txt")


def test_b71_message_named_by_its_subject():
    content = b"From: a@b.example\r\n\r\nHello\r\n"
    assert not ask(content, "-n", "Your order at shop.com", "-t", "message/rfc822").rules
    assert ask(content, "-n", "Your order at shop.com", "-t", "text/plain").rules == {"executable"}


def test_b71_long_names_end_in_time():
    report = ask(TEXT, "-n", "%25" * 30000 + ".exe")
    assert report.rules == {"executable"}, report
    assert report.microseconds < 1000000, report.microseconds


if __name__ == "__main__":
    tap.main(globals())
