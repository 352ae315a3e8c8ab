"""Messages for tests: plain ones, and those that signers get wrong."""

HEAD = (b"From: Ann Example <ann@%(domain)s>\r\n"
        b"To: bob@sink.example.net\r\n"
        b"Subject: %(subject)s\r\n"
        b"Date: Mon, 01 Jan 2024 10:00:00 +0000\r\n"
        b"Message-ID: <%(subject)s@example.org>\r\n")
BODY = b"Hello Bob,\r\n\r\nthis is a message.\r\n"
CHUNK = 65535  # bytes that an MTA hands over at once


def octets(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def plain(domain, subject="test", body=BODY, more=b""):
    """An ordinary message of ann@domain."""
    return HEAD % {b"domain": octets(domain), b"subject": octets(subject)} + more + b"\r\n" + body


def lines(total, width=78):
    """A body of exactly so many bytes, in lines."""
    line = bytes(97 + i % 26 for i in range(width)) + b"\r\n"
    body = line * (total // len(line))
    rest = total - len(body)
    if rest == 1:
        return body[:-2] + b"x\r\n"
    return body + (b"y" * (rest - 2) + b"\r\n" if rest else b"")


def cr_at(index, width=78):
    """Lines of which one ends with its CR at the given index of the body."""
    return lines(index + 2, width)


def matrix():
    """(name, more header fields, body) of every message that each key and form must sign well."""
    yield "plain", b"", BODY
    yield "empty_body", b"", b""
    yield "no_body", None, b""
    yield "only_blank_lines", b"", b"\r\n\r\n\r\n"
    yield "trailing_blank_lines", b"", BODY + b"\r\n\r\n\r\n"
    yield "trailing_white_lines", b"", b"Hi\r\n \t\r\n\r\n \r\n"
    yield "only_white_space", b"", b" \r\n"
    yield "tabs_and_spaces", b"", b"a  b\t\tc \t d  \r\n\tindent \t\r\n  two\t \r\n"
    yield "eight_bit", b"", "Grüße aus Köln, 東京\r\n".encode() + b"\xff\xfe latin \xe4\r\n"
    yield "dots", b"", b".\r\n..\r\n.hidden\r\nx.\r\n...\r\n"
    yield "no_final_newline", b"", b"the last line has none"
    yield "folded_at_once", (b"List-Unsubscribe:\r\n   <https://example.com/u>\r\n"
                             b"References:\r\n\t<1@example.com>\r\n <2@example.com>\r\n"), BODY
    yield "folded_and_repeated", (
        b"Comments: first\r\n \tgoes on  here\r\n"
        b"Comments:second\r\nKeywords: a,\r\n b,\r\n\tc\r\nComments:\t third \t\r\n"
        b"X-Case: one\r\nx-cAsE:  two\r\n"), BODY
    yield "odd_spaces", (b"Comments:  two  spaces\r\nKeywords:none\r\n"
                         b"X-Case: \t tab and end \t \r\nX-Empty:\r\nX-Blank: \r\n"), BODY
    yield "long_fields", (b"References:" + b"".join(b"\r\n <%d@example.org>" % i
                                                    for i in range(60)) + b"\r\n"
                          b"X-Case: " + b"v" * 900 + b"\r\n"), BODY
    for shift in (-2, -1, 0, 1):
        yield "cr_at_chunk_end%+d" % shift, b"", cr_at(CHUNK - 1 + shift) + BODY
    for shift in (-3, -2, -1, 0, 1):
        yield "blank_lines_at_chunk_end%+d" % shift, b"", cr_at(CHUNK - 1 + shift) + b"\r\n\r\n"
    yield "two_chunks", b"", lines(2 * CHUNK)


def build(domain, subject, more, body):
    """The message of a row of the matrix; None for more: not even the empty line."""
    if more is None:
        return HEAD % {b"domain": octets(domain), b"subject": octets(subject)}
    return plain(domain, subject, body, more)
