#!/usr/bin/python3
"""Office documents that are encrypted: those of a password that Office knows are looked into, others are told."""
import base64
import hashlib
import io
import os
import struct
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ciphers import aes, rc4
from compound import compound, project
from containers import zip_of
from documents import ask, clean, found, tap

EXCEL, POWERPOINT = "VelvetSweatshop", "/01Hannes Ruescher/01"
SALT, VERIFIER = b"salt of sixteen.", b"a verifier of 16"


def wide(password):
    return password.encode("utf-16-le")


def package(**more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        for name, content in more.items():
            z.writestr(name, content)
    return out.getvalue()


def with_macro():
    streams = project({"M": "Sub Hello()\r\nEnd Sub\r\n"})
    return package(**{"xl/vbaProject.bin": compound({"VBA/" + n: s for n, s in streams.items()})})


def document(info, encrypted):
    return compound({"EncryptionInfo": info, "EncryptedPackage": encrypted})


# ---- standard encryption (MS-OFFCRYPTO 2.3.4.5) ----

def sha1(*pieces):
    return hashlib.sha1(b"".join(pieces)).digest()


def standard(content, password=EXCEL, bits=128):
    h = sha1(SALT, wide(password))
    for i in range(50000):
        h = sha1(struct.pack("<I", i), h)
    h = sha1(h, bytes(4)) + bytes(44)
    key = (sha1(bytes(c ^ 0x36 for c in h)) + sha1(bytes(c ^ 0x5C for c in h)))[:bits // 8]
    name = wide("Microsoft Enhanced RSA and AES Cryptographic Provider\0")
    header = struct.pack("<8I", 0x24, 0, {128: 0x660E, 192: 0x660F, 256: 0x6610}[bits], 0x8004, bits, 24, 0, 0) + name
    info = struct.pack("<HHII", 4, 2, 0x24, len(header)) + header + struct.pack("<I", 16) + SALT
    info += aes(key, None, VERIFIER) + struct.pack("<I", 20) + aes(key, None, sha1(VERIFIER) + bytes(12))
    body = aes(key, None, content + bytes(-len(content) % 16))
    return document(info, struct.pack("<Q", len(content)) + body)


# ---- agile encryption (2.3.4.10) ----

def agile(content, password=EXCEL, name="SHA512", bits=256, rounds=1000, salt=SALT, chaining="ChainingModeCBC", size=None):
    def digest(*pieces):
        return hashlib.new(name.replace("-", ""), b"".join(pieces)).digest()

    def filled(data, n):
        return (data + b"\x36" * n)[:n]

    def by_password(block, data):
        return base64.b64encode(aes(filled(digest(h, bytes.fromhex(block)), bits // 8), filled(salt, 16),
                                    data + bytes(-len(data) % 16))).decode()

    h = digest(salt, wide(password))
    for i in range(rounds):
        h = digest(struct.pack("<I", i), h)
    key = bytes(range(bits // 8))
    method = 'saltSize="%d" blockSize="16" keyBits="%d" hashSize="%d" cipherAlgorithm="AES" cipherChaining="%s" ' \
        'hashAlgorithm="%s" saltValue="%s"' % (len(salt), bits, len(digest()), chaining, name,
                                               base64.b64encode(salt).decode())
    xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<encryption xmlns="e" xmlns:p="p"><keyData %s/>' \
        '<keyEncryptors><keyEncryptor uri="p"><p:encryptedKey spinCount="%d" %s encryptedVerifierHashInput="%s" ' \
        'encryptedVerifierHashValue="%s" encryptedKeyValue="%s"/></keyEncryptor></keyEncryptors></encryption>' % (
            method, rounds if size is None else size, method, by_password("fea7d2763b4b9e79", VERIFIER[:len(salt)]),
            by_password("d7aa0f6d3061344e", digest(VERIFIER[:len(salt)])), by_password("146e0be7abacd0d6", key))
    body = b""
    for i in range(0, len(content), 4096):
        piece = content[i:i + 4096]
        body += aes(key, filled(digest(salt, struct.pack("<I", i // 4096)), 16), piece + bytes(-len(piece) % 16))
    return document(b"\x04\0\x04\0\x40\0\0\0" + xml.encode(), struct.pack("<Q", len(content)) + body)


WAYS = {
    "standard": standard, "standard 256": lambda c, **o: standard(c, bits=256, **o),
    "agile": agile, "agile 128": lambda c, **o: agile(c, name="SHA1", bits=128, **o),
    "agile 192": lambda c, **o: agile(c, name="SHA384", bits=192, **o),
    "agile SHA256": lambda c, **o: agile(c, name="SHA256", **o), "agile SHA-1": lambda c, **o: agile(c, name="SHA-1", **o),
    "agile MD5": lambda c, **o: agile(c, name="MD5", bits=128, **o), "short salt": lambda c, **o: agile(c, salt=SALT[:8], **o),
}


@tap.cases(*WAYS)
def test_package_with_the_known_password(way):
    found(WAYS[way](with_macro()), "macro", within="VBA/M")
    clean(WAYS[way](package()))


@tap.cases("standard", "agile")
def test_package_for_reading_only(way):
    found(WAYS[way](with_macro(), password=POWERPOINT), "macro")


@tap.cases("standard", "agile", "agile 128")
def test_package_with_another_password(way):
    found(WAYS[way](with_macro(), password="secret"), "encrypted_document")


def test_large_package():
    """More than one segment, and what lies across their border."""
    pictures = package(**{"media/%d" % i: os.urandom(3000) for i in range(9)})
    clean(agile(pictures))
    found(agile(package(**{"a": os.urandom(9000), "run.exe": b"MZ" + bytes(200)})), "executable")


def test_unknown_ways():
    found(agile(package(), chaining="ChainingModeCFB"), "encrypted_document")
    found(document(b"\x04\0\x03\0" + bytes(200), bytes(5000)), "encrypted_document")
    found(document(b"\x04\0\x02\0" + b"\xff" * 200, bytes(5000)), "encrypted_document")
    found(document(b"\x04\0\x04\0\x40\0\0\0<encryption>", bytes(5000)), "encrypted_document")
    found(compound({"EncryptedPackage": bytes(5000)}), "encrypted_document")


def test_slow_hashes_take_no_time():
    report = ask(agile(package(), rounds=10, size=4000000000))
    assert report.rules == {"encrypted_document"} and report.microseconds < 1000000, report
    # nor do many that are just quick enough
    report = ask(zip_of({"%d.docx" % i: agile(package(), rounds=10, size=200000) for i in range(200)}))
    assert "encrypted_document" in report.rules and "archive_bomb" not in report.rules, report
    assert len(report.findings) == 200 and report.microseconds < 15000000, report.microseconds


# ---- workbooks (MS-XLS 2.2.10) ----

FILEPASS, BOUNDSHEET = 0x2F, 0x85
PLAIN = (0x809, FILEPASS, 0xE1)


def record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


def bof(version=0x600):
    return record(0x809, struct.pack("<HHHHII", version, 5, 0, 0, 0, 0))


def workbook(filepass, encrypt, sheet=1, filler=3000, version=0x600):
    """A workbook with a sheet of that kind behind much else, of which all but the headers is encrypted."""
    name = b"\x06\0Macro1" if version == 0x600 else b"\x06Macro1"
    records = [(0xE1, b"\xb0\x04"), *[(0x5C, b"\x11" * 100)] * (filler // 100),
               (BOUNDSHEET, struct.pack("<IBB", 77, 0, sheet) + name), (0x0A, b"")]
    out = bof(version) + record(FILEPASS, filepass)
    for kind, data in records:
        plain = len(data) if kind in PLAIN else 4 if kind == BOUNDSHEET else 0
        at = len(out) + 4 + plain
        out += record(kind, data[:plain] + encrypt(at, len(data), data[plain:]))
    return compound({"Workbook" if version == 0x600 else "Book": out + bytes(4200)})


def stream_cipher(key_of_block):
    def encrypt(at, _, data):
        out = b""
        for i, c in enumerate(data):
            block, within = divmod(at + i, 1024)
            if within == 0 or not out:
                keystream = rc4(key_of_block(block), bytes(1024))
            out += bytes([c ^ keystream[within]])
        return out
    return encrypt


def rc4_workbook(password=EXCEL, **options):
    def md5(data):
        return hashlib.md5(data).digest()

    basis = md5((md5(wide(password))[:5] + SALT) * 16)[:5]

    def key(block):
        return md5(basis + struct.pack("<I", block))

    secret = rc4(key(0), VERIFIER + md5(VERIFIER))
    return workbook(struct.pack("<HHH", 1, 1, 1) + SALT + secret, stream_cipher(key), **options)


def capi_workbook(password=EXCEL, bits=128, **options):
    basis = sha1(SALT, wide(password))

    def key(block):
        k = sha1(basis, struct.pack("<I", block))[:(bits or 40) // 8]
        return k + bytes(11) if len(k) == 5 else k

    header = struct.pack("<8I", 4, 0, 0x6801, 0x8004, bits, 1, 0, 0) + wide("Provider\0")
    secret = rc4(key(0), VERIFIER + sha1(VERIFIER))
    info = struct.pack("<HHHII", 1, 2, 2, 4, len(header)) + header + struct.pack("<I", 16) + SALT
    info += secret[:16] + struct.pack("<I", 20) + secret[16:]
    return workbook(info, stream_cipher(key), **options)


def xor_verifier(password):
    v = 0
    for c in reversed(bytes([len(password)]) + password.encode()):
        v = ((v >> 14 & 1) | (v << 1 & 0x7FFF)) ^ c
    return v ^ 0xCE4B


def xor_workbook(password=EXCEL, old=False, **options):
    key, padded = 0x1234, (password.encode() + b"\xbb" * 16)[:16]
    mixed = [c ^ (key >> 8 if i % 2 else key & 255) for i, c in enumerate(padded)]
    pattern = [c >> 1 | c << 7 & 0x80 for c in mixed]

    def encrypt(at, size, data):
        return bytes((c << 5 & 0xE0 | c >> 3) ^ pattern[(at + i + size) % 16] for i, c in enumerate(data))

    words = struct.pack("<HH", key, xor_verifier(password))
    return workbook(words if old else b"\0\0" + words, encrypt, version=0x500 if old else 0x600, **options)


WORKBOOKS = {"rc4": rc4_workbook, "capi": capi_workbook, "capi 40": lambda **o: capi_workbook(bits=40, **o),
             "capi default": lambda **o: capi_workbook(bits=0, **o), "xor": xor_workbook,
             "xor 5": lambda **o: xor_workbook(old=True, **o)}


@tap.cases(*WORKBOOKS)
def test_workbook_with_the_known_password(way):
    found(WORKBOOKS[way](), "macro_xlm", within="Macro1")
    found(WORKBOOKS[way](filler=0), "macro_xlm")
    clean(WORKBOOKS[way](sheet=0))


@tap.cases(*WORKBOOKS)
def test_workbook_with_another_password(way):
    found(WORKBOOKS[way](password="a secret of 15!"), "encrypted_document")


def test_damaged_workbooks():
    for filepass in (b"", b"\0", b"\1\0", b"\1\0\1\0\1\0", b"\1\0\2\0\2\0" + bytes(8), b"\1\0\2\0\2\0" + b"\xff" * 60, b"\2\0" + bytes(60)):
        found(workbook(filepass, lambda at, size, data: data), "encrypted_document")
    twice = rc4_workbook(sheet=0).replace(record(0xE1, b"\xb0\x04"), record(FILEPASS, b"\1\0"))
    found(twice, "encrypted_document")


if __name__ == "__main__":
    tap.main(globals())
