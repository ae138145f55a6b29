"""Three hundred hostile inputs in one run: each comes out as an article or as a reject, and nothing else happens."""

import io

import pandas as pd
import pytest
from rich.console import Console

from sayso.commands.terminal import print_summary
from sayso.flows.analyze import analyze
from sayso.tasks.tables import Lake
from sayso.tasks.tables.verify import verify
from tests import hostile

pytestmark = pytest.mark.usefixtures("prefect")
CODES = {
    "binary", "broken", "duplicate_id", "empty", "encoding", "format", "language", "no_article", "no_text",
    "too_large", "too_short", "unreadable",
}  # fmt: skip


@pytest.fixture(scope="module")
def ran(prefect, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    count = hostile.write(folder / "in")
    summary = analyze([str(folder / "in")], lake=str(folder / "lake"))
    assert set(folder.iterdir()) == {folder / "in", folder / "lake"}
    return folder, count, summary


def test_every_input_is_an_article_or_a_reject(ran):
    folder, count, summary = ran
    assert count >= 300 and summary.status == "completed"
    rejects = pd.read_parquet(folder / "lake" / "rejects")
    assert summary.n_new == len(pd.read_parquet(folder / "lake" / "articles")) > 150
    assert summary.n_seen == summary.n_new + summary.n_skipped + summary.n_rejected
    assert summary.n_rejected >= len(rejects) > 100 and set(rejects["code"]) <= CODES
    print(rejects["code"].value_counts().to_string())


def test_the_lake_holds_together(ran):
    folder, _, _ = ran
    assert verify(Lake.existing(folder / "lake")) == []
    names = {p.name for p in folder.rglob("*")}
    assert not any("evil" in name for name in names)


def test_nothing_that_steers_a_terminal_is_kept_in_names_or_printed(ran):
    folder, _, summary = ran
    lake = folder / "lake"
    for table, columns in (
        ("articles", ["title", "source_uri", "outlet"]),
        ("rejects", ["source_uri", "message"]),
        ("speakers", ["speaker_name", "job_title", "affiliation"]),
        ("quotes", ["title", "source_uri"]),
    ):
        frame = pd.read_parquet(lake / table)
        for column in columns:
            strange = [v for v in frame[column].dropna() if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in v)]
            assert not strange, (table, column, strange[:3])
    out = io.StringIO()
    print_summary(summary, Console(file=out, width=200, no_color=True))
    assert all(c == "\n" or c.isprintable() for c in out.getvalue())


def test_the_second_time_nothing_is_analysed_again(ran):
    folder, _, first = ran
    again = analyze([str(folder / "in")], lake=str(folder / "lake"))
    assert (again.n_new, again.n_updated, again.n_skipped) == (0, 0, first.n_new)
