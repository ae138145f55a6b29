"""Behind proxies, without a home, without streams, beside anybody's files: it runs, or says in one line what is wrong."""

import os
import subprocess
import sys
import time

import pandas as pd
import pytest

from sayso.commands.cli import main
from sayso.commands.surroundings import check_server, fit_for_prefect, low_memory, pass_by_proxies
from sayso.tasks.articles import UsageError
from tests.commands.running import SAYSO
from tests.conftest import ROOT

TEXT = "A Pier Is Shut\n\nAda Quill said that the pier was unsafe. “I will not walk on it,” said Bo Lind.\n"


@pytest.fixture
def bare(monkeypatch):
    """No variable that says where Prefect or a proxy is."""
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith("PREFECT_"):
            monkeypatch.delenv(name)
    for name in ("NO_PROXY", "no_proxy", "PREFECT_HOME"):  # so that they are put back
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    return monkeypatch


def test_everything_that_can_be_in_the_way_at_once(tmp_path, bare):
    for name in ("tasks.py", "flows.py", "commands.py"):
        (tmp_path / name).write_text("raise SystemExit('somebody else')\n")
    (tmp_path / "ünï.txt").write_text(TEXT)
    nowhere = "http://127.0.0.1:9"
    env = os.environ | {
        "HOME": "/dev/null/home", "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "ALL_PROXY": "socks5://127.0.0.1:9",
        "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONPATH": f"{ROOT}:{tmp_path}",
    }  # fmt: skip
    command = " ".join(
        [*SAYSO, "analyze", str(tmp_path / "*.txt").replace("*", "\\*"), "--lake", str(tmp_path / "lake")]
    )
    done = subprocess.run(
        ["bash", "-c", f"{command} >&-"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert len(pd.read_parquet(tmp_path / "lake" / "articles")) == 1


def test_what_a_stream_cannot_take_is_replaced(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    command = [*SAYSO, "show", str(tmp_path / "a.txt")]
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 0 and b"Ada Quill" in done.stdout and done.stderr == b""


def test_closed_streams(tmp_path):
    for closed in (">&-", "<&- >&- 2>&-"):
        done = subprocess.run(["bash", "-c", f"{' '.join(SAYSO)} models {closed}"], cwd=ROOT, check=False, timeout=60)
        assert done.returncode == 0


def test_no_proxy_for_this_machine(bare):
    bare.setenv("NO_PROXY", "tarn.example")
    bare.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    bare.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    pass_by_proxies()
    pass_by_proxies()
    assert os.environ["NO_PROXY"] == "tarn.example,127.0.0.1,localhost,::1" == f"tarn.example,{os.environ['no_proxy']}"
    assert "ALL_PROXY" not in os.environ and os.environ["HTTP_PROXY"] == "http://127.0.0.1:9"


def test_a_home_for_prefect(tmp_path, bare):
    bare.setenv("HOME", str(tmp_path))
    fit_for_prefect()
    assert "PREFECT_HOME" not in os.environ
    bare.setenv("HOME", "/dev/null/home")
    fit_for_prefect()
    assert os.access(os.environ["PREFECT_HOME"], os.W_OK)
    bare.setenv("PREFECT_HOME", "/dev/null/home")
    with pytest.raises(UsageError, match="PREFECT_HOME=/dev/null/home cannot be used: "):
        fit_for_prefect()


def test_a_server_that_is_not_there_is_named(bare, tmp_path, capsys):
    bare.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    (tmp_path / "a.txt").write_text(TEXT)
    began = time.monotonic()
    assert main(["analyze", str(tmp_path), "--lake", str(tmp_path / "lake")]) == 2
    assert time.monotonic() - began < 15  # models are looked at first
    assert "no Prefect server answers at PREFECT_API_URL=http://127.0.0.1:9/api" in capsys.readouterr().err
    for wrong in ("nonsense", "http://"):
        with pytest.raises(UsageError, match="PREFECT_API_URL"):
            check_server(wrong)


def test_little_memory_is_told(tmp_path):
    assert low_memory() == ""
    (tmp_path / "a.txt").write_text(TEXT)
    command = f"ulimit -v 2000000; {' '.join(SAYSO)} analyze {tmp_path}/a.txt --lake {tmp_path}/lake"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2 and "ulimit -v) is too low: 1.9 GB; a run needs 3 GB" in done.stderr


def test_want_of_memory_in_the_middle_is_told(monkeypatch, capsys, tmp_path):
    for error in (MemoryError(), RuntimeError("can't start new thread"), BlockingIOError(11, "no more processes")):
        monkeypatch.setattr("sayso.commands.models.run", lambda _args, error=error: (_ for _ in ()).throw(error))
        assert main(["models"]) == 1
        assert "not enough memory, or too few processes allowed" in capsys.readouterr().err


def test_a_script_without_a_main_guard_runs_once(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "from sayso.tasks.executors import Processes\nfrom sayso.tasks.pipeline import Pipeline\n"
        "from sayso.tasks.settings import Run, Settings\nfrom tests.poison import Echo, Word\n"
        "print('begun')\nworkers = Processes(Pipeline(Settings(run=Run(workers=2))))\n"
        "print(len(workers.map([Echo()], [Word(f'word {i}') for i in range(30)])))\nworkers.close()\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=90
    )
    assert done.stdout.split() == ["begun", "30"], done.stderr
