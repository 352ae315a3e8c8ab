#!/usr/bin/python3
"""Compound files: macros, objects, encryption in the old Office formats. All specimens are harmless."""
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compound import compound, compress, guid, pcode, project
from documents import ask, ask_all, clean, found, tap

ATTRIBUTES = 'Attribute VB_Name = "ThisDocument"\r\nAttribute VB_Base = "0{00020906}"\r\n'
HELLO = 'Sub Hello()\r\n  MsgBox "hello"\r\nEnd Sub\r\n'


def document(**streams):
    """A Word document with an empty header."""
    return {"WordDocument": b"\xec\xa5\xc1\0" + bytes(5000), "1Table": bytes(4096), **streams}


def with_macros(modules, place="Macros/VBA/", **options):
    streams = project(modules, **options)
    return compound({**document(), **{place + n: s for n, s in streams.items()}})


def test_clean_document():
    clean(compound(document()))


def test_macro():
    report = found(with_macros({"Module1": ATTRIBUTES + HELLO}), "macro",
                   within="Macros/VBA/Module1")
    assert '"Hello"' in report.reason("macro"), report


def test_project_without_code_is_ordinary():
    clean(with_macros({"ThisDocument": ATTRIBUTES, "Sheet1": ATTRIBUTES + "Option Explicit\r\n\r\n"}))


def test_comments_are_no_code():
    clean(with_macros({"M": ATTRIBUTES + "' Sub AutoOpen()\r\nRem Sub AutoOpen()\r\n"},
                      pcode=pcode([30, 30])))


@tap.cases("AutoOpen", "autoopen", "Document_Open", "Workbook_Open", "Auto_Open", "AutoExec",
           "InkPicture1_Painted", "Image1_MouseMove", "Frame1_Layout", "Document_Close")
def test_autorun(name):
    source = ATTRIBUTES + HELLO + "Private Sub %s(ByVal x As Long)\r\nHello\r\nEnd Sub\r\n" % name
    found(with_macros({"ThisDocument": source}), "macro", "macro_autorun",
          within='"%s" in Macros/VBA/ThisDocument' % name)


@tap.cases("Sub _\r\n AutoOpen()", "Public\tStatic Sub\tAutoOpen", "x = 1: Sub AutoOpen()",
           "  \t sub AutoOpen : MsgBox 1 : End Sub", "Function AutoOpen()")
def test_autorun_written_otherwise(line):
    found(with_macros({"M": ATTRIBUTES + line + "\r\n"}), "macro", "macro_autorun")


@tap.cases("Sub AutoOpens()", "Sub MyAutoOpen()", "Sub CommandButton1_Click()", "Call AutoOpen",
           "' Sub AutoOpen()\r\nDim x")
def test_no_autorun(line):
    found(with_macros({"M": ATTRIBUTES + line + "\r\n"}), "macro")


def test_autorun_by_module():
    found(with_macros({"AutoExec": ATTRIBUTES + "Sub Main()\r\nEnd Sub\r\n"}), "macro", "macro_autorun")


@tap.cases("_VBA_PROJECT_CUR/VBA/", "VBA/", "Deep/Er/VBA/", "MBD0001/_VBA_PROJECT_CUR/VBA/", "Odd/Name/")
def test_place(place):
    found(with_macros({"M": ATTRIBUTES + HELLO}, place=place), "macro")


def test_long_source():
    """Several chunks of compression."""
    filler = "".join("x%d = %d\r\n" % (i, i * i) for i in range(2000))
    found(with_macros({"M": ATTRIBUTES + "Sub A()\r\n" + filler + "End Sub\r\nSub AutoOpen()\r\n"}),
          "macro", "macro_autorun")


def test_without_list_of_modules():
    streams = project({"M": ATTRIBUTES + HELLO}, pcode=bytes(100))
    streams["dir"] = b"\x01damaged"
    found(compound({"Macros/VBA/" + n: s for n, s in streams.items()}), "macro")
    del streams["dir"]
    found(compound({"Macros/VBA/" + n: s for n, s in streams.items()}), "macro")


def test_wrong_offset():
    found(with_macros({"M": ATTRIBUTES + HELLO}, pcode=bytes(100), offset=7), "macro")


def test_module_not_in_list():
    streams = project({"ThisDocument": ATTRIBUTES})
    streams["Hidden"] = compress((ATTRIBUTES + "Sub AutoOpen()\r\n").encode())
    found(compound({"Macros/VBA/" + n: s for n, s in streams.items()}), "macro", "macro_autorun")


def test_stomped():
    found(with_macros({"M": None}, pcode=pcode([4, 40, 30])), "macro", within="without source")
    found(with_macros({"M": ATTRIBUTES}, pcode=pcode([4, 40, 30])), "macro", within="without source")


def test_stomped_autorun():
    streams = project({"M": None}, pcode=pcode([4, 40, 30]))
    streams["_VBA_PROJECT"] += b"\x0d\0\0\0\x0dDocument_Open\xff\x01"
    found(compound({"Macros/VBA/" + n: s for n, s in streams.items()}), "macro", "macro_autorun")


def test_compiled_option_is_ordinary():
    clean(with_macros({"M": ATTRIBUTES + "Option Explicit\r\n"}, pcode=pcode([4])))


# ---- Excel ----

def record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


BOF = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
EOF = record(0x0A)


def sheet(name, kind=0, state=0, wide=False):
    text = name.encode("utf-16-le" if wide else "ascii")
    return record(0x85, struct.pack("<IBBBB", 0, state, kind, len(name), wide) + text)


def defined_name(name=b"\x01", builtin=True):
    return record(0x18, struct.pack("<HBBHHHI", 0x20 if builtin else 0, 0, len(name), 0, 0, 0, 0) +
                  (b"\0" + name if isinstance(name, bytes) else b"\1" + name.encode("utf-16-le")))


def workbook(*records, name="Workbook"):
    return compound({name: BOF + b"".join(records) + EOF + bytes(4200)})


def test_clean_workbook():
    clean(workbook(sheet("Table1"), sheet("Tabelle2", wide=True), sheet("Chart", 2),
                   sheet("Hidden", 0, 2), defined_name(b"\x06"), defined_name(b"Auto", False)))


@tap.cases(("shown", 0, 'Excel 4 macro sheet "Macro1"'), ("hidden", 1, "hidden Excel 4 macro"),
           ("very hidden", 2, "very hidden Excel 4 macro"))
def test_macro_sheet(case):
    found(workbook(sheet("S1"), sheet("Macro1", 1, case[1])), "macro_xlm", within=case[2])


def test_macro_sheet_wide_name_and_book():
    found(workbook(sheet("Mäcro", 1, 0, True), name="Book"), "macro_xlm", within="Mäcro")


@tap.cases(("builtin", b"\x01", True), ("written", b"Auto_Open2", False), ("close", b"\x02", True), ("wide", "Auto_Open", False))
def test_macro_sheet_autorun(case):
    found(workbook(sheet("M", 1), defined_name(case[1], case[2])), "macro_xlm", "macro_autorun")


def test_auto_open_without_macro_sheet_is_ordinary():
    clean(workbook(sheet("M"), defined_name(b"\x01")))


def test_excel_5_module():
    found(workbook(sheet("Module1", 6)), "macro")


def test_encrypted_workbook():
    found(workbook(record(0x2F, b"\x01\0" + bytes(52))), "encrypted_document")


def supbook(text):
    return record(0x1AE, struct.pack("<HHB", 0, len(text), 0) + text)


def test_workbook_dde():
    for program in (b"cmd", b"cmd.exe", b"..\\..\\system32\\cmd", b"C:/x.y/cmd"):
        found(workbook(supbook(program + b"\x03/c calc")), "dde", within="cmd")


OLD = {2: (0x009, 4), 3: (0x209, 6), 4: (0x409, 6), 5: (0x809, 8)}


def old_workbook(version, kind, *records):
    """Excel 2 to 4 write nothing but records; Excel 5 reads a file that is so."""
    sign, size = OLD[version]
    return record(sign, struct.pack("<HH", version << 8, kind) + bytes(size - 4)) + b"".join(records) + EOF


def old_name(version, name, builtin=False):
    if version == 2:
        return record(0x18, struct.pack("<BBBBB", 0, 2, 0, len(name), 0) + name)
    flags = struct.pack("<HBBH", 0x20 if builtin else 0, 0, len(name), 0)
    return record(0x18, flags + bytes(8) + name) if version == 5 else record(0x218, flags + name)


@tap.cases(2, 3, 4, 5)
def test_workbook_without_container(version):
    clean(old_workbook(version, 0x10, old_name(version, b"Auto_Open")))
    found(old_workbook(version, 0x40), "macro_xlm")
    found(old_workbook(version, 0x40, old_name(version, b"Auto_Open")), "macro_xlm", "macro_autorun")
    if version > 2:
        found(old_workbook(version, 0x40, old_name(version, b"\1", True)), "macro_xlm", "macro_autorun")
    found(old_workbook(version, 0x10, record(0x17, b"\x0bcmd\x03/c calc")), "dde", within="cmd")
    clean(old_workbook(version, 0x10, record(0x17, b"\x09\x01book.xls"), record(0x17, b"\1\4")))
    clean(record(OLD[version][0], struct.pack("<HH", 0, 0x7777) + bytes(4)) + record(0x85, bytes(5) + b"\1\1\1x"))


def test_macro_sheet_in_a_workbook_of_excel_4():
    sheet_within = old_workbook(4, 0x40)
    found(old_workbook(4, 0x100, record(0x8E, struct.pack("<I", 12)), sheet_within), "macro_xlm")


@tap.cases(("ole", b"Word.Document.8\x03C:\\x.doc"), ("file", b"\x01\x01Cbook.xls"))
def test_workbook_links_are_ordinary(case):
    clean(workbook(supbook(case[1]), record(0x1AE, b"\x03\0\x01\x04")))


# ---- Word ----

def word(flags=0, text=b"", template="", table="0Table"):
    head = bytearray(5000)
    head[:4] = b"\xec\xa5\xc1\0"
    struct.pack_into("<H", head, 10, flags)
    struct.pack_into("<II", head, 0x19A, 64, 400)
    strings = b"\xff\xff\x12\0\0\0" + b"\0\0" + struct.pack("<H", len(template)) + \
        template.encode("utf-16-le")
    return compound({"WordDocument": bytes(head) + text, table: bytes(64) + strings + bytes(5000)})


def word_6(commands, sign=b"\xdc\xa5"):
    """A document of Word 6 or 95, whose table of commands stands behind its text."""
    head = bytearray(5000)
    head[:4] = sign + b"\x65\0"
    struct.pack_into("<II", head, 0x118, len(head), len(commands))
    return compound({"WordDocument": bytes(head) + commands})


def commands(*macros, before=b""):
    entries = b"".join(b"\x55" + bytes([i]) * 23 for i in range(len(macros)))
    names = b"".join(struct.pack("<HB", i, len(name)) + name + b"\0" for i, name in enumerate(macros))
    return b"\xff" + before + b"\x01" + struct.pack("<H", len(macros)) + entries + b"\x11" + \
        struct.pack("<H", len(macros)) + names + b"\x40"


KEYS = b"\x03\2\0" + bytes(28) + b"\x02\1\0" + bytes(4)


def test_word_6_macros():
    found(word_6(commands(b"Payload")), "macro", within="1 macro of Word 6")
    found(word_6(commands(b"AutoOpen", b"Payload")), "macro", "macro_autorun", within="2 macros")
    found(word_6(commands(b"FileSaveAs", b"AutoExec", before=KEYS)), "macro", "macro_autorun")


@tap.cases(b"", b"\xff\x40", commands(), b"\xff" + KEYS + b"\x40", b"\xff\x03\xff\xff", b"\0\x01\1\0" + bytes(24))
def test_word_6_without_macros(table):
    clean(word_6(table))
    clean(word_6(commands(b"AutoOpen"), sign=b"\xec\xa5"))


def test_word_encrypted():
    found(word(0x100), "encrypted_document")


@tap.cases(("8 bit", b"\x13 DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe \"/k calc\" \x14!\x15"),
           ("utf-16", "\x13DDE cmd \"/k\"\x15".encode("utf-16-le")),
           ("behind spaces", b"\x13" + 2000 * b" " + b"DDE a b\x15"),
           ("nested", b"\x13 IF 1 = 1 \x13 ddeauto x y \x15\x15"),
           ("after another", b"\x13 PAGE \x14 1\x15 text \x13  DDE a b\x14\x15"))
def test_word_dde(case):
    found(word(text=case[1]), "dde", within="DDE" if case[0] != "nested" else "dde")


@tap.cases(("words", b"the DDE protocol and DDEAUTO"), ("other", b"\x13 HYPERLINK \"http://a.example/\" \x14x\x15"),
           ("picture", b"\x13 INCLUDEPICTURE \"https://a.example/x.png\" \x14x\x15"), ("local", b"\x13 LINK Excel.Sheet.8 C:\\\\a.xls \x15"),
           ("index", b"\x13 DDEX \x15"))
def test_word_ordinary_fields(case):
    clean(word(text=case[1]))


def test_word_include():
    found(word(text=b"\x13 INCLUDETEXT \"http://a.example/x.doc\" \x15"), "external_link")
    found(word(text=b"\x13 INCLUDEPICTURE \"\\\\\\\\a.example\\\\x.png\" \x15"), "external_link")


@tap.cases("http://a.example/x.dot", "\\\\198.51.100.1\\x\\y.dot", "HTTPS://a.example/x.dotm")
def test_word_template(template):
    found(word(template=template), "remote_template")
    found(word(0x200, template=template, table="1Table"), "remote_template")


@tap.cases("C:\\Users\\x\\Normal.dot", "Normal", "", "\\\\server\\templates\\letter.dot")
def test_word_local_template(template):
    clean(word(template=template))


# ---- PowerPoint ----

def ppt_record(kind, data, version=0, instance=0):
    return struct.pack("<HHI", version | instance << 4, kind, len(data)) + data


def presentation(*records, user=0xE391C05F):
    return compound({"PowerPoint Document": ppt_record(1000, b"".join(records), 15) + bytes(4200),
                     "Current User": bytes(12) + struct.pack("<I", user) + bytes(10)})


def test_clean_presentation():
    clean(presentation(ppt_record(0x0FA0, "text".encode("utf-16-le"))))


@tap.cases("deflated", "plain")
def test_presentation_macro(how):
    inner = compound({"VBA/" + n: s for n, s in project({"M": ATTRIBUTES + "Sub Auto_Open()\r\n"}).items()})
    if how == "deflated":
        stored = ppt_record(0x1011, struct.pack("<I", len(inner)) + zlib.compress(inner), 0, 1)
    else:
        stored = ppt_record(0x1011, inner)
    found(presentation(ppt_record(2000, bytes(30)), stored), "macro", "macro_autorun")


def test_encrypted_presentation():
    found(presentation(user=0xF3D1C4DF), "encrypted_document")
    found(presentation(ppt_record(0x2F14, bytes(8), 15)), "encrypted_document")


# ---- objects ----

def package(name, content, label=None):
    """As "Insert object from file" writes it."""
    raw = name.encode() + b"\0"
    path = b"C:\\Users\\x\\" + raw
    body = b"\x02\0" + (label or name).encode() + b"\0" + path + b"\0\0\x03\0"
    body += struct.pack("<I", len(path)) + path + struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(body)) + body


def test_package():
    report = found(compound(document(**{"ObjectPool/_12/\1Ole10Native": package("notes.txt", b"hello")})),
                   "embedded_object", within='"notes.txt" in ObjectPool/_12/\\1Ole10Native')
    assert [p["name"] for p in report.parts][1:] == ["notes.txt"]
    assert report.parts[1]["size"] == 5


def test_package_is_looked_into():
    inner = with_macros({"M": ATTRIBUTES + HELLO})
    report = found(compound({"\1Ole10Native": package("a.doc", inner)}), "embedded_object", "macro")
    assert [f[1] for f in report.findings if f[0] == "macro"] == ["(part 0)/a.doc"]


def test_native_data_of_a_picture_is_ordinary():
    picture = b"BM" + bytes(6000)
    clean(compound(document(**{"ObjectPool/_1/\1Ole10Native": struct.pack("<I", len(picture)) + picture})))


EDITOR, MATHTYPE = (guid("{0002CE0%d-0000-0000-C000-000000000046}" % n) for n in (2, 3))
X = b"\x12\x83x\0"  # the letter x: CHAR, its typeface, the character


def formula(records, version=3):
    """What stands in "Equation Native": the header, and MTEF records."""
    mtef = bytes([version, 1, 1, 3, 10]) + b"\x0a\x01" + records + b"\0\0"
    return struct.pack("<HIHIIIII", 28, 0x20000, 0xC1D3, len(mtef), 0, 0, 0, 0) + mtef


def matrix(rows, columns, ahead=b"\x05"):
    parts = bytes((2 * (rows + 1) + 7) // 8) + bytes((2 * (columns + 1) + 7) // 8)
    return ahead + bytes([1, 1, 1, rows, columns]) + parts + b"\x01" + X + b"\0\0"


def equation(content, name="Equation Native", clsid=EDITOR, **more):
    return compound({name: content, **more}, clsid)


@tap.cases(X, b"\x03\x0f\x02\0\x0b\x01" + X + b"\x01\0\0", b"\x08\x81\0Symbol\0" + X, b"\x08\x81\0" + 31 * b"F" + b"\0",
           matrix(2, 3), matrix(30, 30), b"\x09\x65\x20\0" + X, b"\x09\x64\x01\0\0" + X, b"\x09\x02\x80" + X, b"\x82\x81\x7f\x83y\0",
           b"\x82\x80\x80\0\1\0\1\x83y\0", b"\x41\x10\0" + X + b"\0", b"\x04\1\1" + X, b"\x22\x83x\0\x06\x05\0",
           b"\x07\x02\0\1\0\0\2\0" + X, X + b"\0\0\xef", X + b"\0\x08\1")
def test_ordinary_formula(records):
    clean(equation(formula(records)))
    clean(compound(document(**{"ObjectPool/_1/Equation Native": formula(records)})))


@tap.cases(b"\x08\x81\0" + 32 * b"F" + b"\0", b"\x08\x81\0" + 300 * b"F", X + b"\0\0" + b"\x08\x5a\x5a" + 44 * b"\x90" + b"\0",
           matrix(31, 2), matrix(2, 255), b"\x88\x81\0" + 40 * b"F" + b"\0", b"\x0f" + X, b"\x07\xff" + X)
def test_formula_that_breaks_the_editor(records):
    found(equation(formula(records)), "embedded_object", within="no ordinary formula")
    found(compound(document(**{"ObjectPool/_1/Equation Native": formula(records + bytes(4))})), "embedded_object")


def test_equation_editor_with_something_else():
    found(compound(document(**{"ObjectPool/_1/equation native": bytes(200)})), "embedded_object")
    found(compound({"x": b"y"}, EDITOR), "embedded_object")
    found(equation(formula(X), name="\1Ole10Native"), "embedded_object")
    found(equation(formula(X), **{"\1Ole10Native": bytes(9)}), "embedded_object")
    for version in (0, 1, 2, 4, 5):
        found(equation(formula(X, version)), "embedded_object")


def test_mathtype():
    clean(equation(formula(b"\x07MathType\0" * 9, 5), clsid=MATHTYPE))
    found(equation(formula(b"\x08\x81\0" + 300 * b"F"), clsid=MATHTYPE), "embedded_object")


def test_chart_is_ordinary():
    clean(compound(document(**{"ObjectPool/_1/Workbook": BOF + EOF, "ObjectPool/_1/\1Ole": bytes(20)})))


def test_control():
    found(compound(document(**{"ObjectPool/_1/\3OCXNAME": "TextBox1".encode("utf-16-le")})), "activex")


def test_linked_object():
    moniker = guid("{79EAC9E0-BAF9-11CE-8C82-00AA004BA90B}") + struct.pack("<I", 50)
    link = b"\x01\0\0\x02" + bytes(20) + moniker + "http://a.example/x.hta\0".encode("utf-16-le")
    found(compound({"\1Ole": link}), "external_link", within="http://a.example/x.hta")
    script = guid("{ECABB0C7-7F19-11D2-978E-0000F8757E2A}")
    found(compound({"\1Ole": bytes(30) + script + bytes(40)}), "external_link")


def test_encrypted_package():
    found(compound({"EncryptionInfo": b"\x04\0\x04\0" + bytes(100), "EncryptedPackage": bytes(5000)}),
          "encrypted_document")


@tap.cases("{000C1084-0000-0000-C000-000000000046}", "{000C1086-0000-0000-C000-000000000046}")
def test_installer(clsid):
    found(compound({"x": bytes(10)}, guid(clsid)), "installer")


# ---- Outlook messages ----

def message(name, content, **more):
    at = "__attach_version1.0_#00000000/__substg1.0_"
    return compound({"__substg1.0_0037001F": "subject".encode("utf-16-le"),
                     at + "3707001F": name.encode("utf-16-le"), at + "3704001E": b"SHORT~1.DOC",
                     at + "370E001E": b"Application/MSWord", at + "37010102": content, **more})


def test_message_attachment():
    report = found(message("report.doc", with_macros({"M": ATTRIBUTES + HELLO})), "macro")
    assert report.findings[0][1] == "(part 0)/report.doc"


def test_clean_message():
    clean(message("report.txt", b"hello"))


def test_attachment_in_attached_message():
    inner = "__attach_version1.0_#00000001/__substg1.0_3701000D/__attach_version1.0_#00000000/__substg1.0_"
    report = found(message("a.txt", b"x", **{inner + "37010102": with_macros({"M": HELLO}),
                                             inner + "3707001F": "b.doc".encode("utf-16-le")}), "macro")
    assert report.findings[0][1] == "(part 0)/b.doc"


# ---- damage ----

def test_damaged():
    whole = with_macros({"M": ATTRIBUTES + HELLO})
    nowhere = struct.pack("<I", 0xFFFFFF)
    found(whole[:48] + nowhere + whole[52:], "cannot_inspect")
    clean(whole[:1500])  # too small for a directory with a table
    ask_all([whole[:at] + value + whole[at + 4:] for at in range(24, 512, 4)
             for value in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x05\0\0\0")])


def test_loops():
    """A chain that leads to itself."""
    whole = bytearray(compound(document()))
    for sector in range(len(whole) // 512 - 1):
        for i in range(0, 512, 4):
            at = 512 + sector * 512 + i
            if sector == len(whole) // 512 - 2:
                struct.pack_into("<I", whole, at, i // 4)
    ask(bytes(whole))


def same_place(content, count=7):
    """Streams that share their sectors, of which each may be read."""
    whole = bytearray(compound({"0/CONTENTS": content, **{"%d/CONTENTS" % i: bytes(5000) for i in range(1, count)}}))
    name = "CONTENTS".encode("utf-16-le") + bytes(48)
    entries = [i for i in range(0, len(whole), 128) if whole[i:i + 64] == name]
    first = max(entries, key=lambda i: struct.unpack_from("<I", whole, i + 120))
    for i in entries:
        whole[i + 116:i + 124] = whole[first + 116:first + 124]
    return bytes(whole)


def test_streams_in_the_same_place():
    whole = bytes(3000000)
    for _ in range(6):
        whole = same_place(whole)
    report = ask(whole)
    assert "archive_bomb" in report.rules and report.microseconds < 10000000, (report.microseconds, report)


def test_many_storages_take_no_time():
    streams = {"S%d/VBA/dir" % i: b"\x01" for i in range(1500)}
    assert ask(compound(streams)).microseconds < 2000000


if __name__ == "__main__":
    tap.main(globals())
