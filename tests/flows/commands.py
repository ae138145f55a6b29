"""The command line in a process of its own."""

import os
import subprocess
import sys

from tests.conftest import ROOT

SAYSO = [sys.executable, "-m", "flows.cli"]


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
