"""The notebook runs from top to bottom on the demo's lake, and is committed with what it showed."""

import json

import nbformat
import pandas as pd
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def pictures(notebook):
    return sum("image/png" in output.get("data", {}) for output in outputs(notebook))


def test_it_runs_on_the_demo_lake(demo, tmp_path, monkeypatch):
    lake, _ = demo
    monkeypatch.setenv("SAYSO_LAKE", str(lake))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert pictures(notebook) == 4
    statements = pd.read_parquet(lake / "quotes").query("duplicate_of.isna()")["statement_id"].nunique()
    assert f"{statements} statements" in outputs(notebook)[0]["text"]
    pairs = [json.loads(line) for line in (tmp_path / "to-label.jsonl").read_text().splitlines()]
    contents = set(pd.read_parquet(lake / "statements")["content"].str.split(" … ").str[0])
    assert len(pairs) == 30 and {p["text"][p["start"] : p["end"]] for p in pairs} <= contents


def test_it_is_committed_with_its_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert pictures(notebook) == 4
    assert not any(output.output_type == "error" for output in outputs(notebook))
    assert str(ROOT.parent) not in NOTEBOOK.read_text()
