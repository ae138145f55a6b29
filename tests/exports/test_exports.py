"""Each export read back by its own tool, where the tool is light enough for every test run."""

import csv
import json

import duckdb
import networkx as nx
import openpyxl
import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.exports import KINDS, export
from sayso.tasks.exports.dna import DOCUMENTS, STATEMENTS
from sayso.tasks.tables import Lake, aggregate
from tests.tables.test_lake import analysis, write

ARMED = "=1+1 and 𝄞\n\nAda Quill said that Bo Lind was fine, and everybody agreed."


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake.open(tmp_path_factory.mktemp("export") / "lake")
    write(lake, "r1", analysis("a"), analysis("b", ARMED, stance="against"))
    aggregate(lake, "r1")
    return lake


def test_csv_is_disarmed(lake, tmp_path):
    export(lake, tmp_path, "csv")
    with open(tmp_path / "articles.csv", newline="", encoding="utf-8") as file:
        assert sorted(row["text"][:2] for row in csv.DictReader(file)) == ["'=", "Th"]


def test_xlsx_has_text_for_formulas(lake, tmp_path):
    export(lake, tmp_path, "xlsx")
    book = openpyxl.load_workbook(tmp_path / "sayso.xlsx")
    assert book.sheetnames == ["quotes", "speakers", "stances"]
    rows = list(book["quotes"].rows)
    titles = [row[[c.value for c in rows[0]].index("title")] for row in rows[1:]]
    [armed] = [cell for cell in titles if cell.value.startswith("=")]
    assert armed.data_type == "s" or armed.quotePrefix


def test_duckdb_has_tables_views_and_comments(lake, tmp_path):
    export(lake, tmp_path, "duckdb")
    with duckdb.connect(str(tmp_path / "sayso.duckdb"), read_only=True) as database:
        assert database.sql(
            "SELECT count(*) FROM quotes_by_person WHERE person_id = 'person:ada-quill'"
        ).fetchall() == [(2,)]
        comments = database.sql("SELECT comment FROM duckdb_columns() WHERE table_name = 'quotes'").fetchall()
        assert all(comment for (comment,) in comments)


@pytest.mark.parametrize(("kind", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_networks(lake, tmp_path, kind, read):
    export(lake, tmp_path, kind)
    graph = read(tmp_path / f"people-targets.{kind}")
    [(one, other, told)] = graph.edges(data=True)
    assert (one, other) == ("person:ada-quill", "person:bo-lind") and told["weight"] == 0 and told["n_favor"] == 1
    assert graph.nodes["person:bo-lind"]["kind"] == "person"
    assert read(tmp_path / f"people-people.{kind}").number_of_edges() == 0


def test_dna_has_the_columns_of_rdna(lake, tmp_path):
    export(lake, tmp_path, "dna")
    with open(tmp_path / "dna-documents.csv", newline="", encoding="utf-8") as file:
        documents = list(csv.DictReader(file))
    with open(tmp_path / "dna-statements.csv", newline="", encoding="utf-8") as file:
        statements = list(csv.DictReader(file))
    assert (*documents[0],) == DOCUMENTS and (*statements[0],) == STATEMENTS
    texts = {d["ID"]: d["text"].encode("utf-16-le") for d in documents}
    for s in statements:
        said = texts[s["document_id"]][2 * int(s["start"]) : 2 * int(s["stop"])].decode("utf-16-le")
        assert said.startswith("that Bo Lind")
    assert sorted(s["agreement"] for s in statements) == ["0", "1"]


def test_jsonld_and_packages_are_whole(lake, tmp_path):
    for kind in ("jsonld", "datapackage", "huggingface"):
        export(lake, tmp_path, kind)
    assert json.loads((tmp_path / "quotations.jsonld").read_text())["@graph"] == []  # indirect speech is no quotation
    package = json.loads((tmp_path / "datapackage.json").read_text())
    assert all((tmp_path / r["path"]).exists() and r["description"] for r in package["resources"])
    assert "config_name: quotes" in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_again_leaves_other_files_alone_and_no_scraps(lake, tmp_path, kind):
    (tmp_path / "mine.txt").write_text("mine")
    first = export(lake, tmp_path, kind)
    again = export(lake, tmp_path, kind)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    left = {p for p in tmp_path.rglob("*") if p.is_file()} - {tmp_path / "mine.txt", tmp_path / f".sayso-{kind}"}
    assert left == set(again.files) and len(first.files) == len(again.files)


def test_a_file_of_somebody_else_is_never_replaced(lake, tmp_path):
    (tmp_path / "quotes.csv").write_text("mine")
    with pytest.raises(UsageError, match=r"quotes\.csv"):
        export(lake, tmp_path, "csv")
    assert [p.name for p in tmp_path.iterdir()] == ["quotes.csv"]


def test_the_command_knows_every_kind():
    from sayso.commands import export as command

    assert tuple(KINDS) == command.KINDS


def test_not_into_a_lake(lake):
    with pytest.raises(UsageError, match="in a lake"):
        export(lake, lake.path / "out", "csv")
