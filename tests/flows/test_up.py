"""The schedule: a real server and worker that fire runs by themselves (slow), and what keeps runs out of each other's way."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.context import FlowRunContext
from prefect.states import Scheduled
from prefect.utilities.callables import parameter_schema

from benchmarks.throughput import tree
from sayso.commands import up
from sayso.flows.analyze import analyze
from sayso.flows.turns import made_up_by, turn
from sayso.flows.weekly import weekly
from sayso.tasks.articles import RunFailed, UsageError
from sayso.tasks.tables import Lake, is_current
from tests.commands.running import alive
from tests.conftest import ROOT

TEXT = "A Pier Is Shut\n\nAda Quill said that the pier was unsafe. “I will not walk on it,” said Bo Lind.\n"
EVERY_MINUTE = """
name: sayso
deployments:
  - name: nightly
    entrypoint: flows/analyze.py:analyze
    schedules: [{{cron: "* * * * *", timezone: Etc/UTC}}]
    parameters: {{inputs: ["{0}/in"], lake: "{0}/lake"}}
    work_pool: {{name: sayso}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def started(folder: Path, port: int):
    """`make up` in a process of its own; what it prints goes to a file."""
    command = [
        sys.executable,
        "-m",
        "sayso.commands.up",
        "--file",
        folder / "prefect.yaml",
        "--home",
        folder / "home",
        "--port",
        str(port),
    ]
    with open(folder / "out", "w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    try:
        wait_for(lambda: "Ctrl-C stops" in (folder / "out").read_text() or process.poll() is not None, 180)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode == 0 and "stopped" in (folder / "out").read_text()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def wait_for(what, seconds: float):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if found := what():
                return found
        time.sleep(0.5)
    pytest.fail("waited in vain")


def flow_runs(port: int) -> list[dict]:
    url = f"http://127.0.0.1:{port}/api/flow_runs/filter"
    request = urllib.request.Request(
        url, data=b'{"sort": "EXPECTED_START_TIME_ASC"}', headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_the_scheduler_fires_a_run_and_missed_ones_are_made_up_once(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT)
    (tmp_path / "prefect.yaml").write_text(EVERY_MINUTE.format(tmp_path))
    port = free_port()
    with started(tmp_path, port):
        assert "nightly: next" in (tmp_path / "out").read_text()
        again = subprocess.run(
            [sys.executable, "-m", "sayso.commands.up", "--home", tmp_path / "home", "--port", str(port)],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert again.stdout.strip() == f"already up at http://127.0.0.1:{port}"
        wait_for(lambda: "Completed" in [r["state_name"] for r in flow_runs(port)], 180)
        fired = [r for r in flow_runs(port) if r["state_name"] == "Completed"]
        assert fired and all(r["auto_scheduled"] and r["name"].startswith("analyze lake, ") for r in fired)
        assert pd.read_parquet(tmp_path / "lake" / "statements")["content"].str.contains("unsafe").any()
        (tmp_path / "in" / "b.txt").write_text(TEXT.replace("pier", "quay"))
    down = datetime.now(UTC)
    time.sleep(150)
    with started(tmp_path, port):
        back = datetime.now(UTC)
        ended = lambda r: r["state_type"] in ("COMPLETED", "FAILED", "CRASHED")  # noqa: E731
        missed = lambda: [r for r in flow_runs(port) if down < datetime.fromisoformat(r["expected_start_time"]) < back]  # noqa: E731
        wait_for(lambda: len(missed()) >= 2 and all(map(ended, missed())), 180)
        names = [r["state_name"] for r in missed()]
        assert names.count("Skipped") >= len(names) - 1 and set(names) <= {"Skipped", "Completed"}
        wait_for(lambda: len(pd.read_parquet(tmp_path / "lake" / "articles")) == 2, 180)


@pytest.mark.slow
def test_killed_it_leaves_no_process_behind(tmp_path):
    (tmp_path / "prefect.yaml").write_text(EVERY_MINUTE.format(tmp_path))
    command = [
        sys.executable,
        "-m",
        "sayso.commands.up",
        "--file",
        tmp_path / "prefect.yaml",
        "--home",
        tmp_path / "home",
        "--port",
        str(free_port()),
    ]
    with open(tmp_path / "out", "w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    wait_for(lambda: "Ctrl-C stops" in (tmp_path / "out").read_text(), 180)
    left = tree(process.pid)[1:]
    assert len(left) >= 4  # the server, the worker, and a guard for each
    process.kill()
    process.wait()
    wait_for(lambda: not any(alive(pid) for pid in left), 30)


def test_what_does_not_start_is_told(tmp_path, capsys, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "p.yaml").write_text("name: sayso")
        for file, message in (("none.yaml", "there is no"), ("p.yaml", f"port {port} is taken")):
            monkeypatch.setattr(
                sys,
                "argv",
                ["up", "--file", str(tmp_path / file), "--home", str(tmp_path / file[0]), "--port", str(port)],
            )
            assert up.main() == 1
            assert message in capsys.readouterr().err
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("job", [analyze, weekly])
def test_every_parameter_is_documented_in_the_ui(job):
    parameters = parameter_schema(job).properties
    assert parameters and all(p.get("description") and ("type" in p or "anyOf" in p) for p in parameters.values())


def test_deployments_name_flows_and_parameters_that_there_are():
    import yaml

    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        file, name = deployment["entrypoint"].split(":")
        job = {"flows/analyze.py:analyze": analyze, "flows/weekly.py:weekly": weekly}[f"{file}:{name}"]
        job.validate_parameters(deployment["parameters"])
        [schedule] = deployment["schedules"]
        assert schedule["cron"] and schedule["timezone"] and deployment["work_pool"]["name"] == up.POOL


def test_one_run_at_a_time_works_on_a_lake(prefect, tmp_path):
    order = []

    def second():
        with turn(tmp_path / "lake"):
            order.append("second")

    with turn(tmp_path / "lake"):
        with turn(tmp_path / "other"):
            order.append("other")
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(3)
        order.append("first")
    thread.join(60)
    assert order == ["other", "first", "second"]


def test_of_late_runs_only_the_last_does_the_work(prefect):
    @flow
    def job(n: int = 1):
        return made_up_by()

    now = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(flow_id=client.create_flow(job), name="job", parameters={"n": 1})

        def due(hours: int, n: int = 1):
            when = Scheduled(scheduled_time=now + timedelta(hours=hours))
            return client.create_flow_run_from_deployment(deployment, state=when, parameters={"n": n})

        first, last, other, coming = due(-48), due(-24), due(-12, n=2), due(12)
        assert job() is None
        answers = {}
        for run in (first, last, other, coming):
            with FlowRunContext.model_construct(flow_run=client.read_flow_run(run.id)):
                answers[run.id] = made_up_by()
        assert answers == {first.id: last.name, last.id: None, other.id: None, coming.id: None}
        client.set_flow_run_state(
            last.id,
            Scheduled(scheduled_time=now).model_copy(update={"type": StateType.FAILED, "name": "Failed"}),
            force=True,
        )
        with FlowRunContext.model_construct(flow_run=client.read_flow_run(first.id)):
            assert made_up_by() is None


def test_weekly_rebuilds_checks_and_reports(prefect, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    analyze([str(tmp_path / "a.txt")], lake=str(tmp_path / "lake"))
    (tmp_path / "lake" / "speakers.toml").write_text('[[speaker]]\nname = "Somebody Else"\n')
    assert not is_current(Lake.existing(tmp_path / "lake"))
    written = weekly(lake=str(tmp_path / "lake"), report=str(tmp_path / "report"))
    assert is_current(Lake.existing(tmp_path / "lake"))
    assert written.articles == 1 and (tmp_path / "report" / "index.html").is_file()
    victim = next((tmp_path / "lake" / "mentions").glob("2*.parquet"))
    os.remove(victim)
    with pytest.raises(RunFailed, match="does not hold together: mentions: file is missing"):
        weekly(lake=str(tmp_path / "lake"), report=str(tmp_path / "report"))
    with pytest.raises(UsageError, match="no lake"):
        weekly(lake=str(tmp_path / "nothing"), report=str(tmp_path / "report"))
