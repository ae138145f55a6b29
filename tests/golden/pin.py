"""Golden rows: what a small corpus gives, stage by stage and table by table.

python -m tests.golden.pin writes them anew, and refuses where a stage gives other values though its VERSION and model are
the same: a changed result demands a raised VERSION in the same commit.
"""

import dataclasses
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sayso.tasks.articles import Analysis
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import find_sources
from sayso.tasks.settings import Settings
from sayso.tasks.stages import READING, STAGES
from sayso.tasks.tables import PER_ARTICLE, shard_tables
from sayso.tasks.targets import load_targets

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "rows"
CORPUS = ("clinic-closure.html", "harbor-toll-vote.txt", "orchard-water.txt", "sea-wall-report.md", "stadium.json")
TOLERANCE = 0.015  # of a probability; between AVX2 and AMX processors, whose floats round differently, 0.009 was seen
AT = datetime(2026, 3, 4, tzinfo=UTC)
TABLES = tuple(name for name in PER_ARTICLE if not name.startswith("."))


def versions() -> dict[str, str]:
    """VERSION of each stage and of the tables, and the model that the stage asks."""
    return {stage: mark.rsplit(":", 1)[0] for stage, mark in Pipeline(Settings()).fingerprints().items()}


def analyses() -> list[Analysis]:
    """The corpus, analysed; articles go by their file's name, so that the place of the checkout does not matter."""
    pipeline = Pipeline(Settings(), load_targets(ROOT / "data" / "targets.toml"))
    sources = list(find_sources([str(ROOT / "data" / "raw" / name) for name in CORPUS], max_bytes=10**7))
    articles = [
        dataclasses.replace(article, article_id=name.split(".")[0], source_uri=name)
        for article, name in zip(pipeline.read(sources), CORPUS, strict=True)
    ]
    return pipeline.analyse(articles)


def made() -> dict[str, list[Any]]:
    """Stage or table → what it gives, as JSON; the text of the articles stays in data/raw."""
    found = analyses()
    plain = [_plain(a) for a in found]
    for each in plain:
        del each["article"]["text"]
    values = {READING.name: [each["article"] for each in plain]}
    values |= {stage.name: [each[stage.fills] for each in plain] for stage in STAGES}
    rows = shard_tables(found, "run", {}, AT)
    return values | {f"tables/{name}": [_row(row) for row in rows[name].to_pylist()] for name in TABLES}


def _plain(analysis: Analysis) -> dict[str, Any]:
    return json.loads(TypeAdapter(Analysis).dump_json(analysis))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return json.loads(
        json.dumps({k: v for k, v in row.items() if k not in ("run_id", "text", "ingested_at")}, default=str)
    )


def pinned() -> tuple[dict[str, str], dict[str, list[Any]]]:
    """(versions, values) as they were pinned."""
    given = json.loads((FOLDER / "versions.json").read_text(encoding="utf-8"))
    return given, {name: _read(FOLDER / f"{name}.jsonl") for name in made_names()}


def made_names() -> list[str]:
    return [*(stage.name for stage in (READING, *STAGES)), *(f"tables/{name}" for name in TABLES)]


def _read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def differs(one: Any, other: Any) -> bool:
    """Whether two values differ by more than rounding."""
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) > TOLERANCE
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() != other.keys() or any(differs(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or any(map(differs, one, other))
    return one != other


def unversioned(before: dict[str, Any], now: dict[str, Any], raised: set[str]) -> list[str]:
    """Stages whose values differ though all that they read is the same and their VERSION and model too.

    Args:
        raised: stages of another VERSION or model.
    """
    other = {name for name in now if differs(before.get(name), now[name])}
    reads = {stage.name: {READING.name, *(s.name for s in STAGES if s.fills in stage.needs)} for stage in STAGES}
    reads[READING.name] = set()
    guilty = [name for name in reads if name in other and name not in raised and not reads[name] & other]
    in_rows = sorted(name for name in other if name.startswith("tables/"))
    if in_rows and not other & reads.keys() and "tables" not in raised:
        guilty.append(f"tables ({', '.join(in_rows)})")
    return guilty


def main() -> int:
    now = made()
    if (FOLDER / "versions.json").exists():
        was, before = pinned()
        raised = {name for name, version in versions().items() if was.get(name) != version}
        if guilty := unversioned(before, now, raised):
            print(f"other results of {', '.join(guilty)}: raise VERSION first", file=sys.stderr)
            return 1
    for name, values in now.items():
        path = FOLDER / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(_rounded(value), ensure_ascii=False) for value in values)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (FOLDER / "versions.json").write_text(json.dumps(versions(), indent=1) + "\n", encoding="utf-8")
    return 0


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
