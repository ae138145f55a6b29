"""Sayso from Python: `annotate` for one article, `lake` for a lake; what is read comes as DataFrames."""

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sayso.tasks.articles import Reject, UsageError
from sayso.tasks.questions import Filters, query, quotes
from sayso.tasks.tables import SCHEMAS, Lake

if TYPE_CHECKING:
    from sayso.tasks.pipeline import Pipeline

_OF_A_RUN = ["run_id", "ingested_at", "fingerprints"]  # columns


def annotate(
    text_or_file: str | Path, *, targets: str | Path | None = None, settings: str | Path | None = None
) -> dict[str, pd.DataFrame]:
    """Table → the rows of one article, as they would stand in a lake: `annotate(text)["quotes"]`.

    Args:
        text_or_file: a Path or the name of a file that is there; anything else is the article's text.
        targets: a TOML file of targets of your own.
        settings: a TOML file of settings.

    Raises:
        UsageError: no such file, or a file of settings or targets that is wrong.
        Rejected: it is no article that can be read.
    """
    from datetime import UTC, datetime

    from sayso.tasks.reading import find_sources, read_article
    from sayso.tasks.tables import shard_tables

    pipeline = _pipeline(targets and str(targets), settings and str(settings))
    with tempfile.TemporaryDirectory(prefix="sayso-") as folder:
        path = _file(text_or_file, Path(folder))
        sources = iter(find_sources([str(path)], pipeline.settings.reading.max_bytes))
        first = next(sources)
        if isinstance(first, Reject):
            raise UsageError(first.message)
        if next(sources, None) is not None:
            raise UsageError(f"{path} holds more than one article; sayso analyze is for those")
        article = read_article(first, pipeline.settings.reading)
    rows = shard_tables([pipeline.analyse([article])[0]], "", {}, datetime.now(UTC))
    shown = {name: table for name, table in rows.items() if not name.startswith(".")}
    return {n: t.drop_columns([c for c in _OF_A_RUN if c in t.column_names]).to_pandas() for n, t in shown.items()}


def lake(path: str | Path) -> "LakeTables":
    """A lake to read from; UsageError where there is none."""
    return LakeTables(Lake.existing(path))


class LakeTables:
    """The tables of a lake, each read of the lake as the last commit left it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    @property
    def tables(self) -> list[str]:
        """Names of the tables."""
        return [name for name in SCHEMAS if not name.startswith(".")]

    def __getitem__(self, table: str) -> pd.DataFrame:
        """All rows of a table."""
        if table not in self.tables:
            raise KeyError(f"no table {table!r}; there are {', '.join(self.tables)}")
        rows: pd.DataFrame = self._lake.reading(lambda snapshot: snapshot.read(table).to_pandas())
        return rows

    def quotes(self, **filters: Any) -> pd.DataFrame:
        """Quotes by speaker, target, stance, outlet, since, until, kind, min_confidence, as `sayso quotes` has them."""
        wanted = Filters.of(filters)
        return self._lake.reading(lambda snapshot: pd.concat([*quotes(snapshot, wanted)], ignore_index=True))

    def query(self, sql: str) -> pd.DataFrame:
        """The rows of one SELECT over the tables; it needs duckdb (the extra `export`)."""
        rows: pd.DataFrame = self._lake.reading(
            lambda snapshot: query(snapshot, sql, lambda found: found.read_all().to_pandas())
        )
        return rows


def _file(text_or_file: str | Path, folder: Path) -> Path:
    if isinstance(text_or_file, Path):
        return text_or_file
    if "\n" not in text_or_file and len(text_or_file) < 1000 and Path(text_or_file).is_file():
        return Path(text_or_file)
    path = folder / "article.txt"
    path.write_text(text_or_file, encoding="utf-8")
    return path


@cache
def _pipeline(targets: str | None, settings: str | None) -> "Pipeline":
    from sayso.tasks.pipeline import Pipeline
    from sayso.tasks.settings import load_settings
    from sayso.tasks.targets import load_targets

    return Pipeline(
        load_settings(Path(settings) if settings else None), load_targets(Path(targets) if targets else None)
    )
