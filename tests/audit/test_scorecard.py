"""The scorecard and what an audit corrects: on lakes whose labels are known."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from sayso.commands.cli import main
from sayso.tasks.articles import UsageError
from sayso.tasks.audit.agreement import agreement
from sayso.tasks.audit.drawing import draw_audit
from sayso.tasks.audit.estimating import Estimator
from sayso.tasks.audit.incoming import read_corrections
from sayso.tasks.audit.quantities import quantity, read_people
from sayso.tasks.audit.scorecard import scorecard
from sayso.tasks.tables import aggregate, is_current, shard_tables
from sayso.tasks.tables.audited import audit_of
from sayso.tasks.tables.calibration import calibration_of, fitted
from sayso.tasks.tables.corrections import store
from tests.audit.labelling import accepted, changed, deleted, record, written
from tests.report.test_report import AT, analysis, lake_of

CY = {"speaker_id": None, "name": "Cy Marsh", "kind": "person"}


def judge(number, statement):
    """Of ten statements one is none, two are another's, two are against."""
    if number % 10 == 0:
        return deleted(statement)
    if number % 10 in (1, 2):
        return changed(statement, speaker=CY)
    if number % 10 in (3, 4):
        return changed(statement, targets=[statement["before"]["targets"][0] | {"stance": "against"}])
    return accepted(number, statement)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored")
    lake = lake_of(folder / "lake", *(analysis(f"a{i}", 1 + i % 5) for i in range(30)))
    audit = draw_audit(lake, "draw1", 20, AT, seed=1)
    for coder, by in (("Ada", judge), ("Ben", accepted)):
        path = written(folder / f"{coder}.json", record(lake, audit, coder, by, articles=20 if coder == "Ada" else 12))
        store(lake, coder, read_corrections(lake, path).corrections)
    aggregate(lake, "r2")
    return lake


def test_shares_are_those_of_the_labels(labelled, capsys):
    card = scorecard(labelled, audit_of(labelled.snapshot()))
    found = {score.what: score.ratio for score in card.scores}
    assert (card.n_read, card.n_drawn, card.coders) == (20, 20, ("Ada", "Ben"))
    assert 0.85 < found["statements that are right"].value < 1 and found["statements that are right"].low is not None
    assert found["statements that are found"].value > 0.995  # nobody added any
    assert 0.8 < found["speaker right"].value < 0.97 and 0.8 < found["stance right"].value < 0.97
    assert found["tone right"].value > 0.995 and found["tone right"].low < 0.99  # not certain to the last digit
    assert found["speaker right, indirect"].value == pytest.approx(found["speaker right"].value, abs=0.01)
    assert found["stance right, The Tarn"].n_labelled == 20
    [only] = card.bins
    assert only.confidence == pytest.approx(0.9) and card.calibration_error == pytest.approx(abs(0.9 - only.right))
    assert main(["audit", str(labelled.path), "--scorecard"]) == 0
    told = capsys.readouterr().out
    assert "20 of 20 articles read, by Ada, Ben" in told and "coders agree on stance: alpha" in told
    assert main(["audit", str(labelled.path), "--scorecard", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_read"] == 20


def test_an_audit_that_nobody_labelled_has_no_scorecard(tmp_path):
    lake = lake_of(tmp_path / "lake", analysis("a"))
    with pytest.raises(UsageError, match="no article of audit draw1 is finished"):
        scorecard(lake, draw_audit(lake, "draw1", 5, AT))


def test_estimates_are_corrected_and_say_where_nothing_is_known(labelled, capsys):
    estimator = Estimator(labelled, audit_of(labelled.snapshot()))
    stance = estimator.estimate(quantity("stance toward Bo Lind"))
    assert stance.naive.value == 1 and stance.corrected.value < 0.95
    assert stance.corrected.low < stance.corrected.value < stance.corrected.high and not stance.note
    assert estimator.estimate(quantity("stance toward Cy Marsh")).note == "the articles read say nothing of it"
    women = estimator.estimate(quantity("share of women quoted"))
    assert women.naive.value == 1 and women.corrected is not None
    one = estimator.estimate(quantity("stance of Cy Marsh toward Bo Lind"))
    assert one.naive is None and one.corrected.value == 1 and one.corrected.low < 0.7  # the sample is all there is
    apart = estimator.estimate(quantity("stance toward Bo Lind"), quantity("stance of Ada Quill toward Bo Lind"))
    assert apart.naive.value == 0 and abs(apart.corrected.value) < 0.3
    assert main(["estimate", str(labelled.path), "share of direct", "--by", "outlet"]) == 0
    assert "share of direct: The Tarn" in capsys.readouterr().out
    assert main(["estimate", str(labelled.path), "stance toward Bo Lind", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["estimates"]
    assert row["corrected"]["low"] == pytest.approx(stance.corrected.low)


def test_speaker_stances_have_the_correction_beside_the_mean(labelled):
    rows = pd.read_parquet(labelled.path / "speaker_stances").set_index("person_id")
    row = rows.loc["person:ada-quill"]
    assert row["stance_mean"] == 1 and row["corrected_low"] < row["stance_corrected"] < row["corrected_high"] <= 1
    person = Estimator(labelled, audit_of(labelled.snapshot())).estimate(quantity("stance of Ada Quill toward Bo Lind"))
    assert row["stance_corrected"] == pytest.approx(person.corrected.value, abs=1e-6)


def test_articles_that_came_later_are_left_out(tmp_path, capsys):
    lake = lake_of(tmp_path / "lake", *(analysis(f"a{i}") for i in range(3)))
    audit = draw_audit(lake, "draw1", 3, AT)
    store(lake, "c1", read_corrections(lake, written(tmp_path / "c.json", record(lake, audit))).corrections)
    lake.write_shard("run2", shard_tables([analysis("b")], "run2", {"reading": "1"}, AT))
    aggregate(lake, "run2")
    assert Estimator(lake, audit_of(lake.snapshot())).later == 1
    assert main(["estimate", str(lake.path), "share of direct"]) == 0
    assert "1 articles came after audit draw1 was drawn" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "women",
        "share of",
        "share of nonsense",
        "share of party=green",
        "stance of toward",
        "share of direct in x=1",
    ],
)
def test_what_is_no_quantity_is_told(text):
    with pytest.raises(UsageError):
        quantity(text)


def test_quantities_and_people_files(tmp_path):
    (tmp_path / "p.csv").write_text("name,gender,party\nAda Quill,female,green\nCy Marsh,,red\n")
    people = read_people(tmp_path / "p.csv")
    rows = pd.DataFrame(
        [
            ("a", "s1", "direct", "person:ada-quill", "Ada Quill", "person", "issue:toll", "toll", 1.0),
            ("a", "s2", "indirect", "person:cy-marsh", "Cy Marsh", "person", "issue:toll", "toll", -1.0),
            ("b", "s3", "direct", "organization:port", "The Port", "organization", None, None, np.nan),
            ("b", "s4", "mixed", "person:ada-quill", "Ada Quill", "person", "issue:toll", "toll", 0.0),
        ],
        columns="article_id statement_id statement_kind person_id person_name speaker_kind target_id target_name score".split(),
    )
    articles = pd.DataFrame({"article_id": ["a", "b"], "outlet": ["Tarn", "Moor"], "month": ["2026-03", ""]})
    expected = {
        "share of direct": (2, 4),
        "share of organizations": (1, 4),
        "share of party=green": (2, 3),
        "share of women": (2, 2),
        "stance toward the Toll": (0, 3),
        "stance of Cy Marsh toward toll": (-1, 1),
        "stance of party=green toward issue:toll": (1, 2),
        "share of direct in outlet=moor": (1, 2),
        "share of direct in month=2026": (1, 2),
        "share of direct in speaker=organizations": (1, 1),
        "share of persons quoted": (3, 4),
    }
    for text, sums in expected.items():
        assert tuple(quantity(text, people).sums(rows, articles).sum()) == sums, text
    (tmp_path / "q.csv").write_text("who\nx\n")
    with pytest.raises(UsageError, match="neither a column"):
        read_people(tmp_path / "q.csv")


def test_alpha_is_krippendorffs():
    # Two coders, ten units, one label differs; by hand: D_o = 0.1, D_e = 2 * 11 * 9 / (20 * 19).
    units = [("x", "x")] * 5 + [("y", "y")] * 4 + [("x", "y")]
    found = agreement("labels", {f"a{i}": [unit] for i, unit in enumerate(units)})
    assert found.alpha == pytest.approx(1 - 0.1 / (2 * 11 * 9 / (20 * 19)))
    assert found.low < found.alpha < found.high and (found.n_units, found.n_articles) == (10, 10)
    assert agreement("labels", {"a": units}).low is None
    assert agreement("labels", {"a": [("x",)]}) is None
    assert agreement("labels", {"a": [("x", "x")]}).alpha == 1


def test_a_calibration_is_kept_and_holds_for_what_comes_later(tmp_path, capsys):
    lake = lake_of(tmp_path / "lake", *(analysis(f"a{i}", 3) for i in range(12)))
    audit = draw_audit(lake, "draw1", 12, AT, seed=1)
    assert main(["audit", str(lake.path), "--recalibrate"]) == 2
    assert "a calibration wants 10 and 20" in capsys.readouterr().err

    def half(number, statement):
        return deleted(statement) if number % 2 else accepted(number, statement)

    store(lake, "c1", read_corrections(lake, written(tmp_path / "c.json", record(lake, audit, judge=half))).corrections)
    aggregate(lake, "c1")
    raw = pd.read_parquet(lake.path / "statements")["confidence"]
    assert raw.tolist() == pytest.approx([0.9] * 36)
    for _ in range(2):  # it does not add up
        assert main(["audit", str(lake.path), "--recalibrate"]) == 0
        for table in ("statements", "quotes"):
            assert pd.read_parquet(lake.path / table)["confidence"].between(0.45, 0.6).all()
    assert is_current(lake)
    assert scorecard(lake, audit_of(lake)).calibration_error < 0.1
    made = calibration_of(lake.path)
    assert made.holds({"attribution": ""}) and not made.holds({"attribution": "another"})
    (lake.path / "calibration.json").write_text("{}")
    with pytest.raises(UsageError, match="damaged"):
        calibration_of(lake.path)


def test_platt_scaling_finds_the_line_that_made_the_labels():
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.02, 0.98, 20_000)
    truth = expit(-0.7 + 0.6 * logit(confidence))
    judged = np.column_stack([confidence, rng.random(20_000) < truth, np.ones(20_000)])
    made = fitted(judged, "", "a")
    assert (made.intercept, made.slope) == pytest.approx((-0.7, 0.6), abs=0.05)
