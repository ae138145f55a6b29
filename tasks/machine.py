"""What this machine grants the process."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

_V2, _V1 = Path("sys/fs/cgroup"), (Path("sys/fs/cgroup/cpu,cpuacct"), Path("sys/fs/cgroup/cpu"))


def usable_cores(root: Path = Path("/")) -> int:
    """Cores that this process may use, at least 1: those of its affinity, no more than the quotas of its cgroups.

    A quota of one and a half cores counts as two.

    Args:
        root: where /proc and /sys are looked for.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *(math.ceil(quota) for quota in _quotas(root))]))


def _quotas(root: Path) -> Iterator[float]:
    """The cores that each cgroup of this process, and each above it, is held to; version 1 and 2 of cgroups."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            for folder in _upward(root / _V2, path):
                yield from _quota(*_read(folder / "cpu.max").split())
        elif "cpu" in controllers.split(","):
            for folder in (f for mount in _V1 for f in _upward(root / mount, path)):
                yield from _quota(_read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us"))


def _upward(mount: Path, path: str) -> list[Path]:
    """The cgroup's folder and those above it, up to where cgroups are mounted.

    Inside a container the path may be the host's: then the mount itself is the container's cgroup.
    """
    folder = mount / path.lstrip("/")
    return [f for f in (folder, *folder.parents) if f.is_relative_to(mount)]


def _quota(quota: str = "", period: str = "") -> Iterator[float]:
    """Cores; none where the quota is "max", -1 or cannot be read."""
    try:
        microseconds, each = int(quota), int(period)
    except ValueError:
        return
    if microseconds > 0 and each > 0:
        yield microseconds / each


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
