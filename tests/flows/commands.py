"""The command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SAYSO = [sys.executable, "-m", "sayso.commands.cli"]


def sayso(*args, cwd=ROOT, **env):
    return subprocess.run(
        [*SAYSO, *map(str, args)],
        cwd=cwd,
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
