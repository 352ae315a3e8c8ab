#!/usr/bin/python3
"""OneNote, shortcuts, help files, sheets that are texts."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compound import compound, guid, project
from documents import ask, ask_all, clean, found, tap

MACROS = compound({"VBA/" + n: s for n, s in project({"M": "Sub Hello()\r\n"}).items()})


# ---- OneNote ----

SECTION = guid("{7B5C52E4-D88C-4DA7-AEB1-5378D02996D3}")


def stored(content, length=None):
    return guid("{BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}") + \
        struct.pack("<QIQ", len(content) if length is None else length, 0, 0) + content + bytes(30)


def test_notebook():
    found(SECTION + bytes(1000), "onenote", within="a notebook")
    found(guid("{43FF2FA1-EFD9-4C76-9EE2-10EA5722765F}") + bytes(1000), "onenote")


def test_files_in_a_notebook():
    report = found(SECTION + bytes(1000) + stored(b"hello") + stored(MACROS), "onenote", "macro", within="2 embedded files")
    assert [p["size"] for p in report.parts[1:]] == [5, len(MACROS)], report.parts
    found(SECTION + bytes(1000) + stored(MACROS, 1 << 60), "onenote", "macro")


def test_files_in_one_another():
    report = found(SECTION + stored(b"", 1 << 60)[:36] * 200000, "onenote", "archive_bomb")
    assert len(report.parts) < 100, len(report.parts)


def named(name, before=((0x10001C02, struct.pack("<H", 7)),), after=((0x14001C01, bytes(4)),)):
    """The object that tells an embedded file's name: a count, what the properties are, their data."""
    text = (name + "\0").encode("utf-16-le")
    properties = [*before, (0x1C001D9C, struct.pack("<I", len(text)) + text), *after]
    return bytes(50) + struct.pack("<H", len(properties)) + b"".join(struct.pack("<I", p) for p, _ in properties) + \
        b"".join(data for _, data in properties) + bytes(9)


BEFORE = [(0x88001C04, b""), (0x20001D5B, b""), (0x08001C05, b""), (0x18001C03, bytes(8)), (0x1C001D9D, struct.pack("<I", 6) + b"C\0:\0\\\0"),
          (0x24001C20, bytes(4))]


def test_names_of_files_in_a_notebook():
    report = found(SECTION + bytes(1000) + stored(b"echo") + named("run.cmd") + named("notes.txt"), "onenote", "script")
    assert [p["name"] for p in report.parts[2:]] == ["run.cmd", "notes.txt"], report.parts
    found(SECTION + bytes(1000) + named("invoice.pdf.exe", BEFORE), "onenote", "executable", "double_extension")
    found(SECTION + bytes(1000) + named("x.lnk", (), ()), "onenote", "shortcut")
    found(SECTION + b"\x9c\x1d\0\x1c" * 5000, "onenote")
    found(SECTION + named("run.cmd")[:70], "onenote")


# ---- shortcuts ----

def lnk(path="", arguments="", wide=True, local="", flags=0):
    def text(s):
        return struct.pack("<H", len(s)) + s.encode("utf-16-le" if wide else "latin-1") if s else b""
    flags |= (8 if path else 0) | (32 if arguments else 0) | (128 if wide else 0) | (2 if local else 0)
    info = b""
    if local:
        info = struct.pack("<7I", 28 + len(local) + 1, 28, 1, 0, 28, 0, 0) + local.encode() + b"\0"
    return b"L\0\0\0" + guid("{00021401-0000-0000-C000-000000000046}") + struct.pack("<I", flags) + bytes(52) + \
        (b"\4\0abcd" if flags & 1 else b"") + info + text(path) + text(arguments)


def test_lnk():
    found(lnk("..\\cmd.exe", "/c calc"), "shortcut", within='a shortcut to "..\\cmd.exe" with "/c calc"')
    found(lnk("..\\cmd.exe", "/c calc", wide=False, flags=1), "shortcut", within="/c calc")
    found(lnk(local="C:\\x.exe"), "shortcut", within="C:\\x.exe")
    found(lnk(), "shortcut")


def test_url():
    found(b"[InternetShortcut]\r\nURL=file://a.example/x.exe\r\n", "shortcut", within="file://a.example/x.exe")
    found(b"[{000214A0}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nURL=https://a.example/\r\n", "shortcut")
    found("[InternetShortcut]\r\nURL=x:y\r\n".encode("utf-16"), "shortcut", within="x:y")
    clean(b"[Settings]\r\nURL=https://a.example/\r\n")
    clean(b"See [InternetShortcut]\r\nURL=x")


def test_help_file():
    found(b"ITSF\3\0\0\0\x60\0\0\0" + bytes(100), "html_application")


# ---- texts ----

@tap.cases("=cmd|' /C calc'!A0", "+cmd|'/C calc'!A0", "-2+3+cmd|'/C calc'!'A1'", "@SUM(1+1)*cmd|' /C calc'!A0",
           '"=cmd|\'/C calc\'!A0"', "  =MSEXCEL|'\\..\\..\\cmd.exe /c calc'!A0", "=DDE(\"cmd\";\"/C calc\";\"x\")", "=EXEC(\"calc\")",
           "=CALL(\"kernel32\",\"WinExec\")")
def test_csv(formula):
    for before, after in (("a,b,", ",c\n1,2"), ("x;", "\r\n"), ("1\t", "\t2"), ("", "")):
        found((before + formula + after).encode(), "formula", options=("-n", "list.csv"))
    found(formula.encode("utf-16"), "formula", options=("-t", "text/csv"))


@tap.cases("=SUM(A1:A9)", "-5|6", "a|b!c", "=HYPERLINK(\"https://a.example/\")", "@handle", "+49 30 1234|!", "- item|one", "\"=a\"", "=A1&\"|x!\"",
           "=EXECUTE(1)", "=MYCALL(1)", "text \"=cmd|'/C calc'!A0\"")
def test_ordinary_csv(cell):
    clean(("a,%s,b\n" % cell).encode(), "-n", "list.csv")


def test_csv_with_open_quote():
    found(b'a,"b\n=cmd|\'/c x\'!A0\n', "formula", options=("-n", "x.csv"))
    assert ask(b'"' + b'a,"' * 100000, "-n", "x.csv").microseconds < 3000000


def test_text_is_no_sheet():
    clean(b"=cmd|' /C calc'!A0\n", "-n", "notes.txt")
    found(b"=cmd|' /C calc'!A0\n", options=("-b", "-t", "text/csv"))


def test_sylk():
    found(b'ID;P\nO;E\nNN;NAuto_open;ER1C1\nC;X1;Y1;EEXEC("calc.exe")\nE\n', "formula", "macro_xlm", "macro_autorun")
    found(b"ID;P\nC;Y1;X1;K0;E cmd|'/C calc'!A0\nE\n", "formula")
    clean(b'ID;PWXL;N;E\nC;Y1;X1;K"text"\nC;Y2;X1;K3;ESUM(R[-1]C)\nE\n')


def test_query():
    found(b"WEB\r\n1\r\nhttp://a.example/x\r\n", "external_link", within='"http://a.example/x"')
    clean(b"WEB\r\nsite notes")


def test_damaged():
    whole = lnk("a" * 100, "b" * 100, local="c" * 100, flags=1)
    ask_all([whole[:n] for n in range(len(whole))])
    section = SECTION + stored(b"x" * 50)
    ask_all([section[:n] for n in range(len(section))])


if __name__ == "__main__":
    tap.main(globals())
