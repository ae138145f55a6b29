"""The lake as one commit left it: a numbered manifest, put in place by one rename, names the files of every table.

Files that later commits replace leave their table's folder at once and wait in a hidden one, where readers of an
older snapshot find them for an hour.
"""

import errno
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from sayso.tasks.articles import Analysis, RunFailed, UsageError
from sayso.tasks.identities import LIST_FILE
from sayso.tasks.tables.kept import restored
from sayso.tasks.tables.recipes import Recipe, changes_between
from sayso.tasks.tables.schemas import ANALYSES_TABLE, HISTORY_TABLE, SCHEMAS

MANIFEST = ".manifest.json"
STAGING, OLD = ".staging", ".old"
JOURNAL = "journal.json"
EMPTY = "0000-empty"
EARLIER_MARK = ".derived.json"  # of formats 1 and 2


class OutOfDate(RunFailed):
    """Files of a snapshot are gone: it is too old, or articles were forgotten; another one can be read."""


@dataclass(frozen=True, slots=True)
class Past:
    """speaker_stances as a rebuild left it.

    Attributes:
        run: the run that rebuilt it.
        file: name of its file in the history.
        recipes: key of each recipe that its articles were made by → how many articles; empty where it is not known.
        settings: what else it was made with.
        listed: digest of the user's list of speakers.
        number: of the manifest that it came with.
        cut: whether persons were taken out since, with articles that were forgotten.
    """

    run: str
    file: str
    recipes: Mapping[str, int] = field(default_factory=dict)
    settings: str = ""
    listed: str = ""
    number: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a lake consists of after a commit.

    Attributes:
        number: counts commits.
        tables: the files of each table, without suffix.
        runs: run_id → key of its recipe, in the order of their last commits.
        recipes: key → what rows were made by.
        history: rebuilds of speaker_stances, in the order of commits.
        derived: digest of what the derived tables were made of, and the settings they were made with.
    """

    number: int = 0
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    history: tuple[Past, ...] = ()
    derived: tuple[str, str] | None = None

    @classmethod
    def read(cls, lake: Path) -> "Manifest":
        """The manifest in force; of a lake without one, what its folders say.

        Raises:
            UsageError: it is damaged.
        """
        path = lake / MANIFEST
        try:
            return _adapter().validate_json(path.read_bytes())
        except FileNotFoundError:
            return _of_folders(lake)
        except ValidationError as error:
            raise UsageError(f"{path} is damaged; take it from a backup of the lake") from error

    def after(
        self, put: Iterable[tuple[str, str]], delete: Iterable[tuple[str, str]], facts: Mapping[str, Any]
    ) -> "Manifest":
        """The next one: other files, and facts in place of fields."""
        tables = {table: dict.fromkeys(names) for table, names in self.tables.items()}
        for table, name in delete:
            tables.get(table, {}).pop(name, None)
        for table, name in put:
            tables.setdefault(table, {})[name] = None
        listed = {table: tuple(sorted(names)) for table, names in tables.items()}
        return replace(self, number=self.number + 1, tables=listed, **facts)

    def to_json(self) -> str:
        return _adapter().dump_json(self).decode()


@cache
def _adapter() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def _of_folders(lake: Path) -> Manifest:
    """What a lake of format 1 or 2 consists of; a commit that was cut short there counts as done."""
    try:
        journal = json.loads((lake / STAGING / JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        journal = {"put": [], "delete": []}
    paths = {path.relative_to(lake).as_posix() for table in SCHEMAS for path in (lake / table).glob("*.parquet")}
    paths |= {final for _, final in journal["put"] if final.endswith(".parquet")}
    tables: dict[str, list[str]] = {table: [] for table in SCHEMAS}
    for path in sorted(paths.difference(journal["delete"])):
        table, name = path.removesuffix(".parquet").split("/")
        tables[table].append(name)
    try:
        mark = json.loads((lake / EARLIER_MARK).read_text(encoding="utf-8"))
        derived = mark["content"], mark["settings"]
    except (FileNotFoundError, ValueError, KeyError):
        derived = None
    history = tuple(Past(run, run) for run in tables[HISTORY_TABLE])
    return Manifest(tables=tables, history=history, derived=derived)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lake knows of an article: where it came from, its bytes, what made its rows, its shard file."""

    source_uri: str
    input_sha256: str
    fingerprints: Mapping[str, str]
    shard: str


class Snapshot:
    """Reads a lake as one commit left it, whatever other runs commit meanwhile.

    Every method that reads raises OutOfDate where files of an old snapshot are gone, and FileNotFoundError where
    somebody took a file out of the lake.
    """

    def __init__(self, path: Path, manifest: Manifest, known: dict[str, dict[str, Entry]] | None = None) -> None:
        self.path = path
        self.manifest = manifest
        self._known = {} if known is None else known  # entries by shard, which many snapshots share

    @property
    def number(self) -> int:
        """Counts commits; a later snapshot has a larger one."""
        return self.manifest.number

    def names(self, table: str) -> list[str]:
        """The files of a table, without suffix; none where somebody took the whole table away."""
        return sorted(self.manifest.tables.get(table, ())) if (self.path / table).is_dir() else []

    def files(self, table: str) -> list[Path]:
        """The files of a table, where they lie now."""
        return [self._lying(table, name) for name in self.names(table)]

    def _places(self, table: str, name: str) -> list[Path]:
        """Where a file may lie: it moves from staging to its table, and from there to the old ones."""
        file, staged = f"{name}.parquet", self.path / STAGING / f"{table}-{name}.parquet"
        return [self.path / table / file, self.path / OLD / table / file, staged, self.path / table / file]

    def _lying(self, table: str, name: str) -> Path:
        places = self._places(table, name)
        return next((place for place in places if place.exists()), places[0])

    def _opened(self, table: str, name: str) -> pq.ParquetFile:
        for place in self._places(table, name):
            try:
                return pq.ParquetFile(place)
            except FileNotFoundError:
                continue
        if name not in Manifest.read(self.path).tables.get(table, ()):
            raise OutOfDate(f"{self.path} was changed too much while it was read; run the same command again")
        raise FileNotFoundError(errno.ENOENT, "a file of the lake is missing", str(self.path / table / name))

    def load(self, table: str, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one file; none where its shard was written before there was such a table."""
        if name not in self.names(table) and name in self.names("articles"):
            return self.schema(table, columns).empty_table()
        with self._opened(table, name) as file:
            return file.read(columns=columns)

    def n_rows(self, table: str, name: str) -> int:
        with self._opened(table, name) as file:
            n: int = file.metadata.num_rows
        return n

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Current rows of a table.

        Raises:
            UsageError: the lake was written before the table had these columns.
        """
        parts = [rows for _, rows in self.parts(table, columns)]
        return pa.concat_tables(parts) if parts else self.schema(table, columns).empty_table()

    def parts(self, table: str, columns: Sequence[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
        """(file name, rows) of a table, one file after the other; raises as `read` does."""
        wanted = self.schema(table, columns)
        for name in self.names(table):
            with self._opened(table, name) as file:
                self._check_columns(table, file, wanted)
                rows = file.read(columns=wanted.names).cast(wanted)
            yield name, rows

    def batches(self, table: str, size: int = 10_000, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Rows of a table, at most `size` at a time, however large its files are; raises as `read` does."""
        wanted = self.schema(table, columns)
        for name in self.names(table):
            with self._opened(table, name) as file:
                self._check_columns(table, file, wanted)
                for batch in file.iter_batches(size, columns=wanted.names):
                    yield pa.Table.from_batches([batch]).select(wanted.names).cast(wanted)

    def only(self, table: str, name: str) -> "Snapshot":
        """The same lake, with one file of a table alone."""
        return Snapshot(self.path, replace(self.manifest, tables={**self.manifest.tables, table: (name,)}), self._known)

    def _check_columns(self, table: str, file: pq.ParquetFile, wanted: pa.Schema) -> None:
        if missing := set(wanted.names) - set(file.schema_arrow.names):
            lacking = f"{self.path / table} has no {', '.join(sorted(missing))}"
            raise UsageError(f"{lacking}: an older Sayso wrote it; run sayso analyze again")

    def schema(self, table: str, columns: Sequence[str] | None = None) -> pa.Schema:
        """The fields of a table, or some of them."""
        whole = SCHEMAS[table]
        return pa.schema([whole.field(name) for name in columns], whole.metadata) if columns else whole

    def index(self) -> dict[str, Entry]:
        """Every article in the lake by its id."""
        names = self.names("articles")
        for name in self._known.keys() - set(names):
            del self._known[name]
        for name in set(names) - self._known.keys():
            rows = self.load("articles", name, ["article_id", "source_uri", "input_sha256", "fingerprints"]).to_pydict()
            alike: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}  # most articles were made by the same
            self._known[name] = {
                article_id: Entry(uri, sha256, alike.setdefault(tuple(marks), dict(marks)), name)
                for article_id, uri, sha256, marks in zip(*rows.values(), strict=True)
            }
        return {article_id: entry for name in names for article_id, entry in self._known[name].items()}

    def analyses(self, article_ids: Iterable[str]) -> dict[str, tuple[Analysis, Mapping[str, str]]]:
        """What earlier runs made of articles, as far as it was kept, and the fingerprints of what made it."""
        wanted, index = set(article_ids), self.index()
        found: dict[str, tuple[Analysis, Mapping[str, str]]] = {}
        for shard in sorted({index[i].shard for i in wanted if i in index}):
            try:
                kept = where(self.load(ANALYSES_TABLE, shard), wanted)
                texts = where(self.load("articles", shard, ["article_id", "text"]), wanted)
            except OutOfDate:  # articles of it were forgotten meanwhile
                continue
            by_id = dict(zip(*texts.to_pydict().values(), strict=True))
            for row in kept.to_pylist():
                if analysis := restored(row["analysis"], by_id[row["article_id"]]):
                    found[row["article_id"]] = analysis, index[row["article_id"]].fingerprints
        return found

    def content(self) -> str:
        """A digest of what derived tables are made of: the shards there are, corrections, the list of speakers."""
        return content_of(self.manifest, self.path)

    def derived_with(self) -> tuple[str, str] | None:
        """(`content()`, settings) that the derived tables were made of and with."""
        return self.manifest.derived

    def made_by(self) -> list[tuple[Recipe, int]]:
        """Every recipe that articles are made by, and how many are; the commonest first."""
        marks = [entry.fingerprints for entry in self.index().values()]
        one_of = {id(each): each for each in marks}  # equal ones of a file are one object
        counts: Counter[str] = Counter()
        found: dict[str, Recipe] = {}
        for each, n in Counter(map(id, marks)).items():
            recipe = Recipe(one_of[each])
            found.setdefault(recipe.key, self.manifest.recipes.get(recipe.key, recipe))
            counts[recipe.key] += n
        return [(found[key], n) for key, n in counts.most_common()]

    def recipe(self) -> Recipe | None:
        """What the rows are made by: as the newest run that came to its end did; None for a lake without articles.

        Where none has come to its end, the newest that wrote articles counts.
        """
        if not self.manifest.runs:
            made = self.made_by()
            return made[0][0] if made else None
        status = dict(zip(*self.read("runs", ["run_id", "status"]).to_pydict().values(), strict=True))
        complete = [run for run in self.manifest.runs if status.get(run) == "completed"]
        return self.manifest.recipes[self.manifest.runs[(complete or list(self.manifest.runs))[-1]]]

    def present(self) -> Past:
        """speaker_stances as it is, as the history will have it."""
        return Past("", "", {recipe.key: n for recipe, n in self.made_by()}, *_made_with(self.manifest, self.path))


def recipe_changes(lake: Snapshot, recipe: Recipe) -> list[str]:
    """How a recipe differs from the lake's, a line each; empty where the lake is new, or of the same one."""
    own = lake.recipe()
    return changes_between(own, recipe) if own else []


def recipes_of(lake: Snapshot) -> list[tuple[str, int]]:
    """How many articles are of which recipe, the lake's own first; others are told by what is different."""
    own = lake.recipe()
    labels = [("; ".join(changes_between(own, recipe)) if own else "", n, recipe) for recipe, n in lake.made_by()]
    labels.sort(key=lambda label: own is None or label[2].key != own.key)
    return [(label or "the lake's recipe", n) for label, n, _ in labels]


def content_of(manifest: Manifest, lake: Path) -> str:
    shards = sorted(manifest.tables.get("articles", ()))
    shards += sorted(f"corrections {name}" for name in manifest.tables.get("corrections", ()) if name != EMPTY)
    return hashlib.sha256("\n".join(shards).encode() + b"\0" + _listed(lake)).hexdigest()


def _made_with(manifest: Manifest, lake: Path) -> tuple[str, str]:
    return (manifest.derived or ("", ""))[1], hashlib.sha256(_listed(lake)).hexdigest()[:12]


def _listed(lake: Path) -> bytes:
    try:
        return (lake / LIST_FILE).read_bytes()
    except FileNotFoundError:
        return b""


def where(rows: pa.Table, ids: Iterable[str], keep: bool = True) -> pa.Table:
    """Rows of some articles, or of all others."""
    mask = pc.is_in(rows["article_id"], value_set=pa.array(list(ids), pa.string()))
    return rows.filter(mask if keep else pc.invert(mask))
