"""Annotated articles: the text cut where statements, sources and cues begin and end."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa

from sayso.tasks.reading.files import public
from sayso.tasks.scores import SENTIMENTS, STANCES

Row = dict[str, Any]
_KINDS = ("content", "source", "cue")
_DETOUR = re.compile(r"(?<![:/])/(\./|/)+")
_ADDRESS = re.compile(  # a URL; a path that starts somewhere: at the root, at home, here; both quoted or bare
    r"""(?<!\w)'(?P<quoted>[^']*/[^']*)'(?!\w)|[A-Za-z][\w+.-]*://[^\s'"()]+|(?<![\w/])(~|\.{1,2})?(/[^\s'"();,]*)+"""
)


class Mark(NamedTuple):
    """Characters `[start, end)` that are the content, source or cue of a statement, known by its number."""

    start: int
    end: int
    kind: str
    statement: int


def segments(text: str, start: int, end: int, marks: Sequence[Mark]) -> list[Any]:
    """`text[start:end]` in pieces: plain strings, and [string, contents, sources, cues] with the numbers of statements.

    Where contents lie within one another, the innermost is last.
    """
    inside = [m for m in marks if m.start < end and m.end > start and m.start < m.end]
    begin, over = defaultdict(list), defaultdict(list)
    for mark in inside:
        begin[max(mark.start, start)].append(mark)
        over[min(mark.end, end)].append(mark)
    pieces: list[Any] = []
    active: dict[Mark, None] = {}
    for a, b in pairwise(sorted({start, end, *begin, *over})):
        for mark in over.get(a, ()):
            del active[mark]
        active |= dict.fromkeys(begin.get(a, ()))
        if not active:
            pieces.append(text[a:b])
            continue
        longest_first = sorted(active, key=lambda m: (m.start - m.end, m.statement))
        pieces.append([text[a:b], *([m.statement for m in longest_first if m.kind == kind] for kind in _KINDS)])
    return pieces


def article_records(shard: Mapping[str, pa.Table], people: Mapping[tuple[str, str], str]) -> Iterator[Row]:
    """One record an article, as the page reads it.

    Args:
        shard: rows of one file of each table.
        people: (article_id, speaker_id) → person_id, where that person has a page.
    """
    of = {name: _by_article(rows) for name, rows in shard.items() if name != "articles"}
    for article in shard["articles"].to_pylist():
        yield _record(article, {name: rows.get(article["article_id"], []) for name, rows in of.items()}, people)


def _by_article(rows: pa.Table) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows.to_pylist():
        grouped[row["article_id"]].append(row)
    return grouped


def _record(article: Row, rows: Mapping[str, list[Row]], people: Mapping[tuple[str, str], str]) -> Row:
    article_id, text = article["article_id"], article["text"]
    said = sorted(rows["statements"], key=lambda s: (s["content_spans"][0]["start"], s["statement_id"]))
    number = {s["statement_id"]: i for i, s in enumerate(said)}
    heard = dict.fromkeys(s["speaker_id"] for s in said)
    described = {s["speaker_id"]: s for s in rows["speakers"]}
    names = {t["target_id"]: t["target_name"] for t in rows["targets"]}
    opinions: dict[str, list[Row]] = defaultdict(list)
    for opinion in rows["opinions"]:
        opinions[opinion["statement_id"]].append(_opinion(opinion, names))
    paragraphs = sorted(rows["paragraphs"], key=lambda p: p["char_start"]) or [_whole(text)]
    marks = [mark for s in said for mark in _marks(s, number[s["statement_id"]])]
    voice = sorted(rows["paragraph_opinions"], key=lambda o: (o["paragraph_index"], o["target_id"]))
    order = {speaker_id: i for i, speaker_id in enumerate(heard)}
    return {
        "id": article_id,
        "title": article["title"],
        "outlet": article["outlet"],
        "date": day(article["published_at"]),
        "byline": article["byline"],
        "uri": shown(article["source_uri"]),
        "copyOf": article["duplicate_of"],
        "speakers": [_speaker(described.get(i, {}), i, people.get((article_id, i))) for i in heard],
        "paragraphs": [
            {
                "role": p["role"],
                "tone": p["author_sentiment"],
                "text": segments(text, p["char_start"], p["char_end"], marks),
            }
            for p in paragraphs
        ],
        "statements": [
            {
                "id": s["statement_id"],
                "speaker": order[s["speaker_id"]],
                "kind": s["statement_kind"],
                "factuality": s["factuality"],
                "content": s["content"],
                "cue": s["cue"],
                "source": s["source"],
                "sentiment": scores(s, "sentiment", SENTIMENTS),
                "confidence": _short(s["confidence"]),
                "opinions": opinions[s["statement_id"]],
            }
            for s in said
        ],
        "voice": [_opinion(o, names) | {"paragraph": o["paragraph_index"]} for o in voice],
    }


def _whole(text: str) -> Row:
    return {"role": "body", "author_sentiment": None, "char_start": 0, "char_end": len(text)}


def _marks(statement: Row, number: int) -> Iterator[Mark]:
    for span in statement["content_spans"]:
        yield Mark(span["start"], span["end"], "content", number)
    for kind in ("source", "cue"):
        if statement[f"{kind}_start"] is not None:
            yield Mark(statement[f"{kind}_start"], statement[f"{kind}_end"], kind, number)


def _speaker(row: Row, speaker_id: str, person_id: str | None) -> Row:
    return {
        "person": person_id,
        "name": row.get("speaker_name") or speaker_id,
        "kind": row.get("speaker_kind") or "unknown",
        "note": note(row.get("job_title"), row.get("affiliation")),
    }


def _opinion(row: Row, names: Mapping[str, str]) -> Row:
    return {
        "target": row["target_id"],
        "name": names.get(row["target_id"], row["target_id"]),
        "stance": scores(row, "stance", STANCES),
        "sentiment": scores(row, "target_sentiment", SENTIMENTS),
    }


def scores(row: Row, name: str, labels: Sequence[str]) -> list[Any] | None:
    """[label, probability of each class]; None where the row has no such label."""
    if not isinstance(row[name], str):
        return None
    return [row[name], *(_short(row[f"{name}_{label}"]) for label in labels)]


def shown(uri: str) -> str:
    """A URI as it may be published: of a file its name alone, not where it lies on this machine; no passwords."""
    return unquote(uri).rsplit("/", 1)[-1] if uri.startswith("file:") else public(uri)


def shown_message(message: str, uri: str) -> str:
    """A message about a source as it may be published: paths and URLs in it as `shown` has them."""
    message = _DETOUR.sub("/", message)
    folders = unquote(uri.removeprefix("file://")).split("/")[:-1] if uri.startswith("file:") else []
    for i in range(len(folders)):
        message = message.replace("/".join(folders[i:]) + "/", "") if folders[i] else message
    return _ADDRESS.sub(_shown_address, message)


def _shown_address(found: re.Match[str]) -> str:
    address = found["quoted"] or found[0]
    name = shown(address) if "://" in address else address.rstrip("/").rsplit("/", 1)[-1]
    return f"'{name}'" if found["quoted"] else name


def note(*parts: object) -> str:
    """Job title and affiliation in one line."""
    return ", ".join(part for part in parts if isinstance(part, str) and part)


def day(moment: Any) -> str | None:
    return None if moment is None or pd.isna(moment) else f"{moment:%Y-%m-%d}"


def _short(probability: float) -> float:
    return round(float(probability), 3)
