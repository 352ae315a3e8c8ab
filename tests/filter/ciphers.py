"""Ciphers for specimens: RC4 written out, AES by OpenSSL's command."""
import subprocess


def rc4(key, data):
    box, b, out = list(range(256)), 0, bytearray()
    for i in range(256):
        b = (b + box[i] + key[i % len(key)]) & 255
        box[i], box[b] = box[b], box[i]
    a = b = 0
    for c in data:
        a = (a + 1) & 255
        b = (b + box[a]) & 255
        box[a], box[b] = box[b], box[a]
        out.append(c ^ box[(box[a] + box[b]) & 255])
    return bytes(out)


def aes(key, iv, data):
    """CBC mode; ECB where iv is None."""
    mode = ["-aes-%d-%s" % (8 * len(key), "ecb" if iv is None else "cbc"), "-K", key.hex(), "-nopad"]
    return subprocess.run(["openssl", "enc", *mode, *([] if iv is None else ["-iv", iv.hex()])],
                          input=data, stdout=subprocess.PIPE, check=True).stdout
