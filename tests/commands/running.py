"""The command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SAYSO = [sys.executable, "-m", "sayso"]


def sayso(*args, cwd=ROOT, stdin="", **env):
    return subprocess.run(
        [*SAYSO, *map(str, args)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | env,
        check=False,
    )


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
