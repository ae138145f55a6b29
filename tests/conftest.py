"""What all tests share: articles made of plain text, and the bundled pipeline loaded once."""

import os
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
