"""XML of news: RSS, Atom, WordPress exports, NITF, and NewsML with NITF or HTML in it; one record an article."""

import re
from html.entities import html5
from typing import Any

import lxml.etree

from sayso.tasks.articles import Rejected
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.markup import tree_blocks

_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_OF_XML = (b"amp", b"lt", b"gt", b"quot", b"apos")
_ITEMS = {"rss": "item", "rdf": "item", "feed": "entry"}
_DATES = ("pubDate", "published", "date", "post_date", "updated")
_MADE = (
    "itemMeta/firstCreated",
    "contentMeta/contentCreated",
    "itemMeta/versionCreated",
    "/FirstCreated",
    "/ThisRevisionCreated",
)
Record = dict[str, Any]


def read_feed(data: bytes) -> tuple[list[Record], str | None]:
    """The articles of an XML file, and where it is not well-formed, if so; entities of its own are left out.

    Raises:
        Rejected: `broken` for what is no XML, `format` for XML of another kind.
    """
    parser = lxml.etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
    try:
        root = lxml.etree.fromstring(_ENTITY.sub(_character, data.lstrip()), parser)
    except (lxml.etree.XMLSyntaxError, ValueError) as error:
        raise Rejected("broken", f"not XML: {one_line(str(error))[:200]}") from error
    if root is None:
        raise Rejected("broken", "not XML")
    fatal = next((entry for entry in parser.error_log if entry.level_name == "FATAL"), None)
    fault = f"not well-formed XML at line {fatal.line}: {one_line(fatal.message)[:200]}" if fatal else None
    return _articles(root), fault


def _articles(root: Any) -> list[Record]:
    lxml.etree.strip_tags(root, lxml.etree.Entity)  # of the file's own
    kind = _name(root)
    if kind in ("rss", "rdf", "feed"):
        house = _said(root, "channel/title") or _said(root, "title")
        return [_entry(item, house) for item in _all(root, _ITEMS[kind])]
    if kind == "nitf":
        return [_nitf(root)]
    items = _all(root, "newsItem") or _all(root, "NewsItem") or ([root] if kind in ("newsitem", "newsml") else [])
    if not items and (nested := _all(root, "nitf")):
        return [_nitf(each) for each in nested]
    if not items:
        raise Rejected("format", f"XML of a kind that is not read (<{kind}>); there are RSS, Atom, NITF and NewsML")
    records = [_news_item(item) for item in items]
    return [record for record in records if record.get("text")] or records[:1]  # pictures have none


def _character(entity: re.Match[bytes]) -> bytes:
    """An entity of HTML that XML does not know, as a number; feeds have them nevertheless."""
    shown = html5.get(f"{entity[1].decode()};", "")
    return "".join(f"&#{ord(c)};" for c in shown).encode() if shown and entity[1] not in _OF_XML else entity[0]


def _name(node: Any) -> str:
    return lxml.etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""


def _all(node: Any, name: str) -> list[Any]:
    return list(node.iter(f"{{*}}{name}"))


def _first(node: Any, path: str) -> Any:
    """The first element at a path of local names; "a//b" for one at any depth below a."""
    found = node.xpath("./" + "/".join(f"*[local-name()='{step}']" if step else "" for step in path.split("/")))
    return found[0] if found else None


def _said(node: Any, path: str) -> str:
    found = _first(node, path)
    return one_line("".join(found.itertext())) if found is not None else ""


def _entry(item: Any, house: str) -> Record:
    """An item of RSS, an entry of Atom, or a post of a WordPress export."""
    body = ""
    for path in ("encoded", "content", "description", "summary"):
        if (found := _first(item, path)) is not None:
            body = "\n\n".join(tree_blocks(found)) if len(found) else (found.text or "")
        if body.strip():
            break
    link = _said(item, "link")
    for node in item.xpath("./*[local-name()='link'][@href]"):
        if node.get("rel", "alternate") == "alternate":
            link = node.get("href")
            break
    guid = _said(item, "guid") or _said(item, "id")
    return _full(
        {
            "title": _said(item, "title"),
            "text": body,
            "published_at": next(filter(None, (_said(item, path) for path in _DATES)), ""),
            "byline": _said(item, "creator") or _said(item, "author/name") or _said(item, "author"),
            "outlet": house,
            "url": link or (guid if re.match(r"https?:", guid) else ""),
            "id": guid,
        }
    )


def _nitf(root: Any) -> Record:
    head = _first(root, "body/body.head")
    content = _first(root, "body/body.content")
    date = next(iter(root.xpath(".//*[local-name()='story.date' or local-name()='date.issue']/@norm")), "")
    ident = next(iter(root.xpath(".//*[local-name()='doc-id']/@id-string")), "")
    return _full(
        {
            "title": (_said(head, "hedline/hl1") if head is not None else "") or _said(root, "head/title"),
            "text": "\n\n".join(tree_blocks(content)) if content is not None else "",
            "published_at": date,
            "byline": (_said(head, "byline/person") or _said(head, "byline")) if head is not None else "",
            "outlet": next(iter(root.xpath(".//*[local-name()='pubdata']/@name")), "")
            or (_said(head, "distributor") if head is not None else ""),
            "url": next(iter(root.xpath(".//*[local-name()='pubdata']/@ex-ref")), ""),
            "id": ident,
        }
    )


def _news_item(item: Any) -> Record:
    """An item of NewsML-G2, or of NewsML 1."""
    inner = next(iter(_all(item, "nitf")), None)
    record = _nitf(inner) if inner is not None else {}
    if not record.get("text"):
        for name in ("inlineXML", "inlineData", "DataContent", "body.content"):
            part = next(iter(_all(item, name)), None)
            if part is not None and (text := "\n\n".join(tree_blocks(part)) if len(part) else (part.text or "")):
                record["text"] = text
                break
    own = _full(
        {
            "title": _said(item, "contentMeta/headline") or _said(item, "/HeadLine"),
            "published_at": next(filter(None, (_said(item, path) for path in _MADE)), ""),
            "byline": _said(item, "contentMeta/by")
            or _said(item, "contentMeta/creator/name")
            or _said(item, "/ByLine"),
            "outlet": _said(item, "itemMeta/provider/name") or _said(item, "contentMeta/infoSource/name"),
            "id": item.get("guid") or _said(item, "/PublicIdentifier"),
        }
    )
    return own | record | {key: own[key] for key in ("id", "published_at") if key in own}


def _full(record: Record) -> Record:
    return {key: value for key, value in record.items() if value}
