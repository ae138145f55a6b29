"""A folder whose files are put in place when all of them are whole; what else is in it stays as it is."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from sayso.tasks.articles import UsageError

_SCRATCH = ".sayso-new-"


def check(lake: Path, out: Path) -> None:
    """Refuse a folder that is or lies in a lake, or is none (UsageError)."""
    if out.is_relative_to(lake) or (out / "lake.json").exists():
        raise UsageError(f"{out} is or lies in a lake; name another folder for the export")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is not a folder")


def put(out: Path, kind: str, write: Callable[[Path], str]) -> list[Path]:
    """Write files into a folder, in place of those that an earlier export of the same kind put there.

    Every file is finished elsewhere first. Where one lists the others it changes last, so that who reads by it finds
    one state or the other. A kill meanwhile leaves whole files, and the next export of the kind takes away its scraps.

    Args:
        write: writes into an empty folder and gives the name of the file that lists the others, or "".

    Raises:
        UsageError: a file of somebody else's is in the way, or the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{_SCRATCH}{kind}-*"):
            shutil.rmtree(left, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{kind}-", dir=out))
    except OSError as error:
        raise UsageError(f"cannot write to {out}: {error.strerror}") from error
    try:
        last = write(scratch)
        return _replace(scratch, out, out / f".sayso-{kind}", last)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        with contextlib.suppress(OSError):
            out.rmdir()  # where nothing came into it


def _replace(new: Path, out: Path, mark: Path, last: str) -> list[Path]:
    files = sorted(p.relative_to(new).as_posix() for p in new.rglob("*") if p.is_file())
    try:
        listed = mark.read_text(encoding="utf-8").splitlines()
        earlier = {name for name in listed if name and not Path(name).is_absolute() and ".." not in Path(name).parts}
    except FileNotFoundError:
        earlier = set()
    for name in files:
        if (out / name).exists() and name not in earlier:
            raise UsageError(f"{out} has a {name} that is no earlier export's; name another folder")
    _list(mark, new, earlier.union(files))
    for name in sorted(files, key=last.__eq__):
        (out / name).parent.mkdir(exist_ok=True)
        os.replace(new / name, out / name)
    for name in earlier.difference(files):
        (out / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            if (out / name).parent != out:
                (out / name).parent.rmdir()  # unless somebody's own files are in it
    _list(mark, new, files)
    return [out / name for name in files]


def _list(mark: Path, new: Path, files: "set[str] | list[str]") -> None:
    (new / mark.name).write_text("".join(f"{name}\n" for name in sorted(files)), encoding="utf-8")
    os.replace(new / mark.name, mark)
