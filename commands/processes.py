"""Processes that must not outlive this one."""

import os
import subprocess
import sys

_guards: list[subprocess.Popen[bytes]] = []  # kept: a pipe that is collected is a pipe that is closed
_GUARD = """
import os, signal, sys, time
pid, group = int(sys.argv[1]), sys.argv[2] == "group"
process = os.pidfd_open(pid)
sys.stdin.read()
signal.pidfd_send_signal(process, signal.SIGTERM)
if group:
    time.sleep(5)
    os.killpg(pid, signal.SIGKILL)
"""


def end_with_this_process(pid: int, group: bool = False) -> None:
    """End a process when this one ends, were it by kill -9 (on Linux; elsewhere it does nothing).

    Another process waits for a pipe to close.

    Args:
        group: kill, some seconds later, whatever is left of the process group that it leads.
    """
    if hasattr(os, "pidfd_open"):
        command = [sys.executable, "-S", "-c", _GUARD, str(pid), "group" if group else "alone"]
        guard = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        _guards.append(guard)
