"""`make up`: Prefect's server, a work pool, the deployments of prefect.yaml and a worker, until Ctrl-C.

All that they keep is in `.prefect` in the project folder.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from sayso.commands.processes import end_with_this_process
from sayso.commands.surroundings import pass_by_proxies

POOL = "sayso"
START_SECONDS, SCHEDULE_SECONDS, STOP_SECONDS = 180, 30, 20


class Trouble(Exception):
    """Something does not start or ends by itself; the message says what, and what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--file", type=Path, default=Path("prefect.yaml"), help="the deployments")
    parser.add_argument("--home", type=Path, default=Path(".prefect"), help="where the server keeps its database")
    parser.add_argument("--port", type=int, default=4200, help="of the server and its UI, on this machine alone")
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C
    try:
        up(args.file, args.home.absolute(), args.port)
    except Trouble as trouble:
        print(f"sayso: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; what was written stays", flush=True)
    return 0


def up(file: Path, home: Path, port: int) -> None:
    """Start everything, say what will run when, and stay until something ends.

    Raises:
        Trouble: the port is taken, or a part does not start or ends by itself.
    """
    home.mkdir(parents=True, exist_ok=True)
    address = home / "address"
    lock = FileLock(home / "up.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"already up at {address.read_text()}")
        return
    if not file.is_file():
        raise Trouble(f"there is no {file}; it says what runs when")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Trouble(f"port {port} is taken by another program; make up PORT={port + 1} uses another one")
    ui = f"http://127.0.0.1:{port}"
    address.write_text(ui)
    pass_by_proxies()
    os.environ |= {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"{ui}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # The slot of a run that was killed together with the server is given back.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    print("starting, this takes half a minute ...", flush=True)
    log = home / "server.log"
    serve = ["server", "start", "--host", "127.0.0.1", "--port", str(port), "--log-level", "WARNING"]
    with _running(serve, log) as server:
        _wait_for(f"{ui}/api/health", server, log)
        _once("work-pool", "create", POOL, "--type", "process", "--overwrite")
        _once("deploy", "--all", "--prefect-file", str(file))
        with _running(["worker", "start", "--pool", POOL, "--name", POOL], None) as worker:
            print(f"\nserver and UI: {ui}")
            for line in _plans():
                print(f"  {line}")
            print(f"Ctrl-C stops all of it. The server's database and log are in {home}", flush=True)
            while True:
                for name, process in (("server", server), ("worker", worker)):
                    if process.poll() is not None:
                        raise Trouble(f"Prefect's {name} ended by itself (exit code {process.returncode}); see {log}")
                time.sleep(0.5)


def _prefect(*args: str) -> list[str]:
    return [sys.executable, "-m", "prefect", "--no-prompt", *args]


def _once(*args: str) -> None:
    done = subprocess.run(_prefect(*args), capture_output=True, text=True, check=False, start_new_session=True)
    if done.returncode:
        raise Trouble(f"prefect {' '.join(args)} failed:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def _running(args: list[str], log: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """A part that runs in a session of its own, so that Ctrl-C comes to this process alone, which ends it in order."""
    with open(log, "a", encoding="utf-8") if log else contextlib.nullcontext() as out:
        process = subprocess.Popen(_prefect(*args), stdout=out, stderr=out, start_new_session=True)
    end_with_this_process(process.pid, group=True)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started; a run at work gets the time to say that it was interrupted."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    raise Trouble(f"Prefect's server does not start; see {log}")


def _plans() -> Iterator[str]:
    """What will run next, as the scheduler has it, and what is late and run now."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.client.schemas.sorting import FlowRunSort

    waiting = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    with get_client(sync_client=True) as client:
        deployments = {d.id: d for d in client.read_deployments()}
        planned = {i for i, d in deployments.items() if any(s.active for s in d.schedules)}
        until = time.monotonic() + SCHEDULE_SECONDS
        while True:
            runs = client.read_flow_runs(flow_run_filter=waiting, sort=FlowRunSort.EXPECTED_START_TIME_ASC)
            if planned <= {r.deployment_id for r in runs} or time.monotonic() > until:
                break
            time.sleep(0.5)
    now = datetime.now(UTC)
    for deployment in sorted(deployments.values(), key=lambda d: d.name):
        starts = [r.expected_start_time for r in runs if r.deployment_id == deployment.id and r.expected_start_time]
        late = [start for start in starts if start < now]
        coming = starts[len(late) :]
        crons = [s.schedule for s in deployment.schedules if isinstance(s.schedule, CronSchedule)]
        zone = ZoneInfo(crons[0].timezone or "UTC") if crons else UTC
        when = f"next {coming[0].astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if coming else "not scheduled"
        cron = f" (cron {crons[0].cron}, {zone})" if crons else ""
        made_up = "; a run was missed and is made up now" if late else ""
        yield f"{deployment.name}: {when}{cron}{made_up}"


if __name__ == "__main__":
    sys.exit(main())
