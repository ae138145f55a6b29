"""Runs that share a Prefect server take turns: one at a time for each lake, and a missed one is made up once."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.concurrency.sync import concurrency
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL
from prefect.types import DateTime

_ALIVE = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.COMPLETED]


def run_name(what: str) -> Callable[[], str]:
    """Names for the runs of a flow that has a parameter `lake`: what, which lake, when."""
    return lambda: f"{what} {Path(flow_run.parameters['lake']).name}, {datetime.now():%Y-%m-%d %H:%M}"


@contextlib.contextmanager
def turn(lake: str | Path) -> Iterator[None]:
    """Wait until no other run of this server is at work on the lake; a Prefect concurrency limit of one.

    A run without a server of its own (`sayso analyze`) does not wait: the lake itself keeps it from doing harm.
    """
    if not PREFECT_API_URL.value():
        yield
        return
    path = Path(lake).expanduser().absolute()
    name = f"lake-{path.name}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, 1)
    with concurrency(name):
        yield


def made_up_by() -> str | None:
    """The name of a later run that was due by now and does what this scheduled run was to do.

    A machine that slept for three nights wakes up to three late runs; only the last of them is worth its time.
    """
    context = FlowRunContext.get()
    mine = context and context.flow_run
    if not mine or not mine.deployment_id or not mine.expected_start_time:
        return None
    due = FlowRunFilterExpectedStartTime(after_=mine.expected_start_time, before_=DateTime.now(UTC))
    same = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[mine.deployment_id]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_ALIVE)),
        expected_start_time=due,
    )
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=same, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
    others = (r for r in runs if r.expected_start_time != mine.expected_start_time)
    return next((r.name for r in others if r.parameters == mine.parameters), None)
