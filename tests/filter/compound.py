"""Writes compound files (MS-CFB), and the streams of VBA projects (MS-OVBA) in them."""
import struct

FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NONE = 0xFFFFFFFF
CUTOFF = 4096


class Storage(dict):
    """Name to bytes (a stream) or Storage; `clsid` is the class, as stored."""

    def __init__(self, *members, clsid=bytes(16), **more):
        super().__init__(*members, **more)
        self.clsid = clsid


def tree(paths, clsid=bytes(16)):
    """A Storage out of {"Macros/VBA/dir": bytes}."""
    root = Storage(clsid=clsid)
    for path, content in paths.items():
        *storages, name = path.split("/")
        at = root
        for storage in storages:
            at = at.setdefault(storage, Storage())
        at[name] = content
    return root


def _pad(data, size):
    return data + bytes(-len(data) % size)


class Writer:
    def __init__(self, root):
        self.sectors = []  # bytes of 512
        self.fat = []
        self.mini = bytearray()
        self.minifat = []
        self.entries = []  # [name, kind, clsid, left, right, child, start, size]
        self._add("Root Entry", 5, root.clsid)
        self._fill(0, root)

    def _add(self, name, kind, clsid=bytes(16)):
        self.entries.append([name, kind, clsid, NONE, NONE, NONE, END, 0])
        return len(self.entries) - 1

    def _chain(self, data):
        if not data:
            return END
        first = len(self.sectors)
        data = _pad(data, 512)
        n = len(data) // 512
        for i in range(n):
            self.sectors.append(data[512 * i:512 * i + 512])
            self.fat.append(first + i + 1 if i + 1 < n else END)
        return first

    def _mini_chain(self, data):
        if not data:
            return END
        first = len(self.mini) // 64
        n = -(-len(data) // 64)
        self.mini += _pad(data, 64)
        self.minifat += [first + i + 1 for i in range(n - 1)] + [END]
        return first

    def _fill(self, parent, storage):
        before = None
        for name, content in storage.items():
            if isinstance(content, Storage):
                entry = self._add(name, 1, content.clsid)
                self._fill(entry, content)
            else:
                entry = self._add(name, 2)
                chain = self._chain if len(content) >= CUTOFF else self._mini_chain
                self.entries[entry][6:] = [chain(content), len(content)]
            # a list rather than a tree: readers accept it
            if before is None:
                self.entries[parent][5] = entry
            else:
                self.entries[before][4] = entry
            before = entry

    def bytes(self):
        self.entries[0][6:] = [self._chain(bytes(self.mini)), len(self.mini)]
        minifat = b"".join(struct.pack("<I", s) for s in self.minifat)
        minifat_start = self._chain(_padded(minifat))
        directory = self._chain(_pad(b"".join(self._entry(*e) for e in self.entries), 512))
        return self._with_fat(directory, minifat_start, -(-len(minifat) // 512))

    def _with_fat(self, directory, minifat_start, minifat_sectors):
        n = 0
        while n * 128 < len(self.sectors) + n:
            n += 1
        assert n <= 109
        begin = len(self.sectors)
        fat = self.fat + [FAT_SECTOR] * n
        table = struct.pack("<%dI" % len(fat), *fat)
        table += b"\xff" * (-len(table) % 512)
        header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
        header += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, n, directory, 0,
                              CUTOFF, minifat_start, minifat_sectors, END, 0,
                              begin if n else FREE)
        header = header[:76] + struct.pack("<109I", *([begin + i for i in range(n)] +
                                                      [FREE] * (109 - n)))
        return header + b"".join(self.sectors) + table

    @staticmethod
    def _entry(name, kind, clsid, left, right, child, start, size):
        raw = name.encode("utf-16-le") + b"\0\0"
        return (raw + bytes(64 - len(raw)) + struct.pack("<HBBIII", len(raw), kind, 1, left, right,
                                                         child) + clsid + bytes(20) +
                struct.pack("<IQ", start, size))


def _padded(data):
    return data + b"\xff" * (-len(data) % 512)


def compound(paths, clsid=bytes(16)):
    return Writer(tree(paths, clsid)).bytes()


def guid(text):
    a, b, c, d, e = text.strip("{}").split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


# ---- VBA ----

def compress(data):
    """A container of MS-OVBA 2.4.1, with copy tokens where text repeats."""
    out = b"\x01"
    for begin in range(0, len(data), 4096):
        out += _compress_chunk(data[begin:begin + 4096])
    return out


def _compress_chunk(chunk):
    body, at = b"", 0
    while at < len(chunk):
        flags, tokens = 0, b""
        for bit in range(8):
            if at >= len(chunk):
                break
            length, back = _longest(chunk, at)
            if length >= 3:
                bits = max(4, (at - 1).bit_length())
                tokens += struct.pack("<H", (back - 1) << (16 - bits) | (length - 3))
                flags |= 1 << bit
                at += length
            else:
                tokens += chunk[at:at + 1]
                at += 1
        body += bytes([flags]) + tokens
    return struct.pack("<H", 0xB000 | (len(body) + 2 - 3)) + body


def _longest(chunk, at):
    bits = max(4, (at - 1).bit_length())
    most = min((0xFFFF >> bits) + 3, len(chunk) - at)
    for length in range(most, 2, -1):
        found = chunk.rfind(chunk[at:at + length], 0, at + length - 1)
        if 0 <= found < at:
            return length, at - found
    return 0, 0


def _record(kind, data):
    return struct.pack("<HI", kind, len(data)) + data


def project(modules, pcode=b"", offset=None):
    """The streams of a project out of {name: source}; source None is left out."""
    directory = _record(0x01, struct.pack("<I", 1)) + _record(0x04, b"Project")
    directory += struct.pack("<HIIH", 0x09, 4, 1, 2) + _record(0x0F, struct.pack("<H", len(modules)))
    streams = {}
    for name, source in modules.items():
        raw = name.encode()
        directory += _record(0x19, raw) + _record(0x1A, raw) + _record(0x32, name.encode("utf-16-le"))
        directory += _record(0x31, struct.pack("<I", len(pcode) if offset is None else offset))
        directory += _record(0x21, b"") + _record(0x2B, b"")
        streams[name] = pcode + (b"" if source is None else compress(source.encode()))
    streams["dir"] = compress(directory + _record(0x10, b""))
    streams["_VBA_PROJECT"] = b"\xcc\x61\xff\xff\0\0\0"
    return streams


def pcode(lines):
    """Compiled code as far as a reader of its table of lines sees it."""
    table = b"".join(struct.pack("<IHHI", 0, n, 0, 0) for n in lines)
    return bytes(32) + b"\xfe\xca\x01\0" + struct.pack("<H", len(lines)) + table + bytes(10 + sum(lines))
