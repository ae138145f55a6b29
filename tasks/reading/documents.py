"""Word and RTF files as plain text."""

import io
import re
import zipfile
import zlib

import lxml.etree

from sayso.tasks.articles import Rejected
from sayso.tasks.reading.cleaning import one_line

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SECURE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def docx_text(data: bytes, max_bytes: int) -> str:
    """The paragraphs of a Word document, separated by blank lines; what was deleted in it is left out.

    Raises:
        Rejected: `broken` for what is no Word document, `too_large` where it unpacks to more than `max_bytes`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed, packed.open("word/document.xml") as opened:
            document = opened.read(max_bytes + 1)
        if len(document) > max_bytes:
            raise Rejected("too_large", f"it unpacks to more than [reading] max_bytes = {max_bytes:,}")
        tree = lxml.etree.fromstring(document, lxml.etree.XMLParser(**_SECURE))
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Rejected("broken", f"not a Word document: {one_line(str(error))}") from error
    except lxml.etree.XMLSyntaxError as error:
        raise Rejected("broken", f"not a Word document: {one_line(str(error))[:200]}") from error
    return "\n\n".join(filter(None, (_paragraph(p) for p in tree.iter(f"{_W}p"))))


def _paragraph(paragraph: lxml.etree._Element) -> str:
    parts = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        name = node.tag.removeprefix(_W)
        parts.append({"t": node.text or "", "tab": " ", "noBreakHyphen": "-"}.get(name, "\n"))
    return "".join(parts).strip()


def rtf_text(data: bytes) -> str:
    """The paragraphs of an RTF document.

    Raises:
        Rejected: `broken` for what is no RTF.
    """
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip()[:5] == b"{\\rtf":
        raise Rejected("broken", "not an RTF document")
    try:
        text = str(rtf_to_text(data.decode("latin-1"), encoding="cp1252", errors="ignore"))
    except (ValueError, LookupError, RecursionError, IndexError) as error:
        raise Rejected("broken", f"not an RTF document: {one_line(str(error))[:200]}") from error
    return re.sub(r"\n\s*", "\n\n", text.strip())
