"""Signed mail from many domains, and what a DNS server must say about them."""
import base64
import hashlib
import os
import re
import subprocess

SELECTOR = 'bench'
RESULTS = 'mx.example.org'   # who writes the results that OpenDMARC reads
CLIENT, CLIENT_NAME = '192.0.2.1', 'mail.bench.example'
# Nothing is ever answered below this name.
SILENT = 'silent.example'
WORDS = ('the minutes of our meeting on Monday are attached and we ask everybody to send '
         'corrections before Friday noon').split()


def domain(n):
    return f'd{n}.bench.example'


def fields(author):
    """(name, value) as they are sent, folds and all; those above From are not signed."""
    return [
        ('Received', ' from client.example.com (client.example.com [198.51.100.10])\r\n'
                     '\tby mail.bench.example (Postfix) with ESMTPSA id 4BENCH\r\n'
                     '\tfor <colleague@example.net>; Mon, 24 Nov 2025 10:15:30 +0100 (CET)'),
        ('From', f' An Author <{author}>'),
        ('To', ' A. Colleague <colleague@example.net>'),
        ('Cc', ' team@example.net,\r\n\tanother.reader@example.org'),
        ('Subject', ' Re: minutes of the meeting on Monday'),
        ('Date', ' Mon, 24 Nov 2025 10:15:30 +0100'),
        ('Message-ID', ' <20251124101530.1@client.example.com>'),
        ('In-Reply-To', ' <cd3c2e04-7f8e-4a4e-8c7b-0d3f6f0b1a55@example.net>'),
        ('References', ' <8a1d2b6c-31d4-4c6b-9a53-6f6f4a2f3b11@example.net>\r\n'
                       ' <cd3c2e04-7f8e-4a4e-8c7b-0d3f6f0b1a55@example.net>'),
        ('MIME-Version', ' 1.0'),
        ('Content-Type', ' text/plain; charset=UTF-8; format=flowed'),
        ('User-Agent', ' Mozilla Thunderbird'),
    ]


def body(size):
    """4 KB of words, with a space at the end of each line, then base64 as an attachment has it."""
    lines, total, n = [], 0, 0
    while total < size:
        if total < 4096:
            line = ' '.join(WORDS[(n + i * 7) % len(WORDS)] for i in range(n % 5 + 7)) + ' '
        else:
            digest = b''.join(hashlib.sha256(b'%d %d' % (n, i)).digest() for i in range(2))
            line = base64.b64encode(digest[:57]).decode()
        lines.append(line)
        total += len(line) + 2
        n += 1
    return ('\r\n'.join(lines)[:size - 3] + '.\r\n').encode()


def relaxed_field(name, value):
    """RFC 6376 §3.4.2, without the CRLF."""
    return name.lower() + ':' + re.sub(r'[ \t]+', ' ', value.replace('\r\n', '')).strip(' ')


def relaxed_body(octets):
    """RFC 6376 §3.4.4."""
    text = re.sub(rb'[ \t]+(?=\r\n)', b'', octets)
    return re.sub(rb'[ \t]+', b' ', text).rstrip(b'\r\n') + b'\r\n'


def rsa_sign(key, octets):
    return subprocess.run(['openssl', 'dgst', '-sha256', '-sign', key], input=octets,
                          stdout=subprocess.PIPE, check=True).stdout


def signature_field(key, from_domain, header, octets):
    signed = header[1:]
    body_hash = base64.b64encode(hashlib.sha256(relaxed_body(octets)).digest()).decode()
    value = (f' v=1; a=rsa-sha256; c=relaxed/relaxed; d={from_domain}; s={SELECTOR};\r\n'
             f'\tt=1763975730; h={":".join(name.lower() for name, _ in signed)};\r\n'
             f'\tbh={body_hash};\r\n\tb=')
    return with_signature(key, value, [relaxed_field(*f) for f in signed]
                          + [relaxed_field('DKIM-Signature', value)])


def sealer(instance):
    return f's{instance}.bench.example'


def arc_set(key, instance, header, octets, sets):
    """A set (RFC 8617) of a host that has changed nothing; sets: those below, the oldest first."""
    results = (f' i={instance}; {sealer(instance)};\r\n\tdkim=pass header.d={sealer(0)} '
               f'header.s={SELECTOR};\r\n\tspf=pass smtp.mailfrom=author@{sealer(0)}')
    signed = [f for f in header if f[0] != 'Received']
    body_hash = base64.b64encode(hashlib.sha256(relaxed_body(octets)).digest()).decode()
    message = (f' i={instance}; a=rsa-sha256; c=relaxed/relaxed; d={sealer(instance)}; s={SELECTOR};\r\n'
               f'\tt=1763975731; h={":".join(name.lower() for name, _ in signed)};\r\n'
               f'\tbh={body_hash};\r\n\tb=')
    message = with_signature(key, message, [relaxed_field(*f) for f in signed]
                             + [relaxed_field('ARC-Message-Signature', message)])
    seal = (f' i={instance}; a=rsa-sha256; cv={"pass" if sets else "none"}; d={sealer(instance)};\r\n'
            f'\ts={SELECTOR}; t=1763975731;\r\n\tb=')
    new = [('ARC-Authentication-Results', results), ('ARC-Message-Signature', message)]
    below = [f for old in sets for f in old]
    seal = with_signature(key, seal, [relaxed_field(*f) for f in below + new]
                          + [relaxed_field('ARC-Seal', seal)])
    return new + [('ARC-Seal', seal)]


def with_signature(key, value, data):
    b = base64.b64encode(rsa_sign(key, '\r\n'.join(data).encode())).decode()
    return value + '\r\n\t '.join(b[i:i + 72] for i in range(0, len(b), 72))


def write_fields(path, header, octets):
    with open(path, 'wb') as out:
        for name, value in header:
            out.write(f'{name}:{value}\r\n'.encode())
        out.write(b'\r\n' + octets)


def write(path, key, from_domain, octets, chain=0):
    """
    One message file, with a chain of so many ARC sets; and beside it (.results.eml for
    .eml) the same with the results that a milter before OpenDMARC has added.
    """
    header = fields('author@' + from_domain)
    header.insert(0, ('DKIM-Signature', signature_field(key, from_domain, header, octets)))
    sets = []
    for instance in range(1, chain + 1):
        sets.append(arc_set(key, instance, header, octets, sets))
    header = [f for one in reversed(sets) for f in reversed(one)] + header
    write_fields(path, header, octets)
    results = (f' {RESULTS};\r\n\tdkim=pass (2048-bit key; unprotected) header.d={from_domain} '
               f'header.i=@{from_domain} header.a=rsa-sha256;\r\n\tspf=pass '
               f'smtp.mailfrom=author@{from_domain}')
    write_fields(with_results(path), [('Authentication-Results', results)] + header, octets)


def with_results(path):
    return path.removesuffix('.eml') + '.results.eml'


def write_many(folder, key, domains, octets, chain=0):
    """Messages 1.eml to N.eml, each from a domain of its own."""
    os.mkdir(folder)
    for n in range(1, domains + 1):
        write(os.path.join(folder, f'{n}.eml'), key, domain(n), octets, chain)


def public_key(key):
    der = subprocess.run(['openssl', 'pkey', '-in', key, '-pubout', '-outform', 'DER'],
                         stdout=subprocess.PIPE, check=True).stdout
    return base64.b64encode(der).decode()


def add_records(zone, key, domains, chain=0):
    """
    SPF by an include, as at most senders, and a DMARC policy; keys of those who seal;
    the client's name leads to its address and back.
    """
    record = 'v=DKIM1; k=rsa; p=' + public_key(key)
    for n in range(1, domains + 1):
        zone.add_txt(f'{SELECTOR}._domainkey.{domain(n)}', record)
        zone.add_txt(domain(n), f'v=spf1 ip4:198.51.100.0/24 include:_spf.{domain(n)} -all')
        zone.add_txt('_spf.' + domain(n), 'v=spf1 ip4:203.0.113.7 ip4:192.0.2.0/28 ~all')
        zone.add_txt('_dmarc.' + domain(n),
                     f'v=DMARC1; p=reject; rua=mailto:dmarc@{domain(n)}; fo=1')
    for instance in range(1, chain + 1):
        zone.add_txt(f'{SELECTOR}._domainkey.{sealer(instance)}', record)
    zone.add('.'.join(reversed(CLIENT.split('.'))) + '.in-addr.arpa', 'PTR', CLIENT_NAME + '.')
    zone.add(CLIENT_NAME, 'A', CLIENT)
    zone.add_txt(CLIENT_NAME, 'v=spf1 a -all')
