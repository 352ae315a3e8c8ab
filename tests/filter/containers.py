"""Harmless archives for the tests, well made and ill made. No program is in them that does anything."""
import bz2
import gzip
import io
import lzma
import os
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib

TEXT = b"Nothing of interest.\r\n" * 20
# the head of a program for Windows, without the program
PROGRAM = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x14c) + bytes(400)


def tool(name):
    return shutil.which(name) is not None


# ---- zip, piece by piece ----

def local(name, data, method=0, flags=0, size=None, packed=None, extra=b""):
    name = name if isinstance(name, bytes) else name.encode()
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags, method, 0, 0, zlib.crc32(data),
                       len(data) if packed is None else packed, len(data) if size is None else size,
                       len(name), len(extra)) + name + extra


def central(name, offset, data, method=0, flags=0, size=None, packed=None, extra=b""):
    name = name if isinstance(name, bytes) else name.encode()
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, flags, method, 0, 0, zlib.crc32(data),
                       len(data) if packed is None else packed, len(data) if size is None else size,
                       len(name), len(extra), 0, 0, 0, 0, offset) + name + extra


def end(count, size, offset, comment=b"", disk=0):
    return struct.pack("<4sHHHHIIH", b"PK\5\6", disk, disk, count, count, size, offset, len(comment)) + comment


def zip_of(files, prefix=b"", comment=b"", method=zipfile.ZIP_DEFLATED, **options):
    """A well made zip file of {name: content}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, **options) as z:
        for name, content in files.items():
            z.writestr(name, content)
        z.comment = comment
    return prefix + out.getvalue()


def streamed_zip(files):
    """With sizes behind the content, as a program that writes to a pipe makes it."""
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.content = b""

        def writable(self):
            return True

        def write(self, data):
            self.content += bytes(data)
            return len(data)

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.content


def pieces(entries, **options):
    """entries: (local bytes, data, central arguments)."""
    body, directory = b"", b""
    for head, data, arguments in entries:
        directory += central(arguments[0], len(body), *arguments[1:])
        body += head + data
    return body + directory + end(len(entries), len(directory), len(body), **options)


# ---- other formats ----

def tar_of(files, format=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as t:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            t.addfile(info, io.BytesIO(content))
    return out.getvalue()


def old_tar_of(name, content):
    head = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(content) + \
        b"00000000000\0" + b" " * 8 + b"0" + bytes(355)
    head = head[:148] + b"%06o\0 " % sum(head) + head[156:]
    return head + content.ljust(-(-len(content) // 512) * 512, b"\0") + bytes(1024)


def gzip_of(content, name=None):
    out = io.BytesIO()
    with gzip.GzipFile(name or "", "wb", fileobj=out, mtime=0) as g:
        g.write(content)
    return out.getvalue()


def number(v):
    """A number of RAR 5."""
    out = b""
    while v > 0x7f:
        out += bytes([v & 0x7f | 0x80])
        v >>= 7
    return out + bytes([v])


def rar5_header(kind, flags, body, extra=b"", data=b""):
    flags |= (1 if extra else 0) | (2 if data else 0)
    head = number(kind) + number(flags) + (number(len(extra)) if extra else b"") + \
        (number(len(data)) if data else b"") + body + extra
    head = number(len(head)) + head
    return struct.pack("<I", zlib.crc32(head)) + head + data


def rar5_file(name, content, kind=2, flags=0, extra=b""):
    body = number(4) + number(len(content)) + number(0o644) + struct.pack("<I", zlib.crc32(content)) + \
        number(0) + number(1) + number(len(name.encode())) + name.encode()
    return rar5_header(kind, flags, body, extra, content)


RAR5 = b"Rar!\x1a\x07\x01\0"


def rar5_of(files, volume=False, **options):
    return RAR5 + rar5_header(1, 0, number(1 if volume else 0)) + \
        b"".join(rar5_file(n, c, **options) for n, c in files.items()) + rar5_header(5, 0, number(0))


def rar4_block(kind, flags, body, data=b""):
    head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(head) & 0xffff) + head + data


def rar4_of(files, flags=0, file_flags=0):
    out = b"Rar!\x1a\x07\0" + rar4_block(0x73, flags, bytes(6))
    for name, content in files.items():
        body = struct.pack("<IIBIIBBHI", len(content), len(content), 3, zlib.crc32(content), 0, 29, 0x30,
                           len(name), 0o644) + name.encode()
        out += rar4_block(0x74, 0x8000 | file_flags, body, content)
    return out + rar4_block(0x7b, 0x4000, b"")


def cab_of(name, content):
    folder, files = 36, 44
    entry = struct.pack("<IIHHHH", len(content), 0, 0, 0, 0, 0x20) + name.encode() + b"\0"
    at = files + len(entry)
    block = struct.pack("<IHH", 0, len(content), len(content)) + content
    return struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, at + len(block), 0, files, 0, 3, 1, 1, 1, 0, 0, 0) + \
        struct.pack("<IHH", at, 1, 0) + entry + block


def lha_of(name, content):
    """Method -lh0-, header of level 0."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    body = b"-lh0-" + struct.pack("<III", len(content), len(content), 0) + b"\x20\0" + \
        bytes([len(name)]) + name.encode() + struct.pack("<H", crc)
    return bytes([len(body), sum(body) & 255]) + body + content + b"\0"


def seven_number(v):
    """A number of 7z, below 16384."""
    return bytes([v]) if v < 0x80 else bytes([0x80 | v >> 8, v & 255])


def seven_of(name, packed, size, method, properties):
    """A 7z archive of one file, packed in any way."""
    coder = bytes([len(method) | 0x20]) + method + seven_number(len(properties)) + properties
    streams = b"\x04" + b"\x06\0\1\x09" + seven_number(len(packed)) + b"\0" + \
        b"\x07\x0b\1\0\1" + coder + b"\x0c" + seven_number(size) + b"\0" + b"\x08\0\0"
    text = name.encode("utf-16le") + b"\0\0"
    header = b"\1" + streams + b"\x05\1\x11" + seven_number(len(text) + 1) + b"\0" + text + b"\0\0"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def xz_with(dictionary):
    """The begin of an xz file, and its dictionary in the coding of LZMA2 (40: 4 GB)."""
    flags = b"\0\1"
    block = bytes([2, 0, 0x21, 1, dictionary, 0, 0, 0])
    return b"\xfd7zXZ\0" + flags + struct.pack("<I", zlib.crc32(flags)) + block + \
        struct.pack("<I", zlib.crc32(block)) + b"\1\0\4hello" + bytes(20)


def greedy_archives():
    """Small files that ask for gigabytes of memory to be unpacked."""
    rest = bytes(60)
    return {"7z ppmd": seven_of("a.txt", rest, 400, b"\3\4\1", struct.pack("<BI", 6, 0xa0000000)),
            "7z lzma": seven_of("a.txt", rest[1:] + b"\xff" * 9, 16000, b"\3\1\1", struct.pack("<BI", 0x5d, 0xa0000000)),
            "7z lzma2": seven_of("a.txt", b"\1\0\x31" + rest, 400, b"\x21", bytes([40])),
            "xz": xz_with(40), "lzip": b"LZIP\1" + bytes([29]) + rest,
            "lzma": b"\x5d" + struct.pack("<I", 0x80000000) + b"\xff" * 8 + rest,
            "zstd": b"\x28\xb5\x2f\xfd\0\xa8\x29\0\0hello"}


def made_by(command, files, output):
    """The file that a program makes in a folder with those files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        subprocess.run([*command, output, *files], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120)
        with open(os.path.join(folder, output), "rb") as file:
            return file.read()


def seven_zip(files, output, *options):
    return made_by(["7zz", "a", "-bd", *options], files, output)


def bsdtar(files, output, *options):
    return made_by(["bsdtar", "--format", *options, "-cf"], files, output)


def filtered(command, content):
    return subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def cpio_of(name, content, magic=b"070701"):
    def entry(name, content):
        name = name.encode() + b"\0"
        fields = (0, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        head = magic + b"".join(b"%08x" % f for f in fields) + name
        return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
    return entry(name, content) + entry("TRAILER!!!", b"")


def old_cpio_of(name, content, order="<"):
    """In binary words of either order."""
    def entry(name, content):
        name = name.encode() + b"\0"
        head = struct.pack(order + "13H", 0o70707, 0, 0, 0o100644, 0, 0, 1, 0, 0, 0, len(name),
                           len(content) >> 16, len(content) & 0xffff)
        return head + name + bytes(len(name) % 2) + content + bytes(len(content) % 2)
    return entry(name, content) + entry("TRAILER!!!", b"")


def signed_tar_of(files):
    """With checksums of signed characters, as some programs of old made them."""
    whole = bytearray(tar_of(files))
    at = 0
    while whole[at]:
        head = whole[at:at + 148] + b" " * 8 + whole[at + 156:at + 512]
        whole[at + 148:at + 156] = b"%06o\0 " % sum(b - 256 if b > 127 else b for b in head)
        at += 512 + -(-int(bytes(whole[at + 124:at + 135]), 8) // 512) * 512
    return bytes(whole)


# a frame that programs skip, before the first one that they unpack
SKIPPED = struct.pack("<II", 0x184d2a53, 4) + b"abcd"


# ---- bombs ----

def nested_bomb(levels, wide, kilobytes):
    """Zip files in zip files: wide ** levels times so many kilobytes of nothing."""
    content = bytes(kilobytes * 1024)
    for level in range(levels):
        content = zip_of({"%d.%d.zip" % (level, i) if level else "%d.txt" % i: content for i in range(wide)})
    return content


def overlapping_bomb(count, size):
    """Each file begins with the local headers of all those after it (D. Fifield, 2019)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(bytes(size)) + packer.flush()
    names = ["%d.txt" % i for i in range(count)]
    body = local(names[-1], kernel, 8, 0, size, len(kernel)) + kernel
    sizes = [(len(kernel), size)]
    heads = [len(body)]
    for name in reversed(names[:-1]):
        packed, unpacked = sizes[-1]
        quoted = len(body) - packed
        head = body[:quoted]
        block = struct.pack("<BHH", 0, len(head), len(head) ^ 0xffff)
        data_len = len(block) + len(head) + packed
        data = (data_len, unpacked + len(head))
        body = local(name, b"", 8, 0, data[1], data[0]) + block + body
        sizes.append(data)
        heads.append(len(body))
    directory = b""
    for name, at, (packed, unpacked) in zip(names, [len(body) - h for h in reversed(heads)], reversed(sizes)):
        directory += central(name, at, b"", 8, 0, unpacked & 0xffffffff, packed)
    return body + directory + end(count, len(directory), len(body))


def xz_of(content):
    return lzma.compress(content)


def bz2_of(content):
    return bz2.compress(content)
