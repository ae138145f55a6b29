"""What all tests share: articles made of plain text, and the bundled pipeline loaded once."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from sayso.tasks.articles import Article
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.reading import Source, read_article
from sayso.tasks.settings import Reading, Settings

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "data" / "raw"


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    return Pipeline(Settings())


@pytest.fixture
def article() -> Callable[[str], Article]:
    def make(text: str) -> Article:
        return read_article(Source("file:///a.txt", "a.txt", "text", text.encode(), "0"), Reading(min_words=1))

    return make


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The lake that `make demo` and the example of `sayso analyze` make, and what the command printed; copy it first."""
    from sayso.commands.analyze import EXAMPLE
    from tests.commands.running import sayso

    lake = tmp_path_factory.mktemp("demo") / "lake"
    return lake, sayso(*shlex.split(EXAMPLE.replace("my-lake", str(lake)))[1:])
