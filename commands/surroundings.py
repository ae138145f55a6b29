"""What a machine may have or lack, made fit to run in: streams, a home, proxies, memory, a server that was named."""

import atexit
import contextlib
import importlib.util
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from sayso.tasks.articles import UsageError

ADDRESS_SPACE = 3 << 30  # bytes that a run needs for itself; each worker has as many of its own
PROBE_SECONDS = 4
SILENCE_SECONDS = 4.5
_OWN = "127.0.0.1,localhost,::1"
_OF_PROXIES = (407, 502, 503, 504)  # answers of a proxy that reaches nobody
_BEGAN = time.monotonic()


def open_streams() -> None:
    """Standard streams that take any character, and that are there even where the caller closed them.

    A number that is free would go to the next file that is opened, and what is printed into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)  # the lowest free number
            os.set_inheritable(opened, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError):  # a test's own has no encoding
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def fit_for_prefect() -> None:
    """Let Prefect reach its own server past any proxy, and write its files where it may.

    Raises:
        UsageError: the memory limit is too low, `PREFECT_HOME` cannot be written, or nothing answers at
            `PREFECT_API_URL`.
    """
    if limited := low_memory():
        raise UsageError(f"{limited}; a run needs {ADDRESS_SPACE >> 30} GB or more")
    pass_by_proxies()
    _find_home()
    check_server(os.environ.get("PREFECT_API_URL"))


def low_memory() -> str:
    """The limit on memory in words, where it is lower than a run needs."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    low = limit != resource.RLIM_INFINITY and limit < ADDRESS_SPACE
    return f"the limit on memory (ulimit -v) is too low: {limit / 2**30:.1f} GB" if low else ""


def pass_by_proxies() -> None:
    """No proxy for this machine; and none that Prefect's client cannot speak to, which is SOCKS without a package."""
    for name in ("NO_PROXY", "no_proxy"):
        held = os.environ.get(name, "")
        os.environ[name] = f"{held},{_OWN}".lstrip(",") if _OWN not in held else held
    if importlib.util.find_spec("socksio") is None:
        for name, value in list(os.environ.items()):
            if name.lower() in ("all_proxy", "http_proxy", "https_proxy") and value.lower().startswith("socks"):
                del os.environ[name]


def _find_home() -> None:
    """A temporary home for Prefect, where its usual one cannot be written."""
    given = os.environ.get("PREFECT_HOME")
    try:
        home = Path(given or "~/.prefect").expanduser()
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
        if all(os.access(path, os.W_OK) for path in home.glob("*.db*")):
            return
        why = "its database may not be written"
    except (OSError, RuntimeError) as error:  # RuntimeError: nobody has this number of a user
        why = getattr(error, "strerror", None) or str(error)
    if given:
        raise UsageError(f"PREFECT_HOME={given} cannot be used: {why}; name a folder that can be written, or unset it")
    made = tempfile.mkdtemp(prefix="sayso-prefect-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    os.environ["PREFECT_HOME"] = made


def check_server(url: str | None) -> None:
    """Raise UsageError where nothing answers at the address of a Prefect server."""
    if not url:
        return
    try:
        urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=PROBE_SECONDS).close()
    except (OSError, ValueError) as error:
        if not isinstance(error, urllib.error.HTTPError) or error.code in _OF_PROXIES:
            raise no_server(url, str(getattr(error, "reason", error))) from error  # else somebody answered


def no_server(url: str, why: str) -> UsageError:
    """That nothing answers at the address of a Prefect server."""
    cure = "start it, or unset PREFECT_API_URL and the run has a server of its own"
    return UsageError(f"no Prefect server answers at PREFECT_API_URL={url} ({why}); {cure}")


@contextlib.contextmanager
def not_in_silence(what: str) -> Iterator[None]:
    """Say on stderr what is waited for, where that takes longer than some seconds after the start of the command."""
    left = max(0.0, SILENCE_SECONDS - (time.monotonic() - _BEGAN))
    timer = threading.Timer(left, lambda: print(f"sayso: {what}", file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
