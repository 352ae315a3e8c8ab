#!/usr/bin/python3
"""Web pages and SVG images as files: scripts, and pages that unpack a download."""
import base64
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compound import compound, project
from documents import ask, clean, found, tap

MACROS = compound({"VBA/" + n: s for n, s in project({"M": "Sub Hello()\r\n"}).items()})
DATA = base64.b64encode(bytes(range(256)) * 20).decode()


def page(body, head=""):
    return ("<!DOCTYPE html>\n<html><head><title>x</title>%s</head><body>%s</body></html>" % (head, body)).encode()


def svg(body, head=""):
    return ('<?xml version="1.0"?>\n%s<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="x">%s<rect/></svg>'
            % (head, body)).encode()


def test_clean_page():
    clean(page('<a href="https://a.example/">x</a><img src="data:image/png;base64,iVBORw0KGgo="><form action='
               '"https://a.example/"><a href="javascript:void(0)">x</a><p>script onclick=x &lt;script&gt;</p>'
               '<!-- <script>x</script> --><textarea><script>x</script></textarea>',
               '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style>a{}</style>'
               '<script type="application/ld+json">{"a": 1}</script><meta http-equiv=refresh content="5; url=https://a.example/">'))


def test_message_in_place():
    found(page("<script>alert(1)</script>"), options=("-b", "-t", "text/html"))


@tap.cases("<script>alert(1)</script>", "<SCRIPT >x</SCRIPT >", "<script src=//a.example/x.js></script>", "<script type=module>x",
           "<script language=vbscript>x</script>", "<img src=x onerror=alert(1)>", "<body/onload=alert(1)>", "<svg/onload=alert(1)>",
           '<a href="java&#x09;script:alert(1)">', "<a href='&#106;avascript:alert(1)'>", '<iframe srcdoc="&lt;script>x&lt;/script>">',
           "<a\nhref\n=\n javascript:alert(1)>", '<form><button formaction="JaVaScRiPt:x()">',
           '<meta http-equiv=refresh content="0;url=javascript:alert(1)">', '<!--><script>x</script>-->', "<x:script>x</x:script>")
def test_script(body):
    found(page(body), "html_script")


@tap.cases(("utf-16", lambda s: s.decode().encode("utf-16")), ("utf-16 without mark", lambda s: s.decode().encode("utf-16-le")),
           ("utf-16be", lambda s: b"\xfe\xff" + s.decode().encode("utf-16-be")), ("utf-8 mark", lambda s: b"\xef\xbb\xbf" + s),
           ("utf-7", lambda s: s.replace(b"<", b"+ADw-").replace(b">", b"+AD4-")))
def test_charsets(case):
    found(case[1](page("<script>alert(1)</script>")), "html_script", options=("-n", "a.html"))


def test_known_by_name_type_or_content():
    for options in (("-n", "A.HTM"), ("-t", "text/html"), ("-n", "x.xhtml"), ("-n", "y.shtml")):
        found(b"hello <script>x</script>", "html_script", options=options)
    found(b"  <script>x</script>", "html_script")
    clean(b"hello <script>x</script>", "-n", "notes.txt")


SMUGGLERS = [
    "var b = new Blob([x]); a.href = URL.createObjectURL(b); a.download = 'a.zip'; a.click()",
    "window.navigator.msSaveOrOpenBlob(b, 'a.zip')",
    "var a = atob('%s'); document.write(a)" % DATA,
    "var a = new Uint8Array([%s]); location = 'data:x,' + a" % ", ".join(["72"] * 900),
    "window['Bl' + 'ob']; new window['Blob']([x]); a['down'+'load'] = 'x'; new Blob()",
    "x = '\\x6e\\x65\\x77 \\x42lob'; y = '\\u0063reateObjectURL'",
    "new/**/ Blob([x]); new Blob([]); URL['create\\x4fbjectURL'](y)",
    "document.write(unescape('%3Cscript%3Enew%20Blob%28%29;a.download=1%3C/script%3E'))",
]


@tap.cases(*SMUGGLERS)
def test_smuggling(script):
    found(page("<script>%s</script>" % script), "html_script", "html_smuggling")


@tap.cases("<a download='a.zip' href='data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=='>x</a>",
           "<iframe src='data:text/html;base64,PGI+eDwvYj4='></iframe>", "<embed src='data:application/pdf;base64,JVBERg=='>",
           "<object data=\"data:text/html,%3Cb%3E\"></object>", "<a download href='data:image/png;base64,iVBO'>x</a>",
           "<meta http-equiv='refresh' content='0; url=data:text/html;base64,PGI+'>")
def test_file_in_address(body):
    found(page(body), "html_smuggling")


def test_payload_is_looked_into():
    data = base64.b64encode(MACROS).decode()
    report = found(page("<a download='report.doc' href='data:application/msword;base64,%s'>x</a>" % data),
                   "html_smuggling", "macro")
    assert any(f[1] == "(part 0)/report.doc" for f in report.findings), report
    found(page("<script>var x = '%s';</script>" % data), "html_script", "macro")


@tap.cases("alert('hello')", "var x = document.location; y = eval(z)", "a.download = 1", "atob(x)", "new Blob(x)")
def test_scripts_that_do_not_smuggle(script):
    found(page("<script>%s</script>" % script), "html_script")


XML = b'<?xml version="1.0"?><parcel>%s<script language="x">Hello</script></parcel>'


def test_script_that_is_data():
    """An element of that name runs only where it is one of a page or an image."""
    clean(XML % b"", "-n", "parcel.xml")
    for more in (b'<p xmlns="http://www.w3.org/1999/xhtml"/>', b'<p xmlns="http://www.w3.org/1999&#47;xhtml"/>',
                 b'<?xml-stylesheet href="x"?>'):
        found(XML % more, "html_script", options=("-n", "parcel.xml"))
    found(XML % b"", "html_script", options=("-n", "parcel.html"))


def test_application():
    found(page("", "<HTA:APPLICATION ID='x'/>"), "html_application")
    found(b"<b>x</b>", "html_application", options=("-n", "x.hta"))


def test_links_that_start_programs():
    found(page('<a href="search-ms:query=x&amp;crumb=location:\\\\a.example">'), "external_link")
    found(page('<iframe src="ms-msdt:/id x">'), "external_link")
    found(page('<object classid="clsid:8856F961-340A-11D0-A96B-00C04FD705A2">'), "activex")


# ---- SVG ----

def test_clean_image():
    clean(svg('<style>a{}</style><a xlink:href="https://a.example/"/><image xlink:href="data:image/png;base64,iVBO"/>'
              '<script type="application/json">1</script><script/>'))


@tap.cases("<script>alert(1)</script>", "<script><![CDATA[alert(1)]]></script>", "<script xlink:href='https://a.example/x.js'/>",
           "<rect onload='alert(1)'/>", "<a xlink:href='javascript:alert(1)'/>", "<s:script xmlns:s='http://www.w3.org/2000/svg'>x</s:script>",
           "<set attributeName='href' to='javascript:alert(1)'/>", "<foreignObject><body onload='x()'/></foreignObject>", "<script>x</wrong>")
def test_script_in_image(body):
    found(svg(body), "svg_script", options=("-n", "x.svg"))


def test_script_by_entity():
    found(svg("&x;", "<!DOCTYPE svg [<!ENTITY x '<script>alert(1)</script>'>]>\n"), "svg_script")


def test_prefixed_image():
    found(b"<?xml version='1.0'?><s:svg xmlns:s='http://www.w3.org/2000/svg'><s:script>x</s:script></s:svg>", "svg_script")
    clean(b"<?xml version='1.0'?><office:document xmlns:svg='http://www.w3.org/2000/svg'><script:x/></office:document>")


def test_smuggling_in_image():
    found(svg("<script>%s</script>" % SMUGGLERS[0]), "svg_script", "html_smuggling")
    found(svg("<foreignObject><iframe src='data:text/html;base64,PGI+'/></foreignObject>"), "html_smuggling")


def test_damaged():
    for text in (b"<" * 300000, b"<a " * 100000, b"<script>" * 100000, b"<a x='" * 50000, b"<!--" * 100000, b"&#" * 100000,
                 b"<a " + b"x " * 200000, b"<svg>" * 100000):
        assert ask(b"<html>" + text).microseconds < 5000000, text[:9]
        assert ask(b"<svg>" + text).microseconds < 5000000, text[:9]


if __name__ == "__main__":
    tap.main(globals())
