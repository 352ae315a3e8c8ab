#!/usr/bin/python3
"""Rich text: objects however they are written, templates, fields."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compound import compound, project
from documents import ask, ask_all, clean, found, tap
from test_ole import package

MACROS = compound({"VBA/" + n: s for n, s in project({"M": "Sub AutoOpen()\r\n"}).items()})


def string(text):
    return struct.pack("<I", len(text) + 1) + text + b"\0" if text else bytes(4)


def object_data(name, native, kind=2, topic=b""):
    return struct.pack("<II", 0x501, kind) + string(name) + string(topic) + string(b"") + \
        struct.pack("<I", len(native)) + native


def rtf(text, head="{\\rtf1\\ansi "):
    return (head + text + "\\par}").encode("latin-1")


def embedded(data, how="%s", before="\\objemb"):
    return rtf("{\\object%s{\\*\\objclass X}{\\*\\objdata %s}{\\result x}}" % (before, how % data.hex()))


WORD_OBJECT = object_data(b"Word.Document.8", MACROS)


def test_clean():
    clean(rtf("Hello {\\b world}{\\*\\generator Word;}{\\pict\\pngblip 89504e47}{\\field{\\*\\fldinst HYPERLINK "
              '"https://a.example/"}{\\fldrslt x}}{\\*\\template C:\\\\Templates\\\\x.dot}'))


def test_object():
    report = found(embedded(WORD_OBJECT), "rtf_object", "macro", "macro_autorun", within="Word.Document.8")
    assert len(report.parts) == 2, report.parts


@tap.cases("{\\rt", "{\\rtf", "{\\rtvpn1", "  \r\n{\\rtf1", "{\\RTF1")
def test_head(head):
    found(rtf("{\\object{\\*\\objdata %s}}" % WORD_OBJECT.hex(), head), "rtf_object", "macro", "macro_autorun")


def between(text, every=7):
    data = WORD_OBJECT.hex()
    return text.join(data[i:i + every] for i in range(0, len(data), every))


@tap.cases(("lines", "\r\n"), ("spaces", " \t "), ("other signs", "?-z"), ("controls", "\\b0 "), ("empty groups", "{}"),
           ("ignored groups", "{\\*\\abc xyz}"), ("ignored digits", "{\\*\\abc 1234}"), ("hex characters", "\\'41"),
           ("empty binary", "\\bin0 "), ("long word", "\\" + "a" * 300 + " "), ("upper case", ""))
def test_obfuscated(case):
    data = between(case[1]).upper() if case[0] == "upper case" else between(case[1])
    found(rtf("{\\object{\\*\\objdata " + data + "}}"), "rtf_object", "macro", "macro_autorun")


def test_nested():
    found(rtf("{\\object{\\*\\objdata{{{" + WORD_OBJECT.hex() + "}}}}}"), "rtf_object", "macro", "macro_autorun")
    found(rtf("{\\object{\\*\\x{\\*\\objdata " + WORD_OBJECT.hex() + "}}}"), "rtf_object", "macro", "macro_autorun")
    found(rtf("{" * 3000 + "\\object\\objdata " + WORD_OBJECT.hex()), "rtf_object", "macro", "macro_autorun")


def test_binary():
    text = b"{\\rtf1{\\object{\\*\\objdata " + WORD_OBJECT[:20].hex().encode() + b"\\bin%d " % len(WORD_OBJECT[20:]) + \
        WORD_OBJECT[20:] + b"}}}"
    found(text, "rtf_object", "macro", "macro_autorun")


def test_odd_digit():
    found(embedded(WORD_OBJECT, "0%s"), "rtf_object", "macro", "macro_autorun")


def test_binary_picture_with_brackets():
    clean(b"{\\rtf1{\\pict\\bin9 {{{{\\obj}}}} text}")
    found(b"{\\rtf1{\\pict\\bin9 }}}}}}}}}}{\\object{\\*\\objdata " + WORD_OBJECT.hex().encode() + b"}}}",
          "rtf_object", "macro", "macro_autorun")


def test_package():
    native = package("run.txt", b"hello")[4:]
    report = found(embedded(object_data(b"Package", native)), "rtf_object")
    assert report.parts[1]["name"] == "run.txt" and report.parts[1]["size"] == 5, report.parts


def test_equation():
    found(embedded(object_data(b"Equation.3", bytes(100)), before="\\objemb\\objupdate"), "rtf_object",
          within='"Equation.3", updated when opened')


def test_linked():
    found(embedded(object_data(b"Word.Document.8", b"", 1, b"http://a.example/x.doc")), "rtf_object", "external_link")
    found(embedded(object_data(b"Word.Document.8", b"", 1, b"C:\\x.doc")), "rtf_object")


def test_object_without_data():
    clean(rtf("{\\object\\objemb{\\*\\objdata }{\\result x}}"))


def test_damaged_data():
    found(embedded(b"\1\5"), "rtf_object")
    found(embedded(bytes(20) + MACROS), "rtf_object", "macro", "macro_autorun")


def test_data_store_is_ordinary():
    empty = compound({"properties": b"x"})
    clean(rtf("{\\*\\datastore " + object_data(b"Msxml2.SAXXMLReader.6.0", empty).hex() + "}"))


def test_control():
    found(rtf("{\\object\\objocx{\\*\\objdata %s}}" % WORD_OBJECT.hex()), "rtf_object", "activex", "macro", "macro_autorun")


@tap.cases("http://a.example/t.dot", "\\\\\\\\a.example\\\\t.dot", "h\\'74tp://a.example/", "\\u104?ttps://a.example/",
           "{h}{tt}p://a.example/", "\\u-65432?ttp://a.example/")
def test_template(target):
    found(rtf("{\\*\\template %s}" % target), "remote_template")


def test_local_template():
    clean(rtf("{\\*\\template Normal.dot}{\\*\\template \\\\\\\\server\\\\x.dot}"))


@tap.cases("DDEAUTO c:\\\\\\\\cmd.exe x", "{DDE}{AUTO a b}", "\\'44DE a b", "{\\b D}\\b0 DE a b", "IF {\\field{\\*\\fldinst DDE a b}} x")
def test_dde(text):
    found(rtf("{\\field{\\*\\fldinst{%s}}{\\fldrslt x}}" % text), "dde")


@tap.cases("PAGE", "HYPERLINK \"http://a.example/\"", "DDEX a", "INCLUDEPICTURE \"http://a.example/x.png\"")
def test_ordinary_fields(text):
    clean(rtf("DDE {\\field{\\*\\fldinst{%s}}{\\fldrslt DDE a b}}" % text))


def test_damaged():
    whole = embedded(WORD_OBJECT)
    ask_all([whole[:n] for n in range(0, len(whole), len(whole) // 100)])
    for text in ("\\bin-5 ", "\\bin99999999999 ", "\\'", "\\'zz", "\\u", "}" * 500, "\\", "{\\*"):
        found(rtf(text + "{\\object{\\*\\objdata " + WORD_OBJECT.hex() + "}}"), "rtf_object", "macro", "macro_autorun")


def test_deep_groups_take_no_time():
    assert ask(rtf("{\\*\\objdata " + "{\\*\\a 12" * 300000)).microseconds < 3000000


if __name__ == "__main__":
    tap.main(globals())
