"""Write the pages: one HTML file, and a folder of script files whose records the page loads when they are asked for.

A page opened from disk may not fetch JSON, but it may load scripts; each file hands its records to the page. The folder
is named after what is in it, so that a new report stands beside the old one until `index.html` points to it.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sayso.tasks.articles import UsageError
from sayso.tasks.report.articles import Row, article_records
from sayso.tasks.report.overview import overview
from sayso.tasks.report.people import People
from sayso.tasks.tables import Lake, Snapshot

ASSETS = Path(__file__).parent / "assets"
BUNDLE_CHARS = 250_000
_SHOWN = ("paragraphs", "speakers", "statements", "targets", "opinions", "paragraph_opinions")
_GENERATOR = '<meta name="generator" content="sayso report">'
_MANIFEST = ".sayso-report"  # what the report put into its folder, a line each
_NAMES = re.compile(r"index\.html|style\.css|app\.js|data(-[0-9a-f]+)?/[\w-]+\.(js|css)")  # that a report may have
_SCRATCH = ".sayso-new-"


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

    What else is in the folder (.git, CNAME, …) stays as it is. `index.html` is put in place last: whenever this is
    cut off, the folder holds the earlier report or the new one.

    Raises:
        UsageError: the folder is or lies in a lake, has an index.html that is no report's, or cannot be written; or
            a file of the lake cannot be read.
    """
    out = out.expanduser().absolute()
    _check(lake, out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{_SCRATCH}*"):  # of a report that was cut off
            shutil.rmtree(left, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=out))
    except OSError as error:
        raise UsageError(f"cannot write the report to {out}: {error.strerror}") from error
    try:
        report = lake.reading(lambda snapshot: _write(snapshot, scratch / "new", out))
        _put_in_place(scratch / "new", out)
        return report
    except pa.ArrowInvalid as error:
        raise UsageError(f"a file of {lake.path} cannot be read ({error}); sayso verify tells which") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        with contextlib.suppress(OSError):
            out.rmdir()  # where nothing came into it


def _check(lake: Lake, out: Path) -> None:
    if out.is_relative_to(lake.path) or (out / "lake.json").exists():
        raise UsageError(f"{out} is or lies in a lake; name another folder for the report")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is not a folder")
    if (out / "index.html").exists() and "index.html" not in _own(out):
        raise UsageError(f"{out} has an index.html that is no report's; name another folder")


def _own(out: Path) -> set[str]:
    """What an earlier report put into a folder, as paths in it."""
    try:
        listed = (out / _MANIFEST).read_text(encoding="utf-8").splitlines()
        return {name for name in listed if _NAMES.fullmatch(name)}
    except FileNotFoundError:
        pass
    index = out / "index.html"
    if not (index.is_file() and _GENERATOR in index.read_text(encoding="utf-8", errors="replace")):
        return set()
    # Reports kept no list before they shared their folder.
    scripts = [p for p in (out / "data").glob("*.js") if p.read_bytes().startswith(b"sayso.put(")]
    return {"index.html", "style.css", "app.js", *(f"data/{p.name}" for p in scripts)}


def _put_in_place(new: Path, out: Path) -> None:
    """Move a report into a folder, then delete what only the earlier one had; the list is never short of a file."""
    files = sorted(p.relative_to(new).as_posix() for p in new.rglob("*") if p.is_file())
    earlier = _own(out)
    _list(new, out, earlier.union(files))
    for name in sorted(files, key="index.html".__eq__):  # it comes last
        (out / name).parent.mkdir(exist_ok=True)
        os.replace(new / name, out / name)
    for name in earlier.difference(files):
        (out / name).unlink(missing_ok=True)
    for folder in {Path(name).parent for name in earlier.difference(files)} - {Path()}:
        with contextlib.suppress(OSError):
            (out / folder).rmdir()  # unless somebody's own files are in it
    _list(new, out, files)


def _list(new: Path, out: Path, files: Iterable[str]) -> None:
    (new / _MANIFEST).write_text("".join(f"{name}\n" for name in sorted(files)), encoding="utf-8")
    os.replace(new / _MANIFEST, out / _MANIFEST)


def _write(lake: Snapshot, new: Path, out: Path) -> Report:
    shutil.rmtree(new, ignore_errors=True)
    folder = new / "data"
    folder.mkdir(parents=True)
    people = People(lake)
    speakers = _write_speakers(people, folder)
    articles = _write_articles(lake, people, folder)
    _script(folder, "heatmap", people.heatmap())
    named = sorted((s for s in speakers if s["named"]), key=lambda s: (-s["statements"], s["name"]))
    for name in ("style.css", "app.js"):
        shutil.copyfile(ASSETS / name, folder / name)
    folder = folder.rename(new / f"data-{_digest(folder)}")
    page = overview(lake, named) | {"folder": folder.name}
    (new / "index.html").write_text(_html(page), encoding="utf-8")
    files = [path for path in new.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return Report(out / "index.html", articles, len(speakers), len(files), size, tuple(page["notes"]))


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


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


def _write_articles(lake: Snapshot, people: People, folder: Path) -> int:
    """Records of all articles, one file of the lake after the other; returns how many."""
    records, listed = Bundles(folder, "articles"), []
    for file in lake.names("articles"):
        shard = {name: lake.load(name, file) for name in ("articles", *_SHOWN)}
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
    (folder / f"{name}.js").write_text(f"sayso.put({_json(name)}, {text});\n", encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
