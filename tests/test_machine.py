import os

import pytest

from sayso.tasks.machine import usable_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def root(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


OWN, V2 = "proc/self/cgroup", "sys/fs/cgroup"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "max 100000\n"}, 8),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "200000 100000\n"}, 2),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "150000 100000\n"}, 2),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "1000 100000\n"}, 1),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "6400000 100000\n"}, 8),
        ({OWN: "0::/a/b\n", f"{V2}/a/b/cpu.max": "max 100000", f"{V2}/a/cpu.max": "300000 100000"}, 3),
        ({OWN: "0::/a/b\n", f"{V2}/a/b/cpu.max": "100000 50000", f"{V2}/a/cpu.max": "300000 100000"}, 2),
        ({OWN: "0::/host/only\n", f"{V2}/cpu.max": "400000 100000"}, 4),
        ({OWN: "0::/../x\n", f"{V2}/cpu.max": "400000 100000"}, 4),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "nonsense"}, 8),
        ({OWN: "0::/\n", f"{V2}/cpu.max": "200000 0"}, 8),
    ],
)
def test_quotas_of_containers(tmp_path, files, cores):
    assert usable_cores(root(tmp_path, files)) == cores


@pytest.mark.parametrize(("quota", "cores"), [("250000", 3), ("-1", 8), ("100", 1)])
@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
@pytest.mark.parametrize("inner", ["", "/job"])
def test_quotas_of_the_first_version(tmp_path, quota, cores, mount, inner):
    own = "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/job\n0::/job\n"
    folder = f"{V2}/{mount}{inner}"
    files = {OWN: own, f"{folder}/cpu.cfs_quota_us": quota, f"{folder}/cpu.cfs_period_us": "100000"}
    assert usable_cores(root(tmp_path, files)) == cores


def test_affinity_counts_where_it_is_less(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5}, raising=False)
    assert usable_cores(root(tmp_path, {OWN: "0::/", f"{V2}/cpu.max": "400000 100000"})) == 1
