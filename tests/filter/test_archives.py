#!/usr/bin/python3
"""Archives: opened by their content (B72), doubtful and damaged ones told, bombs in bounded time (B79)."""
import base64
import binascii
import os
import random
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from containers import *
from documents import ask, clean, found, tap

NAMED = {"folder/run.scr": TEXT}  # a name is found whatever the content is
FILES = {"readme.txt": TEXT, **NAMED}
HARMLESS = {"readme.txt": TEXT, "folder/list.csv": b"1;2\r\n" * 100}


def zips():
    return {"ordinary": zip_of, "stored": lambda f: zip_of(f, method=0), "streamed": streamed_zip,
            "bzip2": lambda f: zip_of(f, method=zipfile.ZIP_BZIP2),
            "lzma": lambda f: zip_of(f, method=zipfile.ZIP_LZMA),
            "comment": lambda f: zip_of(f, comment=b"a comment")}


def archives():
    """Makers of every format that is read."""
    first = lambda f: list(f.items())[-1]
    made = {"zip " + n: m for n, m in zips().items()}
    made.update({"tar": tar_of, "pax": lambda f: tar_of(f, tarfile.PAX_FORMAT),
                 "gnu": lambda f: tar_of(f, tarfile.GNU_FORMAT), "v7": lambda f: old_tar_of(*first(f)),
                 "tar.gz": lambda f: gzip_of(tar_of(f)), "tar.xz": lambda f: xz_of(tar_of(f)),
                 "tar.bz2": lambda f: bz2_of(tar_of(f)),
                 "tar.lzma": lambda f: lzma.compress(tar_of(f), lzma.FORMAT_ALONE),
                 "rar5": rar5_of, "rar4": rar4_of, "cab": lambda f: cab_of(*first(f)),
                 "lha": lambda f: lha_of(*first(f)), "cpio": lambda f: cpio_of(*first(f)),
                 "cpio crc": lambda f: cpio_of(*first(f), b"070702"),
                 "cpio binary": lambda f: old_cpio_of(*first(f)),
                 "cpio binary big-endian": lambda f: old_cpio_of(*first(f), ">"),
                 "tar with signed checksums": lambda f: signed_tar_of({**f, "\u00e4": b""}),
                 "tar.lzma with other settings": lambda f: lzma.compress(
                     tar_of(f), lzma.FORMAT_ALONE,
                     filters=[{"id": lzma.FILTER_LZMA1, "lc": 4, "dict_size": 1 << 17}]),
                 "zip in tar.gz in zip": lambda f: zip_of({"a": gzip_of(tar_of({"b": zip_of(f)}))})})
    if tool("7zz"):
        made.update({"7z": lambda f: seven_zip(f, "a.7z"), "7z stored": lambda f: seven_zip(f, "a.7z", "-mx=0"),
                     "7z ppmd": lambda f: seven_zip(f, "a.7z", "-m0=PPMd"),
                     "7z bzip2": lambda f: seven_zip(f, "a.7z", "-m0=BZip2"),
                     "zip ppmd": lambda f: seven_zip(f, "a.zip", "-mm=PPMd"),
                     "zip deflate64": lambda f: seven_zip(f, "a.zip", "-mm=Deflate64"),
                 "zip xz": lambda f: seven_zip(f, "a.zip", "-mm=xz")})
    if tool("bsdtar"):
        made.update({n: lambda f, n=n: bsdtar(f, "a", n) for n in ("xar", "warc", "cpio", "7zip")})
        made["odc"] = lambda f: bsdtar(f, "a", "odc")
        made["bin"] = lambda f: bsdtar(f, "a", "bin")
        made["ar"] = lambda f: bsdtar({k.split("/")[-1]: v for k, v in f.items()}, "a", "arbsd")
        made["tar.lz4"] = lambda f: bsdtar(f, "a", "ustar", "--lz4")
        made["tar.zst"] = lambda f: bsdtar(f, "a", "ustar", "--zstd")
        made["tar.lz4 behind a skipped frame"] = lambda f: SKIPPED + made["tar.lz4"](f)
        made["tar.zst behind a skipped frame"] = lambda f: SKIPPED + made["tar.zst"](f)
        made["tar.lz"] = lambda f: bsdtar(f, "a", "ustar", "--lzip")
        made["tar.Z"] = lambda f: bsdtar(f, "a", "ustar", "--compress")
    return made


MAKERS = archives()


@tap.cases(*MAKERS)
def test_b72_found_within(kind):
    rules = {"executable"} | ({"installer"} if kind == "xar" else set())
    report = found(MAKERS[kind](FILES), *rules)
    assert any(f[1].endswith("run.scr") for f in report.findings), report


@tap.cases(*MAKERS)
def test_b72_harmless(kind):
    found(MAKERS[kind](HARMLESS), *({"installer"} if kind == "xar" else ()))


@tap.cases("application/gzip", "image/png", "text/plain", "application/pdf", "application/octet-stream")
def test_b72_declared_as_something_else(kind):
    kinds = ["zip ordinary", "rar4", "rar5", "tar.xz", "cab", "7z", "xar", "zip deflate64"]
    for content in [MAKERS[k](FILES) for k in kinds if k in MAKERS] + \
            ([bsdtar(FILES, "a", "iso9660")] if tool("bsdtar") else []):
        for name in ("invoice.z", "picture.png", "a"):
            report = ask(content, "-n", name, "-t", kind)
            assert "executable" in report.rules, (name, report)


def test_b72_iso():
    if not tool("bsdtar"):
        tap.skip("no bsdtar")
    for options in ((), ("--options", "!rockridge"), ("--options", "!joliet")):
        found(bsdtar(FILES, "a", "iso9660", *options), "disk_image", "executable")


def test_b72_names_within():
    """Names in other charsets are judged, with the libraries in the C locale."""
    names = {"\u0444\u0430\u0439\u043b.scr": TEXT}
    for kind in ("zip ordinary", "pax", "gnu", "rar5", "7z", "zip in tar.gz in zip"):
        if kind in MAKERS:
            report = found(MAKERS[kind](names), "executable")
            assert any("\u0444\u0430\u0439\u043b.scr" in f[1] for f in report.findings), (kind, report)
    found(zip_of({"\u0444\u0430\u0439\u043b.txt": TEXT}))


def test_b72_name_of_a_gzip_file():
    found(gzip_of(TEXT, "run.exe"), "executable")
    found(gzip_of(TEXT, "list.csv"), options=["-n", "list.csv.gz"])
    report = found(gzip_of(tar_of(FILES)), "executable", options=["-n", "a.tgz"])
    assert any(f[1] == "a.tgz/a.tar/folder/run.scr" for f in report.findings), report


@tap.cases(b"\x60\xea\x2c\x00\x22\x0b\x01\x0b\x10\x00\x02" + bytes(60), bytes(7) + b"**ACE**" + bytes(60),
           bytes(20) + b"\xdc\xa7\xc4\xfd" + bytes(60), b"SIT!" + bytes(60), b"StuffIt (c)1997" + bytes(60),
           b"ALZ\x01" + bytes(60), b"EGGA" + bytes(60), b"\x89LZO\0\r\n\x1a\n" + bytes(60),
           b"LRZI" + bytes(60), b"\x1a\x08README.TXT\0\0\0" + bytes(60), b"SZDD\x88\xf0\x27\x33A" + bytes(60),
           b"MSWIM\0\0\0" + bytes(60), b"\x27\xb5\x2f\xfd" + bytes(60), b"7kSt\xa0\x31\x83\xd3" + bytes(60))
def test_b72_formats_that_cannot_be_listed(content):
    report = ask(content)
    assert "cannot_inspect" in report.rules, report


def uuencoded(name, content, base64_form=False):
    if base64_form:
        return b"begin-base64 644 " + name + b"\n" + base64.encodebytes(content) + b"====\n"
    # zeros are spaces, also at the end of a line
    lines = (binascii.b2a_uu(content[i:i + 45]) for i in range(0, len(content), 45))
    return b"begin 644 " + name + b"\n" + b"".join(lines) + b"`\nend\n"


def yencoded(name, content):
    coded = b"".join(bytes([61, c + 64 & 255]) if c in (0, 10, 13, 61) else bytes([c])
                     for c in ((b + 42) & 255 for b in content))
    return b"=ybegin line=9999 size=%d name=%s\r\n" % (len(content), name) + coded + b"\r\n=yend size=9\r\n"


@tap.cases("uu", "base64", "yenc")
def test_encoded(kind):
    """A text that programs decode to a file."""
    make = {"uu": uuencoded, "base64": lambda n, c: uuencoded(n, c, True), "yenc": yencoded}[kind]
    for content in (make(b"a.txt", PROGRAM), make(b"run.exe", TEXT), b"Hello,\n\n" + make(b"a", PROGRAM),
                    make(b"a.txt", TEXT) + make(b"a.zip", zip_of(FILES))):
        for whole in (content, zip_of({"x.uue": content}), gzip_of(content)):
            report = ask(whole)
            assert "executable" in report.rules, (kind, report)
    for content in (PROGRAM, zip_of(HARMLESS)):
        assert ask(make(b"a", content)).parts[1]["size"] == len(content), kind
    clean(make(b"a.txt", TEXT))
    clean(make(b"a.txt", TEXT)[:200])
    many = make(b"a.txt", b"x") * 1200 + make(b"a", PROGRAM)
    assert "executable" in ask(many).rules, "the last of many"
    assert "executable" in ask(b"%PDF-1.4\n" + make(b"a", PROGRAM)).rules, "the sign of a PDF"
    if kind == "uu":
        found(make(b"a", PROGRAM).replace(b"begin", b"BEGIN"), "executable")
    clean(b"We begin 644 days from now.\nbegin 644 run.exe\nis what such a text begins with.\n")


# ---- encryption ----

def test_encrypted_zip():
    data = TEXT
    for flags in (1, 9):
        found(pieces([(local("a.txt", data, 0, flags), data, ("a.txt", data, 0, flags))]), "encrypted_archive",
              within='"a.txt"')
    found(pieces([(local("run.exe", data, 0, 1), data, ("run.exe", data, 0, 1)),
                  (local("b.js", data), data, ("b.js", data))]), "encrypted_archive", "executable", "script")


def test_encrypted_by_programs():
    if not tool("7zz"):
        tap.skip("no 7zz")
    found(seven_zip(FILES, "a.zip", "-psecret"), "encrypted_archive", "executable")
    found(seven_zip(FILES, "a.zip", "-psecret", "-mem=AES256"), "encrypted_archive", "executable")
    found(seven_zip(FILES, "a.7z", "-psecret"), "encrypted_archive", "executable")
    found(seven_zip(FILES, "a.7z", "-psecret", "-mhe=on"), "encrypted_archive")


def test_encrypted_rar():
    encryption = number(1) + number(0) + number(0) + b"\x0f" + bytes(16) + bytes(16)
    record = number(len(encryption)) + encryption
    report = ask(rar5_of({"run.exe": TEXT}, extra=record))
    assert report.rules >= {"encrypted_archive", "executable"}, report
    report = ask(RAR5 + rar5_header(4, 0, number(0) + number(0) + b"\x0f" + bytes(16)) + bytes(100))
    assert "encrypted_archive" in report.rules, report
    assert ask(rar4_of({"run.exe": TEXT}, file_flags=4)).rules >= {"encrypted_archive", "executable"}
    assert "encrypted_archive" in ask(rar4_of({"a.txt": TEXT}, flags=0x80)).rules


# ---- what cannot be read ----

def test_damaged():
    for kind in ("zip ordinary", "tar.gz", "rar5", "7z", "cab", "lha", "tar.xz"):
        if kind not in MAKERS:
            continue
        whole = MAKERS[kind]({"a.bin": random.Random(1).randbytes(4000)})
        report = ask(whole[:len(whole) * 2 // 3])
        assert "cannot_inspect" in report.rules, (kind, report)


def test_damaged_cabinet():
    """A block with a wrong checksum that says to be longer when unpacked than the bytes that it has."""
    block = struct.pack("<IHH", 0x20000, 10, 0xf3) + b"Nothing.\r\n"
    file = struct.pack("<IIHHHH", 10, 0, 0, 0, 0, 0x20) + b"a.txt\0"
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, 66 + len(block), 0, 44, 0, 3, 1, 1, 1, 0, 0, 0)
    found(head + struct.pack("<IHH", 66, 1, 0) + file + block, "cannot_inspect")


def test_damaged_gives_what_there_is():
    whole = zip_of({"run.scr": TEXT, "b.bin": random.Random(1).randbytes(4000)})
    found(whole[:3000], "cannot_inspect", "executable")
    whole = gzip_of(tar_of({"run.scr": TEXT, "b.bin": random.Random(1).randbytes(40000)}))
    found(whole[:20000], "cannot_inspect", "executable")


def test_unknown_packing():
    found(pieces([(local("a.txt", TEXT, 77), TEXT, ("a.txt", TEXT, 77))]), "cannot_inspect", within='"a.txt"')


def packed64(content):
    """As deflate64: the same as deflate where no match is the longest, nor comes from far away."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_HUFFMAN_ONLY)
    return packer.compress(content) + packer.flush()


def zip64_of(packed, size):
    return pieces([(local("a", packed, 9, 0, size), packed, ("a", packed, 9, 0, size))])


def test_deflate64():
    content = random.Random(1).randbytes(200000) + TEXT
    inner = zip_of({"start.lnk": content}, method=0)
    for packed in (packed64(inner), b"".join(
            b"\0" + struct.pack("<HH", len(inner[i:i + 65535]), len(inner[i:i + 65535]) ^ 0xffff) +
            inner[i:i + 65535] for i in range(0, len(inner), 65535)) + b"\1\0\0\xff\xff"):
        found(zip64_of(packed, len(inner)), "shortcut")
        found(zip64_of(packed[:-3000], len(inner)), "cannot_inspect", "shortcut")
    # fixed codes: a letter, and a match of 3 + 65535 letters, as long as none of deflate is
    longest = "1" + "10" + "10010001" + "11000101" + "1" * 16 + "00000" + "0000000"
    bits = [int(b) for b in longest + "0" * (-len(longest) % 8)]
    packed = bytes(sum(b << i for i, b in enumerate(bits[n:n + 8])) for n in range(0, len(bits), 8))
    clean(zip64_of(packed, 1 + 3 + 65535))
    assert ask(zip64_of(packed, 1 + 3 + 65535)).parts[1]["size"] == 1 + 3 + 65535
    for damaged in (b"", b"\7", b"\5" + b"\xff" * 50, b"\4" + bytes(50), b"\1\1\0\1\0a",
                    # a match before the first byte
                    bytes([0b00000011, 0b00000010, 0])):
        found(zip64_of(damaged, 9), "cannot_inspect")


def test_deflate64_of_nothing():
    """Millions of blocks without a byte."""
    bits = ("010" + "0000000") * 4
    packed = bytes(int(bits[i:i + 8][::-1], 2) for i in range(0, 40, 8)) * 600000
    assert bounded(zip64_of(packed, 9), 10, "cannot_inspect").parts[1]["size"] == 0


@tap.limit(120)
def test_deflate64_of_programs():
    if not tool("7zz"):
        tap.skip("no 7zz")
    rand = random.Random(2)
    words = [rand.randbytes(rand.randrange(2, 300)) for _ in range(400)]
    for i in range(6):
        content = b"".join(words[int(rand.paretovariate(0.4)) % 400] for _ in range(2000 * i)) + bytes(300000 * (i % 2))
        inner = zip_of({"a": content, "start.lnk": content}, method=0)
        found(seven_zip({"a.zip": inner, "b.txt": content}, "a.zip", "-mm=Deflate64"), "shortcut")
        report = ask(seven_zip({"b": content}, "a.zip", "-mm=Deflate64"))
        assert report.parts[1]["size"] == len(content), (len(content), report.parts)


def test_lzma_of_known_size():
    content = tar_of(FILES)
    packed = lzma.compress(content, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "lc": 2, "dict_size": 1 << 20}])
    assert "executable" in ask(packed[:5] + struct.pack("<Q", len(content)) + packed[13:]).rules
    # a picture of a microscope begins like this
    clean(b"\x03\0\0\x01\0" + struct.pack("<Q", 77) + b"\0" + b"\x08\0\x12\0\0\0Z\0e\0i\0s\0s\0" * 9)


def test_packing_unknown_to_the_library():
    """Told, and not taken for a file within itself."""
    content = lzma.compress(TEXT, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 3 << 15}])
    found(content, "cannot_inspect")


def test_volumes():
    found(pieces([(local("a.txt", TEXT), TEXT, ("a.txt", TEXT))], disk=3), "cannot_inspect", within="volumes")
    assert "cannot_inspect" in ask(rar5_of({"a.txt": TEXT}, volume=True)).rules
    assert "cannot_inspect" in ask(rar4_of({"a.txt": TEXT}, flags=1)).rules
    assert "cannot_inspect" in ask(b"PK\7\x08" + random.Random(1).randbytes(999)).rules
    if tool("7zz"):
        whole = seven_zip({"a.bin": random.Random(1).randbytes(40000)}, "a.7z")
        assert "cannot_inspect" in ask(whole[:20000], "-n", "a.7z.001").rules
        assert "cannot_inspect" in ask(whole[20000:], "-n", "a.7z.002").rules


def test_stream_in_rar():
    content = rar5_of({"a.txt": TEXT})[:-8] + rar5_file("STM", TEXT, 3)
    report = ask(content)
    assert any("stream" in f[2] for f in report.findings), report


# ---- what programs read differently ----

def doubtful(content, *rules, within=""):
    report = ask(content)
    assert report.rules == {"archive_ambiguous", *rules}, report
    assert within in report.reason("archive_ambiguous"), report


def test_two_names():
    doubtful(pieces([(local("run.exe", TEXT), TEXT, ("readme.txt", TEXT))]), "executable", within="name")
    doubtful(pieces([(local("readme.txt", TEXT), TEXT, ("run.exe", TEXT))]), "executable", within="name")


def test_other_packing_or_size():
    doubtful(pieces([(local("a", TEXT, 8), TEXT, ("a", TEXT, 0))]), within="packing")
    doubtful(pieces([(local("a", TEXT, 0, 0, 5, 5), TEXT, ("a", TEXT))]), within="size")
    packed = zlib.compress(TEXT)[2:-4]
    doubtful(pieces([(local("a", packed, 8, 0, 5), packed, ("a", packed, 8, 0, 5))]), within="larger")


def test_file_without_an_entry():
    hidden = local("run.exe", PROGRAM) + PROGRAM
    for whole in (hidden + zip_of(HARMLESS), pieces([(hidden + local("a", TEXT), TEXT, ("a", TEXT))])):
        report = ask(whole)
        assert {"archive_ambiguous", "executable"} <= report.rules, report


def test_file_behind_the_end():
    for between in (b"", b"\r\n"):
        report = ask(zip_of(HARMLESS) + between + zip_of(FILES))
        assert {"archive_ambiguous", "executable"} <= report.rules, report
        report = ask(zip_of(FILES) + between + zip_of(HARMLESS))
        assert {"archive_ambiguous", "executable"} <= report.rules, report


def test_file_in_the_comment():
    report = ask(zip_of(HARMLESS, comment=zip_of(FILES)))
    assert {"archive_ambiguous", "executable"} <= report.rules, report


def test_hidden_without_sizes():
    hidden = streamed_zip(FILES)
    hidden = hidden[:hidden.index(b"PK\1\2")]
    report = ask(hidden + zip_of(HARMLESS))
    assert {"archive_ambiguous", "executable"} <= report.rules, report


def test_something_before():
    doubtful(b"GIF89a" + bytes(100) + zip_of(FILES), "executable", within="before")
    doubtful(b"%PDF-1.4\n" + bytes(100) + zip_of(HARMLESS), within="before")


@tap.cases("rar4", "rar5", "7z", "cab")
def test_something_before_other_archives(kind):
    """Members of programs that unpack themselves are shown; what is called an archive has to begin as one."""
    if kind not in MAKERS:
        tap.skip("no maker")
    whole = b"Rar!\x1a\x07\0 7z\xbc\xaf\x27\x1c MSCF\0\0\0\0" + bytes(500) + MAKERS[kind]({"start.lnk": TEXT})
    report = found(PROGRAM + whole, "executable", "shortcut")
    assert report.findings[0][1].endswith("start.lnk") or report.findings[1][1].endswith("start.lnk"), report
    found(b"GIF89a" + whole, "archive_ambiguous", "shortcut", options=["-n", "a.rar"])
    clean(b"GIF89a" + whole, "-n", "a.gif")


def test_beginnings_of_archives():
    """Headers of RAR that say that they are long, so that each sum over one takes long."""
    assert ask(b"MZ" + bytes(100) + b"Rar!\x1a\x07\0" + b"\1\1s\0\0\xff\xff" + b"Rar!\x1a\x07\0\1\1s\0\0\xff\xff" * 200000
               ).microseconds < 5000000
    old = b"Rar!\x1a\x07\0" + rar4_block(0x73, 2, bytes(6) + b"a comment" * 100) + rar4_of({"start.lnk": TEXT})[20:]
    found(PROGRAM + old, "executable", "shortcut")


def test_something_before_and_behind():
    whole = bytes(300) + zip_of(FILES) + b"x" * 300
    found(whole, "archive_ambiguous", "executable", options=["-n", "a.zip"])
    clean(tar_of({"a.zip": zip_of(HARMLESS)}), "-n", "a.tar")
    clean(tar_of({"a.zip": zip_of(HARMLESS)}), "-n", "a.zip")


def test_two_ends():
    whole = zip_of(HARMLESS)
    report = ask(whole + whole[whole.index(b"PK\5\6"):])
    assert "archive_ambiguous" in report.rules, report


def test_number_of_files():
    whole = bytearray(zip_of(FILES))
    at = whole.index(b"PK\5\6")
    whole[at + 8:at + 12] = struct.pack("<HH", 1, 1)
    doubtful(bytes(whole), "executable", within="as many")


def test_nul_in_a_name():
    for name in (b"run.exe\0.txt", b"readme.txt\0.exe", b"run.ex\0e"):
        report = ask(pieces([(local(name, TEXT), TEXT, (name, TEXT))]))
        assert "executable" in report.rules, (name, report)


def test_way_out():
    for kind in ("zip ordinary", "tar", "rar5"):
        report = ask(MAKERS[kind]({"../../readme.txt": TEXT}))
        assert "blocked_name" in report.rules, (kind, report)


def test_ordinary_zips():
    clean(zip_of(HARMLESS))
    clean(streamed_zip({"a/" + str(i) + ".txt": TEXT for i in range(100)}))
    clean(zip_of({"inner.zip": zip_of(HARMLESS), "b.txt": TEXT}, method=0))
    clean(zip_of(HARMLESS) + b"\r\n")
    clean(zip_of({}))
    clean(zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}))
    clean(zip_of({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}))
    folder = local("a/", b"") + b""
    clean(pieces([(folder, b"", ("a/", b"")), (local("a/b.txt", TEXT), TEXT, ("a/b.txt", TEXT))]))
    extra = struct.pack("<HHBI", 0x7075, 5 + 6, 1, zlib.crc32(b"a.txt")) + "\u00e4.txt".encode()
    clean(pieces([(local("a.txt", TEXT, extra=extra), TEXT, ("a.txt", TEXT, 0, 0, None, None, extra))]))
    # as 64-bit programs write small files
    large = struct.pack("<HHQQ", 1, 16, len(TEXT), len(TEXT))
    clean(pieces([(local("a", TEXT, 0, 0, 0xffffffff, 0xffffffff, large), TEXT, ("a", TEXT))]))
    # the mark of a zip file that could have become several
    whole = zip_of(HARMLESS)
    clean(b"PK00" + whole)


def test_ordinary_zips_of_programs():
    if tool("zip"):
        clean(made_by(["zip", "-q"], HARMLESS, "a.zip"))
        clean(filtered(["zip", "-q", "-", "-"], TEXT))
    if tool("7zz"):
        clean(seven_zip(HARMLESS, "a.zip"))
        clean(seven_zip(HARMLESS, "a.zip", "-mm=Deflate64"))
    if tool("bsdtar"):
        clean(bsdtar(HARMLESS, "a.zip", "zip"))


def test_unicode_name():
    extra = struct.pack("<HHBI", 0x7075, 5 + 7, 1, zlib.crc32(b"a.txt")) + b"run.exe"
    found(pieces([(local("a.txt", TEXT), TEXT, ("a.txt", TEXT, 0, 0, None, None, extra))]), "executable")


def test_packages():
    found(zip_of({"META-INF/MANIFEST.MF": b"Main-Class: A", "A.class": TEXT}), "executable", within="Java")
    found(zip_of({"AndroidManifest.xml": b"", "a": TEXT}), "installer")
    found(zip_of({"AppxManifest.xml": b"", "a": TEXT}), "installer")


# ---- bombs ----

def bounded(content, seconds=5, rule="archive_bomb"):
    report = ask(content)
    assert rule in report.rules, report
    tap.note("%d bytes: %.2f s, at most %d MB so far" % (len(content), report.microseconds / 1e6, report.peak_megabytes))
    assert report.microseconds < seconds * 1e6, report.microseconds
    assert report.peak_megabytes < 4096, report.peak_megabytes
    return report


def test_b79_nested():
    bounded(nested_bomb(5, 16, 4096))
    bounded(nested_bomb(3, 10, 40000))


def test_b79_overlapping():
    content = overlapping_bomb(250, 20000000)
    assert len(content) < 80000, len(content)
    bounded(content, rule="archive_bomb")


def test_b79_same_content_twice():
    packed = zlib.compress(bytes(5000000), 9)[2:-4]
    head = local("a", packed, 8, 0, 5000000)
    directory = central("a", 0, packed, 8, 0, 5000000) * 500
    bounded(head + packed + directory + end(500, len(directory), len(head + packed)))


def test_b79_ratio():
    bounded(zip_of({"a.txt": bytes(200 << 20)}))
    bounded(gzip_of(bytes(200 << 20)))
    bounded(bz2_of(bytes(200 << 20)))
    bounded(xz_of(bytes(200 << 20)))
    if tool("7zz"):
        bounded(seven_zip({"a": bytes(40 << 20)}, "a.zip", "-mm=Deflate64", "-mx=1"))


@tap.cases(*greedy_archives())
def test_b79_memory(kind):
    """What is asked for is not used where nothing comes; where it is not given, that is told."""
    report = ask(greedy_archives()[kind])
    assert report.microseconds < 5e6, report.microseconds
    assert report.rules == {"cannot_inspect"} or kind == "7z ppmd", report


def test_b79_ratio_through_layers():
    bounded(gzip_of(gzip_of(bytes(200 << 20))))
    bounded(xz_of(zip_of({"a": bytes(200 << 20)})))


def test_b79_many_files():
    bounded(zip_of({"%d" % i: b"" for i in range(100000)}, method=0), 10)
    bounded(tar_of({"%d" % i: b"" for i in range(100000)}), 10)


def test_b79_large_but_ordinary():
    """What grows within reason is no bomb, nor what follows it."""
    lines = b"".join(b"%d;%d;some value;2026-11-25\r\n" % (i, i * i) for i in range(700000))
    assert len(lines) > 20 << 20
    clean(zip_of({"list.csv": lines}))
    clean(zip_of({"a.csv": lines, "small.zip": zip_of(HARMLESS)}))


@tap.limit(120)
def test_b79_too_large():
    content = random.Random(1).randbytes(1 << 20)
    report = bounded(zip_of({"a": content * 150, "run.scr": TEXT}), 20)
    assert "executable" in report.rules, report


def test_b75_too_deep():
    content = zip_of({"run.scr": TEXT})
    for i in range(14):
        content = zip_of({"%d.zip" % i: content}, method=0)
    assert ask(content).rules == {"executable"}
    for i in range(10):
        content = zip_of({"%d.zip" % i: content}, method=0)
    found(content, "cannot_inspect", within="deep")


def test_sparse_tar():
    """A file that says it has a terabyte of nothing in it."""
    content = bytearray(tar_of({"a": TEXT}, tarfile.GNU_FORMAT))
    content[124:136] = b"\x80\0\0\0\0\0\1\0\0\0\0\0"
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content[:512])
    report = ask(bytes(content))
    assert report.microseconds < 5e6 and report.rules, report


if __name__ == "__main__":
    tap.main(globals())
