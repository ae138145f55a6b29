"""Samples: known probabilities, strata, the order of labelling."""

import numpy as np
import pandas as pd
import pytest

from sayso.tasks.audit.design import PER_STRATUM, draw

KEYS = ["outlet", "month", "doubt"]


def frame(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    outlet, month = (rng.choice(list(names), n) for names in ("ABC", "1234"))
    return pd.DataFrame(
        {"article_id": [f"a{i}" for i in range(n)], "outlet": outlet, "month": month, "doubt": rng.random(n)}
    )


def moments(n: int, far: int | None = None) -> pd.DataFrame:
    values = np.random.default_rng(3).normal(size=n)
    if far is not None:
        values[far] = 500
    return pd.DataFrame({"q": values})


@pytest.mark.parametrize(("n", "of"), [(1, 1), (5, 3), (12, 15), (40, 41), (40, 500), (3, 300)])
def test_every_article_has_the_probability_that_it_was_drawn_with(n, of):
    found = draw(frame(of), n, 1, KEYS, moments(of))
    assert found["sampled"].sum() == min(n, of) and len(found) == of
    assert found["inclusion_probability"].sum() == pytest.approx(min(n, of))
    for _, stratum in found.groupby("stratum"):
        assert stratum["inclusion_probability"].tolist() == pytest.approx([stratum["sampled"].mean()] * len(stratum))
    assert sorted(found["position"].dropna()) == list(range(min(n, of)))


def test_probabilities_are_those_of_many_draws():
    shares = np.mean([draw(frame(60), 12, seed, KEYS, moments(60))["sampled"] for seed in range(800)], axis=0)
    assert np.abs(shares - draw(frame(60), 12, 0, KEYS, moments(60))["inclusion_probability"]).max() < 0.07


def test_the_order_of_rows_changes_nothing_and_the_seed_does():
    rows, told = frame(90), moments(90)
    mixed = np.random.default_rng(1).permutation(90)
    one = draw(rows, 20, 5, KEYS, told)
    other = draw(rows.iloc[mixed], 20, 5, KEYS, told.iloc[mixed])
    pd.testing.assert_frame_equal(one, other)
    assert not one["sampled"].equals(draw(rows, 20, 6, KEYS, told)["sampled"])


def test_strata_are_alike_and_large_enough():
    found = draw(frame(400), 40, 2, KEYS, moments(400))
    assert found["stratum"].nunique() == 40 // PER_STRATUM
    assert found.groupby("stratum")["sampled"].sum().min() >= 2
    assert found.groupby("stratum")["outlet"].nunique().mean() < 2


def test_what_could_carry_a_figure_alone_is_drawn_for_certain_and_read_first():
    for seed in range(5):
        found = draw(frame(300), 20, seed, KEYS, moments(300, far=100)).set_index("article_id")
        assert found.loc["a100", ["sampled", "inclusion_probability", "position"]].tolist() == [True, 1.0, 0.0]


def test_an_audit_for_one_quantity_draws_where_it_varies():
    rows, told = frame(300), moments(300)
    told.loc[rows["outlet"] != "A", "q"] = 0
    found = draw(rows.assign(has=(rows["outlet"] == "A").astype(int)), 30, 3, ["has", *KEYS], told, neyman=True)
    assert (found.loc[found["sampled"], "outlet"] == "A").mean() > 0.6
