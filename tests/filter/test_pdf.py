#!/usr/bin/python3
"""PDF: scripts, actions, embedded files, however they are written and wherever they stand."""
import base64
import hashlib
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ciphers import aes, rc4
from compound import compound, project
from documents import ask, ask_all, clean, found, tap

SCRIPT = "app.alert\\(1\\)"
PAGES = ["<< /Type /Catalog /Pages 2 0 R %s >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Annots [%s] >>"]


def stream(data, entries="", length=None):
    return b"<< %s /Length %d >>\nstream\n" % (entries.encode(), len(data) if length is None else length) + \
        data + b"\nendstream"


def pdf(catalog="", objects=(), annotations="", head=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", trailer=""):
    """Objects are numbered from 4 on."""
    bodies = [(PAGES[0] % catalog).encode(), PAGES[1].encode(), (PAGES[2] % annotations).encode()]
    bodies += [o if isinstance(o, bytes) else o.encode("latin-1") for o in objects]
    out, places = head, []
    for number, text in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + text + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(bodies) + 1, trailer.encode(), table)


def action(script=SCRIPT):
    return "/OpenAction << /S /JavaScript /JS (%s) >>" % script


def test_clean():
    clean(pdf("/OpenAction [3 0 R /XYZ null null 0] /AcroForm << /Fields [] /NeedAppearances true >> "
              "/AA << /WC << /S /GoTo /D [3 0 R /Fit] >> >>",
              [stream(zlib.compress(b"BT /F1 12 Tf (Hello /JavaScript) Tj ET"), "/Filter /FlateDecode")],
              "<< /Subtype /Link /A << /S /URI /URI (https://a.example/?javascript:) >> >>"))


def test_text_about_scripts_is_ordinary():
    clean(pdf("/Title (/S /JavaScript /JS (app.alert) /Launch)", ["(/S /Launch)"]) + b"%/S /Launch\n")


def test_script():
    found(pdf(action()), "pdf_javascript", within="app.alert(1)")
    found(pdf("/AA << /O << /S /JavaScript /JS (%s) >> >>" % SCRIPT), "pdf_javascript")
    found(pdf("/Names << /JavaScript << /Names [(x) << /S /JavaScript /JS (%s) >>] >> >>" % SCRIPT),
          "pdf_javascript")


@tap.cases("/#4a#53 (%s)", "/J#53(%s)", "/JS\r\n%%comment\n(%s)", "/JS<6170702e616c6572742831293b>%.0s",
           "/JS (app.al\\\r\nert\\0501\\051)%.0s", "/JS <feff006100700070002e0061006c006500720074>%.0s", "/A 1 /B 2 0 R /JS (%s)")
def test_spellings(how):
    found(pdf("/OpenAction << /#53 /Java#53cript %s >>" % (how % SCRIPT)), "pdf_javascript")


def test_script_in_an_object():
    reference = "/OpenAction << /S /JavaScript /JS 4 0 R >>"
    found(pdf(reference, ["(%s)" % SCRIPT]), "pdf_javascript")
    found(pdf(reference, [stream(b"app.alert(1)")]), "pdf_javascript")
    found(pdf(reference, [stream(zlib.compress(b"app.alert(1)"), "/Filter /FlateDecode")]), "pdf_javascript",
          within="app.alert(1)")
    found(pdf(reference, [stream(b"x", "/Filter /Foo")]), "pdf_javascript", within="cannot be read")


def runs(data):
    return b"".join(b"\0" + bytes([c]) for c in data) + b"\x80"


def lzw(data):
    """Clear, then letters only: nine bits each while few codes are known."""
    bits = "".join(format(c, "09b") for c in [256] + list(data[:200]) + [257])
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


@tap.cases(("ASCIIHexDecode", lambda d: d.hex().encode() + b">"), ("AHx", lambda d: d.hex().encode()),
           ("ASCII85Decode", lambda d: base64.a85encode(d) + b"~>"), ("RunLengthDecode", runs), ("LZWDecode", lzw),
           ("Fl", zlib.compress))
def test_filters(case):
    reference = "/OpenAction << /S /JavaScript /JS 4 0 R >>"
    found(pdf(reference, [stream(case[1](b"app.alert(1)"), "/Filter /" + case[0])]), "pdf_javascript",
          within="app.alert(1)")
    twice = base64.a85encode(case[1](b"app.alert(1)")) + b"~>"
    found(pdf(reference, [stream(twice, "/Filter [/ASCII85Decode /%s]" % case[0])]), "pdf_javascript",
          within="app.alert(1)")


def objects(*bodies, first=4, entries="/Type /ObjStm", predict=False):
    head, body = "", ""
    for i, text in enumerate(bodies):
        head += "%d %d " % (first + 10 + i, len(body))
        body += text + " "
    raw = (head + body).encode("latin-1")
    extra = ""
    if predict:
        lines = [raw[i:i + 10].ljust(10) for i in range(0, len(raw), 10)]
        before = bytes(10)
        out = b""
        for line in lines:
            out += b"\x02" + bytes((a - b) & 255 for a, b in zip(line, before))
            before = line
        raw, extra = out, "/DecodeParms << /Predictor 12 /Columns 10 >>"
    return stream(zlib.compress(raw), "%s /N %d /First %d /Filter /FlateDecode %s"
                  % (entries, len(bodies), len(head), extra))


@tap.cases(("plain", {}), ("predicted", {"predict": True}), ("without type", {"entries": ""}))
def test_stream_of_objects(case):
    dictionary = "<< /S /JavaScript /JS (%s) >>" % SCRIPT
    found(pdf("", [objects("<< /Type /Page >>", dictionary, **case[1])]), "pdf_javascript")
    found(pdf("/OpenAction << /S /JavaScript /JS 15 0 R >>", [objects("<< >>", "(%s)" % SCRIPT, **case[1])]),
          "pdf_javascript", within="app.alert(1)")
    clean(pdf("", [objects("<< /Type /Page >>", "[1 2 3]", **case[1])]))


def test_replaced_object():
    """What an update replaced, and what the table does not know."""
    found(pdf() + b"7 0 obj << /S /Launch /F (calc.exe) >> endobj\n", "pdf_launch")
    found(pdf("/OpenAction << /S /JavaScript /JS 4 0 R >>", ["(AFNumber_Format\\(2\\))"]) +
          b"4 0 obj (%s) endobj" % SCRIPT.encode(), "pdf_javascript")


def test_head_elsewhere():
    found(pdf(action(), head=b"junk\r\n" * 100 + b"%PDF-1.4\n"), "pdf_javascript")


@tap.cases(b"(", b"((((", b"<", b"<< /A (", b"<< /A <", b"[ << ", b"9 0 obj << /L 3 >> stream\n", b"(a\\", b"% x", b"9 0 obj (",
           b"9 0 obj << /Length 45 >> stream\n")
def test_object_that_is_passed_over(before):
    """Readers find it by the table of places, whatever stands before it."""
    whole = pdf("/OpenAction 4 0 R", [action(), stream(b"x")])
    if before == b"% x":
        before += b"\r"
    found(whole.replace(b"4 0 obj", before + b"\n4 0 obj"), "pdf_javascript", within="app.alert(1)")


def test_objects_in_one_another():
    report = ask(pdf("", [stream(b"x")]) + b"1 0 obj (" * 50000)
    assert report.rules == {"cannot_inspect"} and report.microseconds < 3000000, report
    clean(pdf("", [stream(b"x")]) + b"1 0 obj null endobj " * 5000)


def test_stream_that_hides_objects():
    hidden = b"\nendstream\nendobj\n9 0 obj << /S /Launch /F (x) >> endobj\n"
    found(pdf("", [stream(hidden, length=len(hidden))]), "pdf_launch")
    found(pdf("", [stream(b"x", length=99999999), "<< /S /Launch /F (x) >>"]), "pdf_launch")


@tap.cases('AFNumber_Format(2, 0, 0, 0, "", true);', "AFDate_KeystrokeEx\\('dd.mm.yyyy'\\)", "this.print({bUI: true});",
           'AFSimple_Calculate("SUM", new Array ("a", "b"));', "AFRange_Validate(true, 0, true, 100);\\nAFPercent_Format(1, 0);", "")
def test_ordinary_scripts(script):
    clean(pdf("", ["<< /FT /Tx /AA << /F << /S /JavaScript /JS (%s) >> >> >>" % script.replace("(", "\\(").replace(")", "\\)")
                   .replace("\\\\", "\\")]))


@tap.cases("AFNumber_Format(app.alert(1))", "AFx(1);eval(x)", "this.exportDataObject({cName:1})", "print(eval(x))")
def test_no_ordinary_scripts(script):
    found(pdf("", ["<< /S /JavaScript /JS (%s) >>" % script]), "pdf_javascript")


def test_launch():
    found(pdf("/OpenAction << /S /Launch /Win << /F (cmd.exe) /P (/c calc) >> >>"), "pdf_launch", within="cmd.exe")
    found(pdf("/OpenAction << /F (run.exe) /S /L#61unch >>"), "pdf_launch", within="run.exe")
    found(pdf("/OpenAction << /S /Launch /F 4 0 R >>", ["<< /Type /Filespec /F (a.pdf) /UF (run.exe) >>"]), "pdf_launch",
          within="run.exe")
    found(pdf("/OpenAction << /S /Launch /F 4 0 R >>", ["(run.exe)"]), "pdf_launch", within="run.exe")
    found(pdf("/OpenAction << /S /Launch /F 9 0 R >>"), "pdf_launch")
    found(pdf("/OpenAction << /S /Launch /F 4 0 R >>", ["<< /Type /Filespec >>"]), "pdf_launch")
    found(pdf("/OpenAction << /S /Launch /F (a.pdf) /Win << /F (cmd.exe) >> >>"), "pdf_launch", within="cmd.exe")
    found(pdf("/OpenAction << /S /Launch /F (//a.example/a.pdf) >>"), "pdf_launch")
    found(pdf("/OpenAction << /S /Launch >>"), "pdf_launch")
    for way in ("/Win << /F (cmd.exe) >> /F (a.pdf)", "/F (cmd.exe) /F (a.pdf)", "/F 4 0 R /UF (cmd.exe)", "/Win 4 0 R /F (a.pdf)",
                "/F << /F (cmd.exe) >>"):
        found(pdf("/OpenAction << /S /Launch %s >>" % way, ["(a.pdf)"]), "pdf_launch")


def test_launch_of_another_pdf():
    clean(pdf("/A << /S /Launch /F (chapter2.pdf) >>"))
    clean(pdf("/A << /S /Launch /NewWindow true /F 4 0 R >>", ["<< /F (toolkit\\056pdf) /Type /Filespec >>", "(x.exe)"]))


def test_links():
    found(pdf("", ["<< /S /URI /URI (javascript:alert\\(1\\)) >>"]), "pdf_javascript")
    found(pdf("", ["<< /S /URI /URI (ms-msdt:/id) >>"]), "pdf_launch")
    found(pdf("", ["<< /S /GoToR /F (\\\\\\\\a.example\\\\x) /D [0 /Fit] >>"]), "external_link")
    clean(pdf("", ["<< /S /GoToR /F (other.pdf) /D [0 /Fit] >>", "<< /S /URI /URI (mailto:a@b.example) >>"]))


def embedded(name, content, filter_="/FlateDecode", typed=True):
    data = zlib.compress(content) if filter_ else content
    return pdf("/Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >>", [
        "<< /Type /Filespec /F (%s) /UF (%s) /EF << /F 5 0 R /UF 5 0 R >> >>" % (name, name),
        stream(data, ("/Type /EmbeddedFile " if typed else "") + ("/Filter " + filter_ if filter_ else ""))])


MACROS = compound({"VBA/" + n: s for n, s in project({"M": "Sub Hello()\r\n"}).items()})


@tap.cases(True, False)
def test_embedded_file(typed):
    report = found(embedded("report.doc", MACROS, typed=typed), "pdf_embedded_file", "macro", within="report.doc")
    assert [f[1] for f in report.findings if f[0] == "macro"] == ["(part 0)/report.doc"]
    assert len(report.parts) == 2, report.parts


def test_embedded_without_name():
    found(pdf("/X << /EF << /F 4 0 R >> >>", [stream(MACROS, "/Type /EmbeddedFile")]), "pdf_embedded_file", "macro")
    """What nothing refers to."""
    found(pdf("", [stream(MACROS, "/Type /EmbeddedFile")]), "macro")
    clean(pdf("", [stream(b"<template/>", "/Type /EmbeddedFile")]))


@tap.cases("DOS", "Mac", "Unix")
def test_embedded_for_one_system(key):
    """As PDF 1.2 told names and files."""
    content = [stream(b"hello")]
    found(pdf("/X << /EF << /%s 4 0 R >> /%s (run.bat) >>" % (key, key), content), "pdf_embedded_file", "script", within="run.bat")


@tap.cases("factur-x.xml", "data.csv", "other.PDF", "photo.jpg")
def test_ordinary_embedded_file(name):
    report = clean(embedded(name, b"hello hello"))
    assert report.parts[1]["name"] == name


def test_ordinary_name_is_looked_into():
    found(embedded("invoice.xml", MACROS), "macro")
    found(embedded("inner.pdf", pdf(action())), "pdf_javascript")


def test_xfa():
    form = b"<xdp><template><event><script contentType='application/x-javascript'>x</script></event></template></xdp>"
    found(pdf("/AcroForm << /XFA [(template) 4 0 R] >>", [stream(zlib.compress(form), "/Filter /FlateDecode")]),
          "pdf_javascript", within="XFA")
    clean(pdf("/AcroForm << /XFA 4 0 R >>", [stream(b"<xdp><template/></xdp>")]))


# ---- encryption (7.6): written here as the standard says, with OpenSSL for the ciphers ----

PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
ID = b"0123456789abcdef"


def md5(data):
    return hashlib.md5(data).digest()


class Old:
    """Revisions 2 to 4."""

    def __init__(self, revision, password=b""):
        self.revision = revision
        n = 5 if revision == 2 else 16
        password = (password + PAD)[:32]
        key = md5(password + bytes(32) + struct.pack("<i", -4) + ID)
        for _ in range(50 if revision > 2 else 0):
            key = md5(key[:n])
        self.key = key[:n]
        user = rc4(self.key, PAD)
        if revision > 2:
            user = md5(PAD + ID)
            for i in range(20):
                user = rc4(bytes(c ^ i for c in self.key), user)
        self.entry = "/Filter /Standard /V %d /R %d /Length %d /P -4 /O <%s> /U <%s> %s" % (
            {2: 1, 3: 2, 4: 4}[revision], revision, 8 * n, bytes(32).hex(), (user + bytes(32))[:32].hex(),
            "/CF << /StdCF << /CFM /AESV2 /Length 16 >> >> /StmF /StdCF /StrF /StdCF" if revision == 4 else "")

    def encrypt(self, number, data):
        key = self.key + struct.pack("<I", number)[:3] + b"\0\0"
        size = min(len(self.key) + 5, 16)
        if self.revision < 4:
            return rc4(md5(key)[:size], data)
        fill = 16 - len(data) % 16
        return b"i" * 16 + aes(md5(key + b"sAlT")[:size], b"i" * 16, data + bytes([fill]) * fill)


class New:
    """Revisions 5 and 6."""

    def __init__(self, revision, password=b""):
        self.revision, self.key = revision, b"k" * 32
        check, salt = b"checksal", b"keysalt!"
        wrapped = aes(self.hash(password, salt), bytes(16), self.key)
        self.entry = "/Filter /Standard /V 5 /R %d /Length 256 /P -4 /O <%s> /U <%s> /UE <%s> /CF << /StdCF << /CFM /AESV3 " \
            "/Length 32 >> >> /StmF /StdCF" % (revision, bytes(48).hex(), (self.hash(password, check) + check + salt).hex(),
                                               wrapped.hex())

    def hash(self, password, salt):
        k = hashlib.sha256(password + salt).digest()
        if self.revision == 5:
            return k
        i = 0
        while True:
            e = aes(k[:16], k[16:32], (password + k) * 64)
            k = [hashlib.sha256, hashlib.sha384, hashlib.sha512][sum(e[:16]) % 3](e).digest()
            i += 1
            if i >= 64 and e[-1] <= i - 32:
                return k[:32]

    def encrypt(self, number, data):
        fill = 16 - len(data) % 16
        return b"i" * 16 + aes(self.key, b"i" * 16, data + bytes([fill]) * fill)


def encrypted(how, body, entries="", catalog="", direct=False):
    """Object 4 is an encrypted stream, object 5 says how."""
    data = how.encrypt(4, body)
    words = "/ID [<%s> <%s>] /Encrypt %s" % (ID.hex(), ID.hex(), "<< %s >>" % how.entry if direct else "5 0 R")
    return pdf(catalog, [stream(data, entries), "<< %s >>" % how.entry], trailer=words)


def inner():
    whole = objects("<< /S /JavaScript /JS (%s) >>" % SCRIPT)
    begin = whole.index(b"stream\n") + 7
    return whole[begin:-len(b"\nendstream")], "/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode"


for kind in (Old, New):
    kind.__str__ = lambda self: "revision %d" % self.revision


@tap.cases(Old(2), Old(3), Old(4), New(5), New(6))
def test_encrypted_with_empty_password(how):
    clean(encrypted(how, b"BT ET"))
    clean(encrypted(how, b"BT ET", direct=True))
    body, entries = inner()
    found(encrypted(how, body, entries), "pdf_javascript", within="app.alert(1)")
    found(encrypted(how, body, entries, direct=True), "pdf_javascript", within="app.alert(1)")
    found(encrypted(how, b"app.alert(1)", catalog="/OpenAction << /S /JavaScript /JS 4 0 R >>"), "pdf_javascript",
          within="app.alert(1)")
    clean(encrypted(how, b"this.print()", catalog="/OpenAction << /S /JavaScript /JS 4 0 R >>"))


def with_string(how, key, text, entries="/S /JavaScript", plain=False):
    """Object 6, where the string is; the others as above."""
    data = text if plain else how.encrypt(6, text)
    words = "/ID [<%s> <%s>] /Encrypt 5 0 R" % (ID.hex(), ID.hex())
    return pdf("/OpenAction 6 0 R", [stream(how.encrypt(4, b"BT ET")), "<< %s >>" % how.entry, "<< %s /%s <%s> >>" % (
        entries, key, data.hex())], trailer=words)


@tap.cases(Old(2), Old(3), Old(4))
def test_encrypted_strings(how):
    clean(with_string(how, "JS", b"AFNumber_Format(2, 0, 0, 0, '', true);"))
    found(with_string(how, "JS", b"app.alert(1)"), "pdf_javascript", within="app.alert(1)")
    found(with_string(how, "F", b"cmd.exe", "/S /Launch"), "pdf_launch", within="cmd.exe")
    found(with_string(how, "URI", b"javascript:app.alert(1)", "/S /URI"), "pdf_javascript")
    clean(with_string(how, "URI", b"https://a.example/", "/S /URI"))
    found(with_string(how, "URI", b"javascript:app.alert(1)", "/S /URI", plain=True), "pdf_javascript")


@tap.cases(New(5), New(6))
def test_strings_that_are_not_encrypted(how):
    """As the file says for all strings."""
    clean(with_string(how, "JS", b"AFNumber_Format(2, 0, 0, 0, '', true);", plain=True))
    found(with_string(how, "JS", b"app.alert(1)", plain=True), "pdf_javascript", within="app.alert(1)")


@tap.cases(Old(2, b"secret"), Old(3, b"secret"), Old(4, b"secret"), New(5, b"secret"), New(6, b"secret"))
def test_encrypted_with_password(how):
    found(encrypted(how, b"BT ET"), "encrypted_document")
    found(encrypted(how, b"BT ET", direct=True), "encrypted_document")


def test_unknown_encryption():
    found(pdf(objects=["<< /Filter /Other /V 9 >>"], trailer="/Encrypt 4 0 R"), "encrypted_document")
    found(pdf(trailer="/Encrypt 99 0 R"), "encrypted_document")


def test_bomb():
    report = ask(pdf("", [objects("[" + "0 " * 50000000 + "]")]))
    assert report.rules == {"archive_bomb"}, report


class Named(Old):
    """Revision 4 with crypt filters of its own."""

    def __init__(self, filters):
        super().__init__(4)
        self.entry = self.entry[:self.entry.index("/CF")] + filters


AES, NONE, RC4 = ("<< /CFM /%s /Length 16 >>" % how for how in ("AESV2", "None", "V2"))


@tap.cases("/StmF /Identity /StrF /A", "/StrF /A", "/StmF /N /StrF /A")
def test_streams_that_are_not_encrypted(filters):
    how = Named("/CF << /A %s /N %s >> %s" % (AES, NONE, filters))
    how.encrypt = lambda number, data: data
    body, entries = inner()
    found(encrypted(how, body, entries), "pdf_javascript", within="app.alert(1)")
    found(encrypted(how, zlib.decompress(body), "/Type /ObjStm /N 1 /First 5"), "pdf_javascript", within="app.alert(1)")


@tap.cases("", "/DecodeParms [<< /Name /Identity >> null]")
def test_stream_that_is_left_as_it_is(parameters):
    how = Old(4)
    how.encrypt = lambda number, data: data
    body, entries = inner()
    found(encrypted(how, body, entries.replace("/FlateDecode", "[/Crypt /FlateDecode]") + parameters), "pdf_javascript",
          within="app.alert(1)")


@tap.cases("/A %s /B %s" % (AES, RC4), "/B %s /A %s" % (RC4, AES))
def test_several_crypt_filters(filters):
    body, entries = inner()
    found(encrypted(Named("/CF << %s >> /StmF /A /StrF /B" % filters), body, entries), "pdf_javascript", within="app.alert(1)")


def test_packed_in_doubt():
    """Some readers take the first of two lists, some the last; we do not know which."""
    whole = objects("<< /S /JavaScript /JS (%s) >>" % SCRIPT)
    found(pdf("", [whole.replace(b"/Filter /FlateDecode", b"/Filter /FlateDecode /Filter /FlateDecode")]), "cannot_inspect",
          within="packed")
    found(pdf("", [stream(b"x", "/Filter [%s]" % (9 * "/ASCIIHexDecode "))]), "cannot_inspect", within="packed")


def test_second_name_of_a_file():
    found(pdf("/Names << /EmbeddedFiles << /Names [(a) << /F (a.txt) /EF << /F 4 0 R >> >> "
              "(b) << /F (b.exe) /EF << /F 4 0 R >> >>] >> >>", [stream(b"x", "/Type /EmbeddedFile")]), "pdf_embedded_file",
          within="b.exe")


def test_more_than_is_looked_at():
    found(pdf("", [objects("<< >>")]) + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, objects("<< >>")) for n in range(100, 4200)),
          "cannot_inspect", within="too many streams")
    found(pdf() + b"".join(b"%d 0 obj << /JS %d 0 R >> endobj\n" % (n, n) for n in range(100, 66000)), "cannot_inspect",
          within="too many scripts")
    found(pdf() + b"9 0 obj " + b"<< /Next " * 70 + b"<< /S /Launch /F (x) >>" + b">>" * 70 + b" endobj", "cannot_inspect",
          "pdf_launch", within="too many dictionaries")


def test_wanted_often():
    """What is large and wanted many times is read once."""
    many = "".join("<< /S /JavaScript /JS 4 0 R >> << /S /Launch /F 5 0 R >> << /XFA 4 0 R >>" for _ in range(3000))
    large = stream(b"this.print();" * 700000)
    whole = pdf("", [large, "<< %s >>" % ("/F (a.pdf)" * 300000), "[%s]" % many])
    assert ask(whole).microseconds < 10000000
    inside = b"".join(b"%d 0 obj << /F (a.pdf) " % n for n in range(100, 4000))
    ask(pdf() + b"".join(b"<< /S /Launch /F %d 0 R >>" % n for n in range(100, 4000)) + inside + b"/F (a.pdf)" * 200000)


@tap.cases("<x:script contentType='application/x-javascript'>", "<script name='%s' contentType='text/javascript'>" % (300 * "n"),
           "<script contentType='application/x-java&#115;cript'>")
def test_spellings_in_xfa(begin):
    form = "<?xml version='1.0'?><xdp><template><event>%sx</script></event></template></xdp>" % begin
    for charset in ("utf-8", "utf-16"):
        found(pdf("/AcroForm << /XFA 4 0 R >>", [stream(form.encode(charset))]), "pdf_javascript", within="XFA")


def test_damaged():
    whole = pdf(action(), [objects("<< /S /JavaScript /JS (x) >>"), stream(b"abc")])
    ask_all([whole[:n] for n in range(0, len(whole), 7)])
    for text in (b"<<" * 100000, b"[" * 100000, b"(" * 100000, b"/JS 1 0 R " * 10000, b"<< /EF << /F 1 0 R >> >>" * 5000,
                 b"1 0 obj << /N 9 /First 3 >> stream " * 3000):
        assert ask(b"%PDF-1.4\n" + text).microseconds < 5000000


if __name__ == "__main__":
    tap.main(globals())
