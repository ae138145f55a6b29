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
from prefect import State, flow
from prefect.states import Completed

from sayso.flows.artifacts import publish_run
from sayso.flows.progress import report
from sayso.flows.turns import made_up_by, run_name, turn
from sayso.tasks import steps
from sayso.tasks.articles import Reject, RunFailed, UsageError
from sayso.tasks.identities import LIST_FILE, load_list
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import check_urls, count_sources, find_sources, one_line
from sayso.tasks.settings import load_settings, with_workers
from sayso.tasks.tables import REJECTS, RUNS, Lake, is_stale, new_run_id
from sayso.tasks.targets import load_targets
from sayso.tasks.workers import Workers

HOPELESS = 2  # shards that fail one after the other


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


@flow(name="analyze", flow_run_name=run_name("analyze"))
def analyze(
    inputs: list[str],
    lake: str = "data/processed",
    targets: str | None = None,
    settings: str | None = None,
    workers: int | None = None,
) -> RunSummary | State:
    """Analyse articles into a lake: who said what, about whom, and where they stand.

    Args:
        inputs: files, folders or globs, local or as URLs (s3://bucket/*.jsonl, with the fsspec package for it);
            .txt .md .html, and .json .jsonl .ndjson .csv .parquet of articles. What is new or changed is analysed.
        lake: a local folder; articles that it holds unchanged are not analysed again.
        targets: a TOML file of targets of your own.
        settings: a TOML file of settings; see sayso.toml.
        workers: processor cores to use; all of them by default.

    Returns:
        What was done; a state named Skipped where a later scheduled run does the same.

    Raises:
        UsageError: an input's URL, a setting, target, model or the lake cannot be used; nothing has been written.
        RunFailed: some articles could not be analysed or written for reasons that are not theirs; the others are.
    """
    if later := made_up_by():
        return Completed(name="Skipped", message=f"{later} was due after this run, and does the same")
    check_urls(inputs)
    pipeline = Pipeline(
        with_workers(load_settings(Path(settings) if settings else None), workers),
        load_targets(Path(targets) if targets else None),
    )
    with turn(lake):
        return _analyze(inputs, pipeline, Lake.open(lake))


def _analyze(inputs: list[str], pipeline: Pipeline, lake: Lake) -> RunSummary:
    fingerprints = pipeline.fingerprints()
    load_list(lake.path / LIST_FILE)  # a mistake in it is told before hours of work
    started = datetime.now(UTC)
    summary = RunSummary(
        run_id=new_run_id(started),
        lake=str(lake.path),
        started_at=started,
        settings=json.dumps(
            asdict(pipeline.settings) | {"targets_configured": [asdict(t) for t in pipeline.configured]}
        ),
        models=json.dumps(pipeline.model_hashes()),
    )
    _write_run(lake, summary)
    try:
        _run(inputs, pipeline, lake, fingerprints, summary)
        summary.status = "completed"
    except BaseException as error:
        summary.status = "failed" if isinstance(error, Exception) else "interrupted"  # Ctrl-C, SIGTERM
        raise
    finally:
        summary.finished_at = datetime.now(UTC)
        # Where the disk is the trouble, that is the error to tell.
        with contextlib.suppress(Exception) if summary.status == "failed" else contextlib.nullcontext():
            _write_run(lake, summary)
            if summary.status != "interrupted":
                publish_run(summary, lake)
    return summary


class _Job:
    """Takes shards through the stages: tells the listener, keeps the time, remembers which stage is running."""

    def __init__(self, lake: Lake, fingerprints: dict[str, str], intake: steps.Intake, total: int, summary: RunSummary):
        self._lake, self._fingerprints, self._intake, self._total = lake, fingerprints, intake, total
        self._summary = summary
        self.running = ""

    def stage(self, name: str, step: Any, *args: Any) -> Any:
        self.running = name
        report(name, self._summary.n_seen, max(self._total, self._intake.seen))
        began = time.monotonic()
        try:
            return step(*args)
        finally:
            self._summary.seconds[name] += time.monotonic() - began

    def take(self, shard: steps.Shard, workers: Workers) -> None:
        summary = self._summary
        self.stage("read", steps.read, shard, self._intake, workers)
        if shard.analyses:
            summary.n_statements += self.stage("attribute", steps.attribute, shard, workers)
            self.stage("resolve", steps.resolve, shard, workers)
            self.stage("targets", steps.find_targets, shard, workers)
            self.stage("score", steps.score, shard, workers)
            written = self.stage("commit", steps.commit, shard, self._lake, summary.run_id, self._fingerprints)
            summary.n_new += len(written.new)
            summary.n_updated += len(written.updated)
            summary.n_skipped += len(written.skipped)


def _run(inputs: list[str], pipeline: Pipeline, lake: Lake, fingerprints: dict[str, str], summary: RunSummary) -> None:
    found = find_sources(inputs, pipeline.settings.reading.max_bytes)
    intake = steps.Intake(found, lake, fingerprints)
    job = _Job(lake, fingerprints, intake, count_sources(inputs), summary)
    failures: list[Exception] = []
    shards = in_a_row = 0
    with contextlib.closing(Workers(pipeline)) as workers:
        for shard in intake.shards(pipeline.settings.run.shard_size):
            shards += 1
            uris = [source.uri for source in shard.sources]
            try:
                job.take(shard, workers)
                in_a_row = 0
            except UsageError:
                raise
            except Exception as error:  # the other shards are still worth doing
                failures.append(error)
                in_a_row += 1
                left = [a.article.source_uri for a in shard.analyses] or uris
                shard.rejects += [Reject(uri, job.running, "failed", f"the shard failed: {error}") for uri in left]
            summary.n_seen = intake.seen
            _reject(lake, summary, shard.rejects)
            if in_a_row == HOPELESS:  # not the shards are the trouble
                raise failures[-1]
    _reject(lake, summary, intake.rejects)
    summary.n_seen = intake.seen
    summary.n_skipped += intake.skipped
    summary.n_forgotten = intake.forgotten
    wanted = pipeline.settings.aggregates
    if is_stale(lake, wanted.count_copies, wanted.near_copy_days):
        job.stage(
            "aggregate", steps.rebuild_aggregates, lake, summary.run_id, wanted.count_copies, wanted.near_copy_days
        )
    report("done", intake.seen, intake.seen)
    if failures:
        count = f"{len(failures)} of {shards} shards failed" if shards > 1 else "the run failed"
        why = str(failures[0]) or type(failures[0]).__name__
        raise RunFailed(f"{count}: {why}; what was written stays, the next run tries the rest again")


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
