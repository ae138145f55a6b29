"""Markup that is no part of what an article says: HTML in records, Markdown, heads of metadata, codes of wires."""

import html
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import lxml.etree

from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.layout import is_boilerplate

_BLOCKS = frozenset(
    """address article aside blockquote caption center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5
    h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul body""".split()
)
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big br cite code del dfn em figcaption font i iframe img ins kbd mark noscript path q s
    samp script small source span strike strong style sub sup svg time tt u var video audio wbr""".split()
)
_LEFT_OUT = frozenset(
    """script style noscript iframe svg math template form button select textarea object embed audio video figcaption
    head title""".split()
)
_TAG = re.compile(rf"</?(?P<name>{'|'.join(sorted(_BLOCKS | _INLINE, key=len, reverse=True))})(?:\s[^<>]*)?/?>", re.I)
_BLOCK_TAG = re.compile(rf"<(?:{'|'.join(sorted(_BLOCKS, key=len, reverse=True))}|br)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_MARKS = re.compile(r"[\"“”„«»]|(?<!\w)‘|''|``")
_HEAD = re.compile(r"\ufeff?(?P<mark>---|\+\+\+)[ \t]*\n(?P<head>.*?)\n(?P=mark)[ \t]*(?:\n|$)", re.DOTALL)
_PAIR = re.compile(r"^([A-Za-z][\w .-]{0,40}):[ \t]*(.*)$", re.MULTILINE)
MAX_HEAD = 20_000  # characters
# IPTC 7901 and ANPA 1312: a header line, the text between STX and ETX, and when it was sent.
_WIRE = re.compile(
    r"\x01(?P<head>[^\x02]{0,2000})\x02(?P<text>[^\x03\x04]*)(?:\x03(?P<foot>[^\x04]{0,2000}))?", re.DOTALL
)
_SENT = re.compile(r"\b(\d\d)(\d\d)(\d\d)(?: ?(GMT|UTC|[A-Z]{3,4}))? ([A-Za-z]{3})[a-z]* (\d{2,4})\b")


def without_markup(text: str) -> str:
    """A text without tags and entities, its blocks as paragraphs; one without them stays as it is."""
    for _ in range(3):  # what is escaped twice is resolved too
        before = text
        if _TAG.search(text):
            text = "\n\n".join(blocks_of(text))
        elif _ENTITY.search(text):
            text = html.unescape(text)
        if text == before:
            break
    return text


def blocks_of(markup: str) -> list[str]:
    """The paragraphs of a piece of HTML; what it marks as quotation has quotation marks."""
    if not _BLOCK_TAG.search(markup):  # lines are all the structure that there is
        markup = markup.replace("\n", "<br>\n")
    elif "<p" not in markup.lower():
        markup = re.sub(r"\n[ \t]*\n\s*", "<br><br>", markup)
    parser = lxml.etree.HTMLParser(recover=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        tree = lxml.etree.fromstring(f"<html><body>{markup}</body></html>", parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        return []
    return tree_blocks(tree) if tree is not None else []


def tree_blocks(tree: Any) -> list[str]:
    """The paragraphs of a tree of HTML, or of what has its tags (NITF, XHTML in feeds)."""
    mark_quotations(tree)
    pieces: list[list[str]] = [[""]]  # lines
    skipped = 0
    for event, node in lxml.etree.iterwalk(tree, events=("start", "end")):
        name = _name(node)
        if event == "start":
            skipped += name in _LEFT_OUT
            if skipped:
                continue
            if name in _BLOCKS:
                pieces.append([""])
            if name == "br":
                pieces[-1].append("")
            pieces[-1][-1] += node.text or ""
        else:
            was, skipped = skipped, skipped - (name in _LEFT_OUT)
            if not was and name in _BLOCKS:
                pieces.append([""])
            if not skipped and node is not tree:
                pieces[-1][-1] += node.tail or ""
    texts = ("\n".join(map(one_line, lines)).strip() for lines in pieces)
    return [block for text in texts for block in re.split(r"\n{2,}", text) if block]


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def mark_quotations(tree: Any) -> None:
    """Put quotation marks around what a tree of HTML marks as quotation: `q`, and block quotes that have none.

    A block quote of several paragraphs has a mark before each and one at its end; who is named below it, in a footer,
    a `cite`, or after a dash as in embedded posts, stands after it as a signature. A block quote that repeats what the
    text says elsewhere gets no marks, nor does one that is most of the text.
    """
    said = _letters(" ".join("".join(p.itertext()) for p in tree.iter("{*}p", "{*}li")))
    for node in list(tree.iter("{*}q", "{*}blockquote")):
        if _name(node) == "q":
            if "".join(node.itertext()).strip():
                _around([node])
        elif not any(_name(parent) == "blockquote" for parent in node.iterancestors()):
            _mark_block(node, said)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _mark_block(node: Any, said: str) -> None:
    signature = _signature(node)
    paragraphs = [p for p in node.iter("{*}p", "{*}li") if "".join(p.itertext()).strip()]
    text = "".join(node.itertext())
    mine, counted = _letters(text), bool(paragraphs)  # whether it is in `said`
    paragraphs = paragraphs or [node]
    most = 2 * len(mine) >= len(said) + (0 if counted else len(mine))
    repeated = said.count(mine) > counted
    if mine and not (most or repeated or _MARKS.search(text) or is_boilerplate(one_line(text))):
        _around(paragraphs)
    if signature:
        _append(paragraphs[-1], f" — {signature}")


def _around(paragraphs: list[Any]) -> None:
    for node in paragraphs:
        node.text = "“" + (node.text or "").lstrip()
    last = paragraphs[-1]
    if len(last) and (last[-1].tail or "").strip():
        last[-1].tail = last[-1].tail.rstrip() + "”"
    else:
        _append(last, "”")


def _append(node: Any, text: str) -> None:
    if len(node):
        node[-1].tail = (node[-1].tail or "").rstrip() + text
    else:
        node.text = (node.text or "").rstrip() + text


def _signature(node: Any) -> str:
    """Who a block quote says that it is by; this is taken out of it."""
    for part in node.iter("{*}footer", "{*}cite", "{*}figcaption"):
        text = one_line("".join(part.itertext()))
        _remove(part)
        return text.strip(" —–-―")
    if len(node) and _name(node[-1]) == "a" and len(node) > 1 and re.match(r"\s*[—–―]", node[-2].tail or ""):
        text = one_line(node[-2].tail)  # — Name (@handle) <a>date</a>
        node[-2].tail = ""
        _remove(node[-1])
        return re.sub(r"\s*\(@\w+\)", "", text).strip(" —–-―")
    return ""


def _remove(node: Any) -> None:
    parent, before = node.getparent(), node.getprevious()
    tail = node.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(node)


def read_head(text: str) -> tuple[dict[str, Any], str]:
    """The head of a text (YAML between lines of ---, TOML between +++), and the text below it."""
    match = _HEAD.match(text)
    if match is None or len(match["head"]) > MAX_HEAD or not re.search(r"[:=]", match["head"]):
        return {}, text
    head = _toml(match["head"]) if match["mark"] == "+++" else _yaml(match["head"])
    return (head, text[match.end() :]) if head else ({}, text)


def _yaml(head: str) -> dict[str, Any]:
    import yaml

    try:
        if not any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head, Loader=yaml.BaseLoader)):
            values = yaml.load(head, Loader=yaml.BaseLoader)  # texts, lists and tables alone: it makes no objects
            return {str(k).lower(): v for k, v in values.items()} if isinstance(values, dict) else {}
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        pass
    return {key.strip().lower(): value.strip(" \t\"'") for key, value in _PAIR.findall(head)}


def _toml(head: str) -> dict[str, Any]:
    try:
        return {key.lower(): value for key, value in tomllib.loads(head).items()}
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def read_markdown(text: str) -> tuple[list[tuple[str, bool]], bool]:
    """The paragraphs of a Markdown text, each with whether it is a heading; and whether the first is its title."""
    from markdown_it import MarkdownIt

    blocks: list[tuple[str, bool]] = []
    quoted: list[list[int]] = []  # paragraphs of each open block quote
    number, heading = "", False
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "blockquote_open":
            quoted.append([])
        elif token.type == "blockquote_close":
            _quote(blocks, quoted.pop())
        elif token.type == "list_item_open":
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "inline":
            shown = number + "".join(_shown(child) for child in token.children or ())
            number = ""
            if shown.strip():
                blocks.append((shown.strip(), heading))
                if quoted:
                    quoted[-1].append(len(blocks) - 1)
        elif token.type in ("code_block", "fence"):
            blocks += [(part.strip(), False) for part in re.split(r"\n\s*\n", token.content) if part.strip()]
        elif token.type == "html_block":
            blocks += [(part, False) for part in blocks_of(token.content)]
        heading = token.type == "heading_open"
    return blocks, bool(blocks) and blocks[0][1]


def _shown(token: Any) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return token.content if token.type in ("text", "code_inline") else ""


def _quote(blocks: list[tuple[str, bool]], numbers: list[int]) -> None:
    if not numbers or any(_MARKS.search(blocks[n][0]) for n in numbers):
        return
    for n in numbers:
        blocks[n] = (f"“{blocks[n][0]}", blocks[n][1])
    blocks[numbers[-1]] = (f"{blocks[numbers[-1]][0]}”", blocks[numbers[-1]][1])


def wire_stories(text: str) -> Iterator[dict[str, Any]]:
    """The stories of a wire transmission as records; none where the text is no such thing."""
    for match in _WIRE.finditer(text):
        lines = match["text"].replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
        title = lines[0].strip().rstrip("=").strip()
        body = re.sub(r"\n(?=[ \t]{2,}\S)", "\n\n", "\n".join(lines[1:]))
        paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", body))
        yield {
            "title": title,
            "text": "\n\n".join(filter(None, paragraphs)),
            "published_at": _sent(match["foot"] or "") or _sent(match["head"]),
        }


def _sent(text: str) -> str | None:
    """When a story was sent, of "231137 GMT Mar 21": day, hour, minute, month and year."""
    if (match := _SENT.search(text)) is None:
        return None
    day, hour, minute, zone, month, year = match.groups()
    try:
        when = datetime.strptime(f"{day} {month[:3].title()} {year[-2:]} {hour}{minute}", "%d %b %y %H%M")
    except ValueError:
        return None
    return when.isoformat() + ("Z" if zone in (None, "GMT", "UTC") else "")
