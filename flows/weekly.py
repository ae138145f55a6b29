"""The weekly upkeep of a lake: aggregates, integrity check, report."""

from datetime import UTC, datetime
from pathlib import Path

from prefect import State, flow
from prefect.states import Completed

from sayso.flows.artifacts import publish_check
from sayso.flows.turns import made_up_by, run_name, turn
from sayso.tasks import steps
from sayso.tasks.articles import RunFailed
from sayso.tasks.report import Report
from sayso.tasks.tables import Lake, is_current, new_run_id


@flow(name="weekly", flow_run_name=run_name("weekly"))
def weekly(lake: str = "data/processed", report: str = "report") -> Report | State:
    """Bring what is derived from all articles up to date, check that the lake holds together, and write the report.

    Args:
        lake: a local folder that `analyze` has filled.
        report: the folder for the pages; an earlier report in it is replaced.

    Returns:
        What was written; a state named Skipped where a later scheduled run does the same.

    Raises:
        UsageError: there is no lake, or the report cannot be written.
        RunFailed: the lake does not hold together; the report is written all the same.
    """
    if later := made_up_by():
        return Completed(name="Skipped", message=f"{later} was due after this run, and does the same")
    with turn(lake):
        store = Lake.open(Lake.existing(lake).path)
        if not is_current(store):
            steps.rebuild_aggregates(store, new_run_id(datetime.now(UTC)), None)
        problems = steps.check(store)
        written: Report = steps.publish(store, Path(report))
    publish_check(store, problems, str(written.index))
    if problems:
        first = f"{problems[0].table}: {problems[0].what}"
        more = f" and {len(problems) - 1} more kinds of trouble" if len(problems) > 1 else ""
        raise RunFailed(f"{store.path} does not hold together: {first}{more}; sayso verify lists all")
    return written
