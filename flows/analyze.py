"""The main job: raw articles in, opinion tables out."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from prefect import State, flow
from prefect.states import Completed

from sayso.flows.artifacts import publish_run
from sayso.flows.progress import report
from sayso.flows.summary import RunSummary
from sayso.flows.turns import made_up_by, run_name, turn
from sayso.tasks import steps
from sayso.tasks.articles import Reject, RunFailed, UsageError
from sayso.tasks.executors import Executor, Processes
from sayso.tasks.identities import LIST_FILE, load_list
from sayso.tasks.intake import Intake, Shard, check_recipe
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import check_urls, count_sources, find_sources, one_line
from sayso.tasks.settings import load_settings, with_workers
from sayso.tasks.tables import REJECTS, RUNS, Lake, is_stale, new_run_id
from sayso.tasks.targets import load_targets

HOPELESS = 2  # shards that fail one after the other
T = TypeVar("T")


@flow(name="analyze", flow_run_name=run_name("analyze"))
def analyze(
    inputs: list[str],
    lake: str = "data/processed",
    targets: str | None = None,
    settings: str | None = None,
    workers: int | None = None,
    collection: str | None = None,
    recipe_change: bool = False,
) -> RunSummary | State[Any]:
    """Analyse articles into a lake: who said what, about whom, and where they stand.

    Args:
        inputs: files, folders or globs, local or as URLs (s3://bucket/*.jsonl, with the fsspec package for it);
            texts, pages, exports, feeds, and JSON, CSV or Parquet of articles. What is new or changed is analysed.
        lake: a local folder; articles that it holds unchanged are not analysed again.
        targets: a TOML file of targets of your own.
        settings: a TOML file of settings; see sayso.toml.
        workers: processor cores to use; all of them by default.
        collection: a name for what is in the inputs, so that its articles keep their ids where the files move.
        recipe_change: analyse by other settings, targets or models than what is in the lake.

    Returns:
        What was done; a state named Skipped where a later scheduled run does the same.

    Raises:
        UsageError: an input's URL, a setting, target, model or the lake cannot be used, or the lake was made by
            another recipe; nothing has been written.
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
        return _analyze(inputs, pipeline, Lake.open(lake), collection, recipe_change)


def _analyze(
    inputs: list[str], pipeline: Pipeline, lake: Lake, collection: str | None, recipe_change: bool
) -> RunSummary:
    recipe = pipeline.recipe()
    if not recipe_change:
        check_recipe(lake, recipe)
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
    lake.record(summary.run_id, recipe)
    _write_run(lake, summary)
    try:
        _run(inputs, pipeline, lake, recipe.fingerprints, collection, summary)
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
    """Takes shards through reading, analysis and commit: tells the listener, keeps the time, knows what is at work."""

    def __init__(
        self,
        lake: Lake,
        fingerprints: Mapping[str, str],
        intake: Intake,
        executor: Executor,
        total: int,
        summary: RunSummary,
    ) -> None:
        self._lake, self._fingerprints, self._intake, self._executor = lake, fingerprints, intake, executor
        self._total, self._summary = total, summary
        self._ended = 0  # sources that came to an end
        self.running = ""

    def take(self, shard: Shard) -> None:
        """One shard from its sources to the lake."""
        begun, size = self._ended, len(shard.sources)
        try:
            self._begin("reading")
            steps.read(shard, self._intake, self._executor)
            self._ended = begun + size - len(shard.works)
            if shard.works:
                self._begin("analysis")
                self._summary.n_statements += steps.analyse(shard, self._executor, self._count)
                written = self.timed(
                    "commit", steps.commit, shard, self._lake, self._summary.run_id, self._fingerprints
                )
                self._summary.n_new += len(written.new)
                self._summary.n_updated += len(written.updated)
                self._summary.n_skipped += len(written.skipped)
        finally:
            self._ended = begun + size

    def timed(self, name: str, step: Callable[..., T], *args: Any) -> T:
        """Run a step that is no stage, and keep its time."""
        self._begin(name)
        began = time.monotonic()
        try:
            return step(*args)
        finally:
            self._summary.seconds[name] += time.monotonic() - began

    def _begin(self, name: str) -> None:
        self.running = name
        self._tell()

    def _count(self, n: int) -> None:
        self._ended += n
        self._tell()

    def _tell(self) -> None:
        passed = self._intake.skipped + len(self._intake.rejects)
        report(self.running, passed + self._ended, max(self._total, self._intake.seen))


def _run(
    inputs: list[str],
    pipeline: Pipeline,
    lake: Lake,
    fingerprints: Mapping[str, str],
    collection: str | None,
    summary: RunSummary,
) -> None:
    reading = pipeline.settings.reading
    found = find_sources(inputs, reading.max_bytes, collection, summary.notes.append, reading.fields)
    intake = Intake(found, lake, fingerprints)
    failures: list[Exception] = []
    shards = in_a_row = 0
    with contextlib.closing(Processes(pipeline)) as executor:
        job = _Job(lake, fingerprints, intake, executor, count_sources(inputs), summary)
        for shard in intake.shards(pipeline.settings.run.shard_size):
            shards += 1
            try:
                job.take(shard)
                in_a_row = 0
            except UsageError:
                raise
            except Exception as error:  # the other shards are still worth doing
                failures.append(error)
                in_a_row += 1
                shard.rejects += [Reject(u, job.running, "failed", f"the shard failed: {error}") for u in shard.uris]
            summary.n_seen = intake.seen
            _reject(lake, summary, shard.rejects)
            if in_a_row == HOPELESS:  # not the shards are the trouble
                raise failures[-1]
        summary.seconds.update(executor.seconds)
    _reject(lake, summary, intake.rejects)
    summary.n_seen = intake.seen
    summary.n_skipped += intake.skipped
    summary.n_forgotten = intake.forgotten
    summary.notes += intake.notes
    wanted = pipeline.settings.aggregates
    if is_stale(lake, wanted.count_copies, wanted.near_copy_days, wanted.factuality):
        how = (wanted.count_copies, wanted.near_copy_days, wanted.factuality)
        job.timed("aggregate", steps.rebuild_aggregates, lake, summary.run_id, *how)
    report("done", intake.seen, intake.seen)
    if failures:
        count = f"{len(failures)} of {shards} shards failed" if shards > 1 else "the run failed"
        why = str(failures[0]) or type(failures[0]).__name__
        raise RunFailed(f"{count}: {why}; what was written stays, the next run tries the rest again")


def _reject(lake: Lake, summary: RunSummary, rejects: list[Reject]) -> None:
    """Write rejects; of several for one source_uri the first is kept, all are counted."""
    known = {r.source_uri for r in summary.rejects}
    rejects = [replace(r, source_uri=one_line(r.source_uri), message=one_line(r.message)) for r in rejects]
    fresh = list({r.source_uri: r for r in reversed(rejects) if r.source_uri not in known}.values())[::-1]
    summary.rejects += fresh
    summary.n_rejected += len(rejects)
    if fresh:
        now = datetime.now(UTC)
        rows = [asdict(r) | {"run_id": summary.run_id, "at": now} for r in fresh]
        lake.append(summary.run_id, "rejects", pa.Table.from_pylist(rows, REJECTS))


def _write_run(lake: Lake, summary: RunSummary) -> None:
    lake.append(summary.run_id, "runs", pa.Table.from_pylist([summary.as_row()], RUNS), replacing=True)
