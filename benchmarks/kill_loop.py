"""Kill Sayso again and again, and see whether the lake is any the worse.

python benchmarks/kill_loop.py [--random 150]

Injected kills: insert, update, forget and compact, each killed before and after every fsync, replace and delete that
it does. After each, every table must be readable at once, and a snapshot must show the old rows or the new ones; plain
tables must be whole as soon as somebody takes the lock; then the same change, undisturbed, must give the same rows as
ever.

Random kills: `sayso analyze` and `sayso compact` in processes of their own, killed at random moments, while articles
are added and edited. Beside them one process reads all tables with plain pandas and through snapshots, whose rows must
fit together every time, and another runs `sayso verify` without end, which may find a commit cut short and nothing
else. One clean run later the tables must equal those of a lake that was never disturbed.
"""

import argparse
import contextlib
import dataclasses
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import made  # noqa: E402
from sayso.tasks.articles import Analysis  # noqa: E402
from sayso.tasks.pipeline import Pipeline  # noqa: E402
from sayso.tasks.reading import Source  # noqa: E402
from sayso.tasks.settings import Settings  # noqa: E402
from sayso.tasks.tables import SCHEMAS, Lake, aggregate, shard_tables  # noqa: E402
from sayso.tasks.tables.upkeep import compact, forget  # noqa: E402
from sayso.tasks.tables.verify import verify  # noqa: E402

TABLES = [name for name in SCHEMAS if not name.startswith(".")]
# What verify may say beside runs that are killed: between a commit and the aggregates the latter are older.
EXPECTED = {
    "all is well",
    "lake: a commit was cut short; the next run, or sayso compact, finishes it",
    "speaker_stances: is older than the articles; the next run rebuilds it",
}
COMPACT_SECONDS = 1.5  # of which one second is Python's start
AT = datetime(2026, 1, 1, tzinfo=UTC)
# What a run writes of itself, and not of the articles.
OF_THE_RUN = ["run_id", "ingested_at", "fingerprints"]


class Violation(Exception):
    """The lake broke a promise."""


# ---- what is in a lake


def rows(lake: Path) -> dict[str, pd.DataFrame]:
    """All tables that are about articles, run and times aside, in one order."""
    return in_order({table: pd.read_parquet(lake / table) for table in TABLES})


def in_order(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    found = {}
    for table, frame in tables.items():
        if table not in ("runs", "rejects"):
            frame = frame.drop(columns=[c for c in OF_THE_RUN if c in frame]).astype(str)
            found[table] = frame.sort_values(list(frame.columns), ignore_index=True)
    return found


def snapshot(lake: Path) -> dict[str, pd.DataFrame]:
    """All tables, as our own commands read them."""
    return Lake.existing(lake).reading(lambda of: {table: of.read(table).to_pandas() for table in TABLES})


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> bool:
    return all(one[table].equals(other[table]) for table in one)


def check(tables: dict[str, pd.DataFrame]) -> None:
    """Keys occur once, and no part of an article is there without the rest."""
    for table, frame in tables.items():
        key = SCHEMAS[table].metadata[b"primary_key"].decode().split(",")
        if frame.duplicated(key).any():
            raise Violation(f"{table} has a key twice")
    known = set(tables["articles"]["article_id"])
    for table, frame in tables.items():
        if "article_id" in frame and table != "identities" and set(frame["article_id"]) - known:
            raise Violation(f"{table} has rows of an article that is not there")
    if set(tables["statements"]["statement_id"]) != set(tables["quotes"]["statement_id"]):
        raise Violation("statements and quotes differ")


# ---- injected kills


def injected(scratch: Path) -> Counter[str]:
    """Kill four kinds of commit at each of their steps; how often each was killed."""
    analyses = analysed(8)
    base, index = scratch / "base", {}
    lake = Lake.open(base)
    for run_id, some in (("r1", analyses[:3]), ("r2", analyses[3:6])):
        insert(lake, run_id, some)
    aggregate(lake, "r2", False)
    index = {a.article.article_id: a.article.source_uri for a in analyses}
    edited = [
        dataclasses.replace(a, article=dataclasses.replace(a.article, input_sha256="edited")) for a in analyses[:2]
    ]
    operations: dict[str, Callable[[Lake], object]] = {
        "insert": lambda lake: insert(lake, "r3", analyses[6:]),
        "update": lambda lake: insert(lake, "r3", edited),
        "forget": lambda lake: forget(lake, "r3", dict(list(index.items())[:1])),
        "compact": lambda lake: compact(lake, "r3"),
    }
    kills: Counter[str] = Counter()
    for name, operation in operations.items():
        before, done = rows(base), scratch / f"{name}-done"
        shutil.copytree(base, done)
        operation(Lake.open(done))
        after = rows(done)
        step = 0
        while True:
            victim = scratch / "victim"
            shutil.rmtree(victim, ignore_errors=True)
            shutil.copytree(base, victim)
            if not killed_at(step, victim, operation):
                break
            kills[name] += 1
            step += 1
            for table in TABLES:
                pd.read_parquet(victim / table)  # nothing is unreadable, even now
            found = snapshot(victim)
            check(found)
            if not (same(in_order(found), before) or same(in_order(found), after)):
                raise Violation(
                    f"{name}, killed at step {step}: a snapshot shows neither the old rows nor the new ones"
                )
            lake = Lake.open(victim)
            check({table: pd.read_parquet(victim / table) for table in TABLES})
            if not (same(rows(victim), before) or same(rows(victim), after)):
                raise Violation(f"{name}, killed at step {step}: neither the old rows nor the new ones")
            operation(lake)
            if not same(rows(victim), after):
                raise Violation(f"{name}, killed at step {step} and done again: other rows than undisturbed")
    return kills


def analysed(count: int) -> list[Analysis]:
    pipeline = Pipeline(Settings())
    records = [json.dumps(record) for record in made.articles(count)]
    return pipeline.analyse(
        pipeline.read([Source(f"file:///{i}", str(i), "record", r, str(i)) for i, r in enumerate(records)])
    )


def insert(lake: Lake, run_id: str, analyses: list[Analysis]) -> None:
    lake.write_shard(run_id, shard_tables(analyses, run_id, {"scoring": "1"}, AT))


def killed_at(step: int, where: Path, operation: Callable[[Lake], object]) -> bool:
    """Do an operation in a process that kills itself at a step; even steps come before a call, odd ones after it."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            lake = Lake.open(where)
            arm(step)
            operation(lake)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def arm(step: int) -> None:
    """Let this process die at a step of what it does to the disk from now on."""
    count = 0

    def deadly(real: Callable) -> Callable:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal count
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            made = real(*args, **kwargs)
            if count + 1 == step:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 2
            return made

        return call

    os.fsync, os.replace, Path.unlink = deadly(os.fsync), deadly(os.replace), deadly(Path.unlink)


# ---- random kills


def at_random(scratch: Path, kills: int, seed: int = 0) -> dict[str, object]:
    """Kill real commands at random moments while another process reads; what the reader saw."""
    rng = random.Random(seed)
    inputs, lake, settings = scratch / "in", scratch / "lake", scratch / "settings.toml"
    inputs.mkdir()
    settings.write_text("[run]\nshard_size = 2\nworkers = 2\n")
    revisions = dict.fromkeys(range(10), 0)

    def save(number: int) -> None:
        (inputs / f"{number}.json").write_text(json.dumps(made.article(number, revisions[number])))

    for number in revisions:
        save(number)
    analyze = ["analyze", str(inputs), "--settings", str(settings), "--lake"]
    with prefect_server() as env, beside(read_on, lake) as report, beside(verify_on, lake) as report_checks:
        whole = timed(*analyze, str(lake), env=env)  # the first lake, undisturbed, so that there is one to read
        counts: Counter[str] = Counter()
        while sum(counts.values()) < kills:
            for number in rng.sample(sorted(revisions), 2):
                revisions[number] += 1
                save(number)
            if rng.random() < 0.3:
                revisions[len(revisions)] = 0
                save(len(revisions) - 1)
            command = ["compact", str(lake)] if rng.random() < 0.2 else [*analyze, str(lake)]
            if kill(command, rng.uniform(0, whole if command[0] == "analyze" else COMPACT_SECONDS), env):
                counts[command[0]] += 1
        timed(*analyze, str(lake), env=env)
        seen, checks = report(), report_checks()
        fresh = scratch / "fresh"
        timed(*analyze, str(fresh), env=env)
    equal = same(rows(lake), rows(fresh))
    runs = pd.read_parquet(lake / "runs")["status"].value_counts().to_dict()
    verified = subprocess.run(sayso("verify", str(lake)), cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "kills": dict(counts),
        "runs": runs,
        "reader": seen,
        "verify beside": checks,
        "equal": equal,
        "verify": verified.stdout.strip(),
    }


def sayso(*args: str) -> list[str]:
    return [sys.executable, "-m", "sayso.commands.cli", *args]


def timed(*args: str, env: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run(sayso(*args), cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def kill(command: list[str], after: float, env: dict[str, str]) -> bool:
    """Start a command and kill it; False where it was done before."""
    process = subprocess.Popen(sayso(*command), cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after)
        return False
    process.kill()
    process.wait()
    end_turns(env)
    return True


def end_turns(env: dict[str, str]) -> None:
    """Give back the lake's turn that a killed run still holds; else the next waits for minutes until its lease ends."""
    from prefect.client.orchestration import SyncPrefectClient

    with SyncPrefectClient(env["PREFECT_API_URL"]) as client:
        for limit in client.read_global_concurrency_limits():
            client.delete_global_concurrency_limit_by_name(limit.name)


@contextlib.contextmanager
def prefect_server() -> Iterator[dict[str, str]]:
    """One server for all runs; the environment that names it."""
    from prefect.server.api.server import SubprocessASGIServer

    os.environ |= {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
    }
    server = SubprocessASGIServer()
    server.start(timeout=120)
    try:
        yield os.environ | {"PREFECT_API_URL": server.api_url}
    finally:
        server.stop()


@contextlib.contextmanager
def beside(work: Callable, lake: Path) -> Iterator[Callable[[], dict[str, int]]]:
    """A process that does something with the lake in a loop; the function given ends it and says what it saw."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(lake, theirs), daemon=True)
    process.start()

    def report() -> dict[str, int]:
        ours.send("stop")
        return ours.recv()

    try:
        yield report
    finally:
        process.kill()


def read_on(lake: Path, parent) -> None:
    """Read through a snapshot and with plain pandas, by turns, until told to stop.

    All tables of a snapshot must fit together, always. A file that is there can always be read by anybody. Where no
    commit was under way before and after, and the files are the same ones, plain tables must fit together as well.
    """
    seen: Counter[str] = Counter()
    while not parent.poll():
        if not (lake / "lake.json").exists():
            time.sleep(0.05)
            continue
        try:
            check(snapshot(lake))
            seen["snapshots"] += 1
        except Exception as error:
            seen[f"violation in a snapshot: {type(error).__name__}: {error}"] += 1
        before = state(lake)
        try:
            tables = {table: pd.read_parquet(lake / table) for table in TABLES}
        except FileNotFoundError:
            if before == state(lake):
                seen["files missing for no reason"] += 1
            seen["read again"] += 1
            continue
        except Exception as error:
            seen[f"unreadable: {type(error).__name__}: {error}"] += 1
            continue
        seen["reads"] += 1
        if before == state(lake) and not before[0]:
            seen["between commits"] += 1
            try:
                check(tables)
            except Violation as error:
                seen[f"violation: {error}"] += 1
    parent.send(dict(seen))


def verify_on(lake: Path, parent) -> None:
    """Verify until told to stop; of what it finds, only a commit that was cut short may be there."""
    seen: Counter[str] = Counter()
    while not parent.poll():
        if not (lake / "lake.json").exists():
            time.sleep(0.05)
            continue
        try:
            problems = [f"{p.table}: {p.what}" for p in verify(Lake.existing(lake))]
        except Exception as error:
            problems = [f"{type(error).__name__}: {error}"]
        for what in problems or ["all is well"]:
            seen[what if what in EXPECTED else f"violation: {what}"] += 1
        time.sleep(0.2)
    parent.send(dict(seen))


def state(lake: Path) -> tuple[bool, tuple[str, ...]]:
    """Whether a commit is under way or was cut short, and all files."""
    files = tuple(sorted(str(p) for table in TABLES for p in (lake / table).glob("*.parquet")))
    return (lake / ".staging" / "journal.json").exists(), files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=150, metavar="N", help="kills at random moments")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        counts = injected(Path(scratch))
        print(
            f"{sum(counts.values())} injected kills: {dict(counts)}; every time the old rows or the new ones",
            flush=True,
        )
    with tempfile.TemporaryDirectory() as scratch:
        result = at_random(Path(scratch), args.random)
    print(f"{sum(result['kills'].values())} random kills: {result['kills']}")
    print(f"runs: {result['runs']}\nreader: {result['reader']}\nverify beside: {result['verify beside']}")
    print(f"verify afterwards: {result['verify']}")
    print(f"equal to an undisturbed run: {result['equal']}")
    seen = [*result["reader"], *result["verify beside"]]
    bad = [what for what in seen if what.startswith(("violation", "unreadable", "files missing"))]
    return 0 if result["equal"] and not bad and "all is well" in result["verify"] else 1


if __name__ == "__main__":
    sys.exit(main())
