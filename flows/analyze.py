"""The main job: raw articles in, opinion tables out."""

import contextlib
import json
import time
from collections import Counter
from dataclasses import asdict, astuple, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.progress import report
from tasks import steps
from tasks.articles import Reject
from tasks.identities import LIST_FILE, load_list
from tasks.pipeline import Pipeline
from tasks.reading import count_sources, find_sources, one_line
from tasks.settings import load_settings, with_workers
from tasks.tables import REJECTS, RUNS, Lake, is_stale, new_run_id
from tasks.targets import load_targets
from tasks.workers import Workers


@dataclass(slots=True)
class RunSummary:
    """What a run did; `as_row` is its row in the table `runs`."""

    run_id: str
    lake: str
    started_at: datetime
    settings: str
    models: str
    finished_at: datetime | None = None
    status: str = "running"
    n_seen: int = 0
    n_new: int = 0
    n_updated: int = 0
    n_skipped: int = 0
    n_forgotten: int = 0
    n_rejected: int = 0
    n_statements: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)

    def as_row(self) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in RUNS.names if hasattr(self, name)}
        return row | {
            "version": version("sayso"),
            "seconds": json.dumps({k: round(v, 3) for k, v in self.seconds.items()}),
        }


@flow(name="analyze")
def analyze(
    inputs: list[str],
    lake: str = "data/processed",
    targets: str | None = None,
    settings: str | None = None,
    workers: int | None = None,
) -> RunSummary:
    """Analyse articles into a lake: who said what, about whom, and where they stand.

    Args:
        inputs: files, folders or globs; .txt .md .html, and .json .jsonl .ndjson .csv .parquet of articles.
        lake: a local folder; articles that it holds unchanged are not analysed again.
        targets: a TOML file of targets of your own.
        settings: a TOML file of settings; see sayso.toml.
        workers: processor cores to use; all of them by default.

    Raises:
        UsageError: a setting, target, model or the lake cannot be used; nothing has been written.
    """
    pipeline = Pipeline(
        with_workers(load_settings(Path(settings) if settings else None), workers),
        load_targets(Path(targets) if targets else None),
    )
    fingerprints = pipeline.fingerprints()
    store = Lake.open(lake)
    load_list(store.path / LIST_FILE)  # a mistake in it is told before hours of work
    started = datetime.now(UTC)
    summary = RunSummary(
        run_id=new_run_id(started),
        lake=str(store.path),
        started_at=started,
        settings=json.dumps(
            asdict(pipeline.settings) | {"targets_configured": [asdict(t) for t in pipeline.configured]}
        ),
        models=json.dumps(pipeline.model_hashes()),
    )
    _write_run(store, summary)
    try:
        _run(inputs, pipeline, store, fingerprints, summary)
        summary.status = "completed"
    except BaseException as error:
        summary.status = "failed" if isinstance(error, Exception) else "interrupted"  # Ctrl-C, SIGTERM
        raise
    finally:
        summary.finished_at = datetime.now(UTC)
        # Where the disk is the trouble, that is the error to tell.
        with contextlib.suppress(OSError) if summary.status == "failed" else contextlib.nullcontext():
            _write_run(store, summary)
    create_markdown_artifact(key="analyze", markdown=_markdown(summary), description=f"Run {summary.run_id}")
    return summary


def _run(inputs: list[str], pipeline: Pipeline, lake: Lake, fingerprints: dict[str, str], summary: RunSummary) -> None:
    total = count_sources(inputs)
    found = find_sources(inputs, pipeline.settings.reading.max_bytes)
    intake = steps.Intake(found, lake, fingerprints)
    done = 0

    def stage(name: str, step: Any, *args: Any) -> Any:
        report(name, done, max(total, intake.seen))
        began = time.monotonic()
        try:
            return step(*args)
        finally:
            summary.seconds[name] += time.monotonic() - began

    with contextlib.closing(Workers(pipeline)) as workers:
        for shard in intake.shards(pipeline.settings.run.shard_size):
            stage("read", steps.read, shard, intake, workers)
            if shard.analyses:
                summary.n_statements += stage("attribute", steps.attribute, shard, workers)
                stage("resolve", steps.resolve, shard, workers)
                stage("targets", steps.find_targets, shard, workers)
                stage("score", steps.score, shard, workers)
                written = stage("commit", steps.commit, shard, lake, summary.run_id, fingerprints)
                summary.n_new += len(written.new)
                summary.n_updated += len(written.updated)
                summary.n_skipped += len(written.skipped)
            done = intake.seen
            _reject(lake, summary, shard.rejects)
    _reject(lake, summary, intake.rejects)
    summary.n_seen = intake.seen
    summary.n_skipped += intake.skipped
    summary.n_forgotten = intake.forgotten
    count_copies = pipeline.settings.aggregates.count_copies
    if is_stale(lake, count_copies):
        stage("aggregate", steps.rebuild_aggregates, lake, summary.run_id, count_copies)
    report("done", intake.seen, intake.seen)


def _reject(lake: Lake, summary: RunSummary, rejects: list[Reject]) -> None:
    """Write rejects; of several for one source_uri the first is kept, all are counted."""
    known = {r.source_uri for r in summary.rejects}
    rejects = [Reject(*(one_line(part) for part in astuple(r))) for r in rejects]
    fresh = list({r.source_uri: r for r in reversed(rejects) if r.source_uri not in known}.values())[::-1]
    summary.rejects += fresh
    summary.n_rejected += len(rejects)
    if fresh:
        now = datetime.now(UTC)
        rows = [asdict(r) | {"run_id": summary.run_id, "at": now} for r in fresh]
        lake.append(summary.run_id, "rejects", pa.Table.from_pylist(rows, REJECTS))


def _write_run(lake: Lake, summary: RunSummary) -> None:
    lake.append(summary.run_id, "runs", pa.Table.from_pylist([summary.as_row()], RUNS), replacing=True)


def _markdown(summary: RunSummary) -> str:
    """The run as a page of the Prefect UI."""
    lines = [
        f"# {summary.n_new + summary.n_updated} articles analysed",
        "",
        f"Lake `{summary.lake}`, run `{summary.run_id}`.",
        "",
        "| seen | new | updated | unchanged | rejected | statements |",
        "|---|---|---|---|---|---|",
        f"| {summary.n_seen} | {summary.n_new} | {summary.n_updated} | {summary.n_skipped} | {summary.n_rejected} "
        f"| {summary.n_statements} |",
        "",
        "| stage | seconds |",
        "|---|---|",
        *(f"| {stage} | {seconds:.1f} |" for stage, seconds in summary.seconds.items()),
    ]
    if summary.rejects:
        lines += ["", "## Rejected", "", "| reason | inputs |", "|---|---|"]
        lines += [f"| {code} | {n} |" for code, n in Counter(r.code for r in summary.rejects).most_common()]
    return "\n".join(lines)
