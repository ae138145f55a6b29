"""Write the pages: one HTML file, and records in script files that the page loads when they are asked for.

A page opened from disk may not fetch JSON, but it may load scripts; each file hands its records to the page.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sayso.tasks.articles import UsageError
from sayso.tasks.report.articles import Row, article_records
from sayso.tasks.report.overview import overview
from sayso.tasks.report.people import People
from sayso.tasks.tables import PER_ARTICLE, Lake

ASSETS = Path(__file__).parent / "assets"
BUNDLE_CHARS = 250_000
_SHOWN = ("paragraphs", "speakers", "statements", "targets", "opinions", "paragraph_opinions")
_GENERATOR = '<meta name="generator" content="sayso report">'


@dataclass(frozen=True, slots=True)
class Report:
    """What was written: the first page, how much is in it, and what the reader is warned of."""

    index: Path
    articles: int
    speakers: int
    files: int
    size: int
    notes: tuple[str, ...]


def write_report(lake: Lake, out: Path) -> Report:
    """Write a lake as static pages into a folder, in place of an earlier report.

    The folder appears, or changes, only when all of it is written.

    Raises:
        UsageError: the folder holds something else than a report, lies in the lake, or cannot be written; or a
            file of the lake cannot be read.
    """
    out = out.expanduser().absolute()
    _check(lake, out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise UsageError(f"cannot write the report to {out}: {error.strerror}") from error
    try:
        report = lake.steady(lambda: _write(lake, scratch / "new", out))
        if out.exists():
            os.rename(out, scratch / "old")
        os.rename(scratch / "new", out)
        return report
    except pa.ArrowInvalid as error:
        raise UsageError(f"a file of {lake.path} cannot be read ({error}); sayso verify tells which") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _check(lake: Lake, out: Path) -> None:
    if out.is_relative_to(lake.path):
        raise UsageError(f"{out} lies in the lake; name another folder for the report")
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is not a folder")
    index = out / "index.html"
    if any(out.iterdir()) and not (index.is_file() and _GENERATOR in index.read_text(encoding="utf-8")):
        raise UsageError(f"{out} is not empty and no report; name a new or empty folder")


def _write(lake: Lake, folder: Path, out: Path) -> Report:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    people = People(lake)
    speakers = _write_speakers(people, folder)
    articles = _write_articles(lake, people, folder)
    _script(folder, "heatmap", people.heatmap())
    named = sorted((s for s in speakers if s["named"]), key=lambda s: (-s["statements"], s["name"]))
    page = overview(lake, named)
    for name in ("style.css", "app.js"):
        shutil.copyfile(ASSETS / name, folder / name)
    (folder / "index.html").write_text(_html(page), encoding="utf-8")
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return Report(out / "index.html", articles, len(speakers), len(files), size, tuple(page["notes"]))


def _html(page: Mapping[str, Any]) -> str:
    """The first page; what comes out of articles is escaped by Jinja."""
    pages = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["count"] = lambda number: f"{number:,}"
    pages.filters["signed"] = lambda value: f"{value:+.2f}"
    return pages.get_template("index.html.j2").render(page)


def _write_speakers(people: People, folder: Path) -> list[Row]:
    """Records of all speakers; returns the list of them."""
    records, further, speakers = Bundles(folder, "speakers"), Bundles(folder, "more"), []
    for record, pages in people.records():
        later = [further.add(f"{record['id']} {n}", page) for n, page in enumerate(pages[1:], start=1)]
        strongest, named = record.pop("strongest"), record.pop("named")
        speakers.append(
            {key: record[key] for key in ("id", "name", "kind", "statements", "articles")}
            | {
                "note": "; ".join(record["notes"][:1]),
                "strongest": strongest,
                "named": named,
                "file": records.add(record["id"], record | {"said": pages[0], "more": later}),
            }
        )
    records.close()
    further.close()
    columns = ("id", "name", "kind", "note", "statements", "articles", "strongest", "file")
    _script(folder, "speakers", [[s[c] for c in columns] for s in speakers])
    return speakers


def _write_articles(lake: Lake, people: People, folder: Path) -> int:
    """Records of all articles, one file of the lake after the other; returns how many."""
    records, listed = Bundles(folder, "articles"), []
    absent = {name for name in _SHOWN if not lake.files(name)}
    for path in lake.files("articles"):
        shard = {
            name: PER_ARTICLE[name].empty_table() if name in absent else lake.load(name, path.stem)
            for name in ("articles", *_SHOWN)
        }
        for record in article_records(shard, people.ids):
            file = records.add(record["id"], record)
            n = len(record["statements"])
            listed.append([record["id"], record["title"], record["outlet"], record["date"], n, record["copyOf"], file])
    records.close()
    listed.sort(key=lambda row: (row[3] or "", row[0]), reverse=True)
    _script(folder, "articles", listed)
    return len(listed)


class Bundles:
    """Records packed into script files of about `BUNDLE_CHARS` characters each."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder, self._kind = folder, kind
        self._number, self._chars = 0, 0
        self._records: dict[str, str] = {}

    def add(self, key: str, record: Any) -> str:
        """The name of the file that the record will be in."""
        text = _json(record)
        if self._records and self._chars + len(text) > BUNDLE_CHARS:
            self.close()
        self._records[key] = text
        self._chars += len(text)
        return self._name

    @property
    def _name(self) -> str:
        return f"{self._kind}-{self._number:04d}"

    def close(self) -> None:
        """Write what waits; call it after the last record."""
        if self._records:
            rows = ",\n".join(f"{_json(key)}:{text}" for key, text in self._records.items())
            _write_script(self._folder, self._name, "{" + rows + "}")
        self._records, self._chars, self._number = {}, 0, self._number + 1


def _script(folder: Path, name: str, value: Any) -> None:
    _write_script(folder, name, _json(value))


def _write_script(folder: Path, name: str, text: str) -> None:
    (folder / "data" / f"{name}.js").write_text(f"sayso.put({_json(name)}, {text});\n", encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
