"""Bytes to clean text. Text that is clean already comes back to the letter."""

import codecs
import re
import unicodedata

from ftfy import fix_encoding

from sayso.tasks.articles import Rejected

# Control characters but tab and newline; lone surrogates, which no file can hold.
_DIRT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_HIGH_CAPITAL = r"[ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜÝŸŠŽ]"
_MISREAD = re.compile(
    rf"(?<=[a-z]){_HIGH_CAPITAL}"  # caf\u017d, don\xd5t
    r"|(?<![^\W\d_])[À-ÿ](?=[A-Z][a-z])"  # \xd2The
    rf"|(?<=[A-Z]){_HIGH_CAPITAL}(?=[a-z])"  # M\u0178ller
    r"|(?<=[.,!?;:])[À-ÿ]"  # said.\xd3
    r"|(?<=[^\W\d_])[^\w\s\x00-\x7f’‘´·–—…•”“™®©°€\xad](?=[^\W\d_])"  # M\xb8ller
    r"|[\x80-\x9f]"
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_SENTENCE_END = re.compile(r"[.!?:;,][\"”’')\]]*$")


def decode(data: bytes) -> str:
    """Text of a file in whatever encoding it is.

    Raises:
        Rejected: `binary` for what is not text, `encoding` for text in no encoding that can be told.
    """
    if wide := utf_16(data):
        return data.decode(wide, errors="replace").removeprefix("\ufeff")
    if b"\x00" in data[:8192] or _is_binary(data):
        raise Rejected("binary", "not a text file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A few broken bytes in a UTF-8 file are less harm than the whole of it read in another encoding.
        broken = len(re.findall("\ufffd", data.decode("utf-8", errors="replace")))
        multibyte = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", data))
        if multibyte > 2 * broken:
            return data.decode("utf-8-sig", errors="replace")
        text, faults = min((_read_as(data, codec) for codec in ("cp1252", "mac_roman")), key=lambda read: read[1])
        high = len(data.translate(None, bytes(range(128))))
        if faults > 5 + len(text) // 50 or high > len(data) // 3:
            raise Rejected("encoding", f"not UTF-8 (byte {error.start}), and no other encoding fits") from error
        return text


def utf_16(head: bytes) -> str | None:
    """The name of UTF-16 or UTF-32, where a file's first bytes are the mark of it."""
    if head[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return "utf-32"
    return "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else None


def _read_as(data: bytes, codec: str) -> tuple[str, int]:
    """A text in an encoding of one byte a character, and how many characters it has where no text has them.

    That is a capital after a small letter, a sign within a word, a letter after the end of a sentence, a control
    character: Windows-1252 read as Mac Roman is full of them, and the other way round.
    """
    text = data.decode(codec, errors="ignore" if codec != "cp1252" else "undefined as latin-1")
    return text, len(_MISREAD.findall(text))


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("undefined as latin-1", _as_latin_1)


def _is_binary(data: bytes) -> bool:
    sample = data[:8192]
    control = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    return data[:5] in (b"%PDF-", b"{\\rtf") or control > len(sample) // 50 + 1


def clean(text: str) -> str:
    """Mojibake mended, line ends as `\\n`, control characters gone, paragraphs separated by blank lines."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    before = None
    while text != before:  # what goes may bring other mojibake together
        before = text
        text = fix_encoding(_SURROGATE.sub("", text))  # before control characters go: mojibake is made of them
        text = _DIRT.sub("", text.replace("\x85", "\n")).removeprefix("\ufeff").strip()
    if "\n" in text and not _BLANK_LINE.search(text) and _lines_are_paragraphs(text):
        text = re.sub(r"\n+", "\n\n", text)
    return text


def _lines_are_paragraphs(text: str) -> bool:
    """Whether single newlines separate paragraphs rather than wrap lines."""
    lines = text.split("\n")
    ended = sum(bool(_SENTENCE_END.search(line.rstrip())) for line in lines[1:])
    return ended >= 0.6 * (len(lines) - 1)


def one_line(text: str) -> str:
    """Metadata on one line: white space folded, control and direction characters gone."""
    text = "".join(c for c in str(text) if unicodedata.category(c) not in ("Cc", "Cs", "Cf") or c in "\t\n\r")
    return " ".join(text.split())
