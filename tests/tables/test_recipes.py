"""What a lake's rows are made by, and what is told when that is not the same as before."""

import pandas as pd
import pytest

from sayso.tasks.report import write_report
from sayso.tasks.tables import Lake, Recipe, aggregate, recipe_changes, recipes_of
from sayso.tasks.tables.moves import (
    changes,
    is_cut,
    latest_changes,
    latest_moves,
    moves_between,
    present,
    state_after,
)
from sayso.tasks.tables.recipes import changes_between
from sayso.tasks.tables.upkeep import forget
from tests.tables.test_lake import analysis, write
from tests.tables.test_snapshot import row_of_runs

ONE = Recipe(
    {"speakers": "2:aa:11", "targets": "1::22", "stance": "1:bb:33"},
    {"speakers": {"threshold": 0.4}, "names": {"model": "sm"}},
    ("harbor toll",),
    {"ftfy": "6.1"},
)
OTHER = Recipe({**ONE.fingerprints, "stance": "1:cc:33"}, ONE.settings, ONE.targets, ONE.versions)


@pytest.mark.parametrize(
    ("fingerprints", "others", "said"),
    [
        ({}, {}, []),
        ({"stance": "1:cc:33"}, {}, ["stance: another model"]),
        ({"stance": "2:bb:44"}, {}, ["stance: another version of Sayso", "stance: other settings"]),
        ({"stance": "hub"}, {}, ["stance: made otherwise"]),
        ({"tone": "1::"}, {}, ["tone: a new stage"]),
        (
            {"speakers": "2:aa:12"},
            {"settings": {"speakers": {"threshold": 0.5}, "names": {"model": "lg"}}},
            ["speakers: threshold is 0.5, was 0.4", 'speakers: model is "lg", was "sm"'],
        ),
        (
            {"targets": "1::23"},
            {"targets": ("night ferry",)},
            ["targets: harbor toll is no longer configured", "targets: night ferry is configured now"],
        ),
        ({"reading": "1::55"}, {"versions": {"ftfy": "6.2"}}, ["reading: a new stage", "ftfy is 6.2, was 6.1"]),
    ],
)
def test_how_recipes_differ(fingerprints, others, said):
    after = {"settings": ONE.settings, "targets": ONE.targets, "versions": ONE.versions} | others
    assert changes_between(ONE, Recipe({**ONE.fingerprints, **fingerprints}, **after)) == said


def analysed(lake: Lake, run_id: str, recipe: Recipe, *analyses, status: str = "completed") -> None:
    lake.record(run_id, recipe)
    lake.append(run_id, "runs", row_of_runs(run_id, status))
    write(lake, run_id, *analyses, prints=recipe.fingerprints)
    aggregate(lake, run_id)


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake.open(tmp_path / "lake")
    analysed(lake, "r1", ONE, analysis("a"), analysis("b"))
    return lake


def test_a_lake_knows_its_recipe(lake, tmp_path):
    new = Lake.open(tmp_path / "new")
    assert new.recipe() is None and recipe_changes(new, OTHER) == []
    assert Lake.existing(lake.path).recipe() == ONE and recipe_changes(lake, ONE) == []
    assert recipe_changes(lake, OTHER) == ["stance: another model"]
    analysed(lake, "r2", OTHER, analysis("c"), status="interrupted")
    assert lake.recipe() == ONE and lake.recipe().targets == ("harbor toll",)
    analysed(lake, "r3", OTHER, analysis("d"))
    assert lake.recipe() == OTHER
    write(new, "r1", analysis("a"))
    assert new.recipe() == Recipe({"reading": "1", "scoring": "1"})


def test_a_lake_of_two_recipes_says_so(lake, tmp_path):
    assert recipes_of(lake) == [("the lake's recipe", 2)]
    analysed(lake, "r2", OTHER, analysis("c"))
    assert recipes_of(lake) == [("the lake's recipe", 1), ("stance: another model", 2)]
    notes = write_report(lake, tmp_path / "report").notes
    assert "2 of 3 articles are made otherwise than the rest: stance: another model." in notes


def test_another_model_is_not_a_speakers_move(lake, tmp_path):
    analysed(lake, "r2", OTHER, analysis("a", stance="against"), analysis("b", stance="against"))
    assert latest_changes(lake) == ["stance: another model"] and latest_moves(lake).empty
    states = state_after(lake, "r1"), state_after(lake, "r2")
    assert changes(*states) == ["stance: another model"] and len(moves_between(*states)) == 1
    notes = write_report(lake, tmp_path / "report").notes
    assert "Stances before and after the last run are not compared: stance: another model." in notes
    analysed(lake, "r3", OTHER, analysis("a", stance="favor", sha="1"))
    assert latest_changes(lake) == [] and latest_moves(lake)["change"].tolist() == [1.0]


def test_articles_that_are_made_anew_by_the_newer_of_two_recipes_are_no_move(lake):
    analysed(lake, "r2", OTHER, analysis("c"))
    analysed(lake, "r3", OTHER, analysis("a", stance="against"))
    assert latest_changes(lake) == ["stance: another model"]
    analysed(lake, "r4", OTHER, analysis("d", stance="against"))
    assert latest_changes(lake) == [] and len(latest_moves(lake)) == 1


def test_other_targets_lists_and_counts_of_copies_are_no_moves(lake):
    without = Recipe({**ONE.fingerprints, "targets": "1::99"}, ONE.settings, (), ONE.versions)
    analysed(lake, "r2", without, analysis("a"), analysis("b"))
    assert latest_changes(lake) == ["targets: harbor toll is no longer configured"]
    aggregate(lake, "r3", count_copies=True)
    assert latest_changes(lake) == ["near copies: counted now"]
    (lake.path / "speakers.toml").write_text('[[speaker]]\nname = "Ada Quill"\nid = "Q1"\n')
    aggregate(lake, "r4")
    assert latest_changes(lake) == ["speakers.toml: another list"] and latest_moves(lake).empty


def test_after_a_takedown_nobody_seems_new(lake):
    analysed(lake, "r2", ONE, analysis("c"))
    forget(lake, "r3", {"a": "file:///a"})
    aggregate(lake, "r3")
    before, after = state_after(lake, "r2"), state_after(lake, "r3")
    assert changes(before, after) == [] and is_cut(before, after) and moves_between(before, after).empty
    assert len(after.stances) == 1 and before.stances.empty


def test_two_lakes_of_different_recipes(lake, tmp_path):
    other = Lake.open(tmp_path / "other")
    analysed(other, "r1", OTHER, analysis("a", stance="against"), analysis("b"))
    states = present(lake.snapshot()), present(other.snapshot())
    assert changes(*states) == ["stance: another model"]
    assert pd.isna(moves_between(states[0], states[0])["change"]).sum() == 0
    assert moves_between(*states)["change"].tolist() == [-1.0]
