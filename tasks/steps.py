"""Every task, in pipeline order: a shard is read, analysed and committed; then what is derived, checked, published."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from prefect import State, task
from prefect.cache_policies import NO_CACHE, CachePolicy
from prefect.client.schemas.objects import TaskRun

from sayso.tasks.executors import Executor
from sayso.tasks.intake import Intake, Shard, take_through_stages
from sayso.tasks.report import Report, write_report
from sayso.tasks.tables import Lake, Written, aggregate, shard_tables
from sayso.tasks.tables.calibration import calibration_of
from sayso.tasks.tables.corrections import overrides
from sayso.tasks.tables.verify import Problem, verify


class _Options(TypedDict):
    cache_policy: CachePolicy
    persist_result: bool


class _Retries(TypedDict):
    retries: int
    retry_delay_seconds: list[float]
    retry_condition_fn: Callable[[Any, TaskRun, State[Any]], bool]


def _passing(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Whether a failure may pass by itself: the disk or the network drive, not the code."""
    try:
        state.result()
    except OSError:
        return True
    except BaseException:
        return False
    return False


# Nothing is cached or stored by Prefect: the lake alone says what is done.
PLAIN: _Options = {"cache_policy": NO_CACHE, "persist_result": False}
WRITING: _Retries = {"retries": 3, "retry_delay_seconds": [1, 5, 20], "retry_condition_fn": _passing}


@task(name="read", task_run_name="read {shard}", **PLAIN)
def read(shard: Shard, intake: Intake, executor: Executor) -> int:
    """Parse the sources of a shard; what cannot be an article becomes a reject."""
    intake.read(shard, executor)
    return len(shard.works)


@task(name="analyse", task_run_name="analyse {shard}", **PLAIN)
def analyse(shard: Shard, executor: Executor, done: Callable[[int], None]) -> int:
    """Find statements, speakers, targets, sentiment and stance: every stage of `tasks.stages`."""
    take_through_stages(shard, executor, done)
    return sum(len(work.analysis.statements) for work in shard.works)


@task(name="commit", task_run_name="commit {shard}", **PLAIN, **WRITING)
def commit(shard: Shard, lake: Lake, run_id: str, fingerprints: Mapping[str, str]) -> Written:
    """Write the shard to the lake in one commit."""
    judgements = overrides(lake.snapshot(), shard.analyses)
    calibration = calibration_of(lake.path)
    confidence = calibration if calibration and calibration.holds(fingerprints) else float
    tables = shard_tables(shard.analyses, run_id, fingerprints, datetime.now(UTC), judgements, confidence)
    return lake.write_shard(run_id, tables)


@task(name="aggregate", **PLAIN, **WRITING)
def rebuild_aggregates(
    lake: Lake,
    run_id: str,
    count_copies: bool | None = None,
    near_copy_days: int | None = None,
    factuality: tuple[str, ...] | None = None,
) -> dict[str, int]:
    """Rebuild identities and speaker_stances from all articles of the lake."""
    return aggregate(lake, run_id, count_copies, near_copy_days, factuality)


@task(name="verify", **PLAIN)
def check(lake: Lake) -> list[Problem]:
    """Find out whether the lake holds together."""
    return verify(lake)


@task(name="report", **PLAIN, **WRITING)
def publish(lake: Lake, out: Path) -> Report:
    """Write the lake as static pages."""
    return write_report(lake, out)
