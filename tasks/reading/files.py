"""The files of the inputs: local ones, and those behind URLs that fsspec knows."""

import glob
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote_to_bytes

from sayso.tasks.articles import UsageError
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.reading.identity import located

RETRY_SECONDS = (1, 5, 20)  # a network that fails is asked again
_HOST = re.compile(r"([\w-]+(\.[\w-]+)+|localhost|\[[\da-f:.]+\])(:\d+)?(?=[/?#]|$)", re.IGNORECASE)
# Names of what lets anybody in who has the URL.
_SECRET = re.compile(
    r"^x-(amz|goog|ms)-|sig(nature)?$|token|secret|passw|passphrase|pwd|credential|(api|access)[-_]?key|^key(-pair-id)?$"
    r"|^auth(orization)?$|sess(ion)?[-_]?id|jwt",
    re.IGNORECASE,
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the inputs, on this machine or elsewhere.

    Attributes:
        relative: its path below the input: below the folder, the fixed part of a glob, or the folder of a file.
        real: the same for all names of one file.
        locator: what names it on any machine that has it in the same place.
        open: of a file elsewhere so many bytes at least, where a number is given.
        size: in bytes; 0 where nobody says.
    """

    name: str
    relative: str
    uri: str
    real: str
    locator: str
    open: Callable[..., BinaryIO]
    size: Callable[[], int]


def is_url(given: str) -> bool:
    """Whether an input is elsewhere than in the local file system."""
    return "://" in given and not given.startswith("file://")


def public(url: str) -> str:
    """A URL without a user's name and password, and without the keys, tokens and signatures of its query."""
    return "::".join(_public(part) for part in url.split("::"))


def _public(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    place, *more = re.split(r"(?=[?#])", _without_user(rest))
    return scheme + mark + place + "".join(_without_secrets(part) for part in more)


def _without_user(rest: str) -> str:
    """What follows a URL's scheme from the host on; passwords may hold any character, though they should not."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return rest[authority.rfind("@") + 1 :]
    if not re.search(r":(?!\d*$)", authority):  # as a port is
        return rest
    tails = [rest[at.end() :] for at in re.finditer("@", rest)] or [rest]
    return next((tail for tail in tails if _HOST.match(tail)), tails[-1])


def _without_secrets(part: str) -> str:
    """A query or fragment, with the sign that begins it."""
    kept = [each for each in part[1:].split("&") if "=" not in each or not _SECRET.search(each.split("=", 1)[0])]
    return part[0] + "&".join(kept) if kept else ""


def check_urls(inputs: Iterable[str]) -> None:
    """Raise UsageError where fsspec does not know a URL's kind, or lacks a package for it; nothing is connected to."""
    for given in filter(is_url, inputs):
        import fsspec

        try:
            for part in given.split("::"):
                if "://" in part:
                    fsspec.get_filesystem_class(part.split("://")[0])
        except (ValueError, ImportError) as error:
            raise UsageError(f"cannot read {public(given)}: {one_line(str(error))}") from error


def local_path(given: str) -> Path:
    """The path of a local input; one that is given as a URI ("file:///sp%20ace.txt") is decoded."""
    if not given.startswith("file://"):
        return Path(given)
    return Path(os.fsdecode(unquote_to_bytes(given.removeprefix("file://").removeprefix("localhost"))))


def files(given: str, failed: list[OSError], passed: dict[str, str]) -> Iterator[File]:
    """Every file of an input; hidden files and folders are passed over, and what Sayso itself wrote.

    Args:
        failed: gets the folders that cannot be read.
        passed: gets the lakes and reports that are passed over: URI → "lake" or "report".
    """
    if is_url(given):
        yield from _remote(given, passed)
        return
    path = local_path(given)
    if path.is_dir():
        if not _passed_over(path, passed):
            yield from _walk(path, failed, passed)
    elif glob.has_magic(str(path)) and not os.path.lexists(path):
        fixed = Path(*_fixed_parts(path))
        for match in map(Path, sorted(glob.glob(str(path), recursive=True))):
            if not match.is_dir() and not _passed_over(match.parent, passed):
                yield _local(match, match.relative_to(fixed).as_posix())
    elif os.path.lexists(path) and not _passed_over(path.parent, passed):
        yield _local(path, path.name)


def _passed_over(folder: Path, passed: dict[str, str]) -> bool:
    """Whether a folder is, or lies in, a lake or a report; if so that is put down."""
    folder = folder.absolute()
    for place in (folder, *folder.parents):
        if place.as_uri() in passed:
            return True
        if kind := _own(place):
            passed[place.as_uri()] = kind
            return True
    return False


def _own(folder: Path) -> str | None:
    """ "lake" or "report", where Sayso wrote this folder."""
    if _is_lake(_beginning(folder / "lake.json")):
        return "lake"
    if b'<meta name="generator" content="sayso report">' in _beginning(folder / "index.html"):
        return "report"
    return None


def _beginning(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(10_000)
    except OSError:
        return b""


def _is_lake(data: bytes) -> bool:
    """Whether these are the bytes of a lake's lake.json; an article may have that name too."""
    try:
        return "format_version" in json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return False


def _local(path: Path, relative: str) -> File:
    uri = path.absolute().as_uri()
    return File(
        path.name,
        relative,
        uri,
        os.path.realpath(path),
        located(uri),
        lambda _limit=None: path.open("rb"),
        lambda: path.stat().st_size,
    )


def _fixed_parts(pattern: PurePath) -> list[str]:
    fixed = []
    for part in pattern.parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return fixed


def _walk(folder: Path, failed: list[OSError], passed: dict[str, str]) -> Iterator[File]:
    visited: set[str] = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=failed.append):
        real = os.path.realpath(here)
        if real in visited:  # a link back into the tree
            folders.clear()
            continue
        visited.add(real)
        if kind := _own(Path(here)):
            passed[Path(here).absolute().as_uri()] = kind
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                path = Path(here, name)
                yield _local(path, path.relative_to(folder).as_posix())


def _remote(url: str, passed: dict[str, str]) -> Iterator[File]:
    import fsspec

    system, path = _patiently(url, lambda: fsspec.core.url_to_fs(url))
    root = path.rstrip("/")
    if "*" in path or "[" in path:
        root = str(PurePosixPath(*_fixed_parts(PurePosixPath(path))))
        found = _patiently(url, lambda: [p for p in system.glob(path) if not system.isdir(p)])
    elif _patiently(url, lambda: system.isdir(path)):
        found = _patiently(url, lambda: system.find(path))
    else:
        found = [path] if _patiently(url, lambda: system.exists(path)) else []
        root = path.rpartition("/")[0]
    lakes = []
    for path in found:
        if path.endswith("/lake.json") and _is_lake(_patiently(url, partial(_head, system, path))):
            lakes.append(path.removesuffix("lake.json"))
            passed[_uri(url, system, path.removesuffix("/lake.json"))] = "lake"
    for path in sorted(found):
        relative = path.removeprefix(root).strip("/")
        if not any(part.startswith(".") for part in relative.split("/")) and not path.startswith(tuple(lakes)):
            yield _far(system, path, relative, _uri(url, system, path))


def _far(system: Any, path: str, relative: str, uri: str) -> File:
    return File(
        relative.rpartition("/")[2],
        relative,
        uri,
        uri,
        located(uri),
        lambda limit=None: _patiently(uri, lambda: _fetched(system, path, limit)),
        lambda: _patiently(uri, lambda: system.size(path)) or 0,
    )


def _uri(url: str, system: Any, path: str) -> str:
    """What names a file alone: of a file in an archive ("zip://a.txt::…") the archive belongs to it."""
    uri = public(system.unstrip_protocol(path))
    first, _, outer = url.partition("::")
    if not outer or "://" not in first:
        return uri
    return f"{uri}::{public(outer) if is_url(outer) else local_path(outer).absolute().as_uri()}"


def _head(system: Any, path: str) -> bytes:
    with system.open(path, "rb") as there:
        return bytes(there.read(10_000))


def _fetched(system: Any, path: str, limit: int | None) -> BinaryIO:
    """A copy of a file, deleted when it is closed: what reads it may go back and forth in it."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with system.open(path, "rb") as there:
            while (limit is None or copy.tell() < limit) and (part := there.read(1 << 20)):
                copy.write(part)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _patiently(url: str, ask: Callable[[], T]) -> T:
    """What `ask` gives, asked again with growing pauses where the network fails.

    Raises:
        OSError: it failed every time, or the file is not there, or may not be read.
    """
    pauses = iter(RETRY_SECONDS)
    while True:
        try:
            return ask()
        except (FileNotFoundError, PermissionError):
            raise
        except Exception as error:  # every kind of file system has errors of its own
            if (pause := next(pauses, None)) is None:
                why = one_line(str(error)) or type(error).__name__
                raise ConnectionError(f"cannot read {public(url)}: {why}") from error
            time.sleep(pause)
