"""What is installed: one package that stands beside anybody's own `tasks` and `flows`."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT

TEXT = "A Pier Is Shut\n\nAda Quill said that the pier was unsafe. “I will not walk on it,” said Bo Lind.\n"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A Python that sees the wheel and what it needs, and not the checkout; a folder with other `tasks` and `flows`."""
    folder = tmp_path_factory.mktemp("wheel")
    here = os.environ | {"PYTHONPATH": ""}
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run([*PIP, *build], check=True, env=os.environ, cwd=folder)
    [wheel] = folder.glob("*.whl")
    subprocess.run([*PIP, "install", "--no-deps", "--target", folder / "site", wheel], check=True, env=here, cwd=folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    [packages] = (folder / "venv").glob("lib/python*/site-packages")
    # What a .pth file names is not searched for .pth files: the checkout, installed to be edited, stays out.
    (packages / "found.pth").write_text(f"{folder / 'site'}\n{sysconfig.get_path('purelib')}\n")
    for name in ("tasks", "flows", "commands", "models"):
        (folder / "mine" / name).mkdir(parents=True)
        (folder / "mine" / name / "__init__.py").write_text("raise ImportError('another package')")
    (folder / "mine" / "a.txt").write_text(TEXT)
    return folder, wheel


def sayso(folder: Path, *args: str) -> str:
    mine = folder / "mine"
    command = [folder / "venv" / "bin" / "python", "-m", "sayso", *args]
    env = os.environ | {"PYTHONPATH": str(mine)}
    done = subprocess.run(command, cwd=mine, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_one_package(installed):
    folder, wheel = installed
    names = zipfile.ZipFile(wheel).namelist()
    [info] = {name.split("/")[0] for name in names} - {"sayso"}
    assert info.startswith("sayso-") and info.endswith(".dist-info")
    assert "sayso/models/stance/README.md" in names and "sayso/tasks/report/assets/app.js" in names
    assert {p.name for p in (folder / "site").iterdir()} - {"bin"} == {"sayso", info}


def test_it_is_the_installed_one_that_runs(installed):
    folder, _ = installed
    python = folder / "venv" / "bin" / "python"
    code = "import sayso; print(sayso.__file__)"
    env = os.environ | {"PYTHONPATH": str(folder / "mine")}
    done = subprocess.run(
        [python, "-c", code], cwd=folder / "mine", env=env, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == folder / "site" / "sayso" / "__init__.py"


def test_it_shows_and_analyses_beside_packages_of_the_same_names(installed):
    folder, _ = installed
    assert "Bo Lind" in sayso(folder, "show", "a.txt")
    assert "1 article analysed" in sayso(folder, "analyze", "a.txt", "--lake", str(folder / "lake"))
    assert len(pd.read_parquet(folder / "lake" / "articles")) == 1
