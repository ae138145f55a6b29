"""Filters over quotes, SQL that can do nothing but read, and the same from Python."""

import pytest

import sayso
from sayso.commands.cli import main
from sayso.tasks.articles import UsageError
from sayso.tasks.questions import query
from sayso.tasks.tables import Lake, aggregate
from tests.tables.test_lake import analysis, write


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    lake = Lake.open(tmp_path_factory.mktemp("questions") / "lake")
    write(lake, "r1", analysis("a", day=4), analysis("b", stance="against", day=9))
    aggregate(lake, "r1")
    return lake.path


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "ab"),
        ({"speaker": "QUILL"}, "ab"),
        ({"speaker": "lind"}, ""),
        ({"target": "bo-lind"}, "ab"),
        ({"stance": "against"}, "b"),
        ({"since": "2026-03-05"}, "b"),
        ({"until": "2026-03-04"}, "a"),
        ({"kind": "indirect", "min_confidence": 0.9}, "ab"),
        ({"kind": "direct"}, ""),
        ({"outlet": "wire"}, ""),
    ],
)
def test_filters(path, filters, found):
    assert "".join(sorted(sayso.lake(path).quotes(**filters)["article_id"])) == found


@pytest.mark.parametrize(
    "wrong",
    [{"stance": "angry"}, {"since": "march"}, {"kind": "loud"}, {"min_confidence": 2}, {"speeker": "a"}],
)
def test_a_wrong_filter_is_told(path, wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        sayso.lake(path).quotes(**wrong)


def test_sql_reads_the_tables(path):
    rows = sayso.lake(path).query("SELECT stance, count(*) AS n FROM quotes GROUP BY ALL ORDER BY stance")
    assert rows.to_dict("records") == [{"stance": "against", "n": 1}, {"stance": "favor", "n": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY quotes TO 'stolen.csv'",
        "SELECT 1; SELECT 2",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "ATTACH 'other.duckdb'",
        "SELECT * FROM snapshot",
        "CREATE TABLE t AS SELECT 1",
        "SELEC",
    ],
)
def test_sql_can_do_nothing_else(path, sql):
    with pytest.raises(UsageError):
        query(Lake.existing(path).snapshot(), sql, lambda rows: rows.read_all())


def test_commands_print(path, capfd):
    assert main(["quotes", str(path), "--stance", "against", "--as", "jsonl"]) == 0
    assert capfd.readouterr().out.count("\n") == 1
    assert main(["quotes", str(path), "--as", "csv"]) == 0
    assert capfd.readouterr().out.startswith('"statement_id"')
    assert main(["query", str(path), "SELECT 1 AS one", "--as", "csv"]) == 0
    assert capfd.readouterr().out == '"one"\n1\n'
    assert main(["query", str(path), "SELECT 1 AS one"]) == 0
    assert "one" in capfd.readouterr().out
