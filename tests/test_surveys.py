"""Ratios that a sample corrects: what they hold, where there is none, and how often they hold the truth."""

import numpy as np
import pytest

from sayso.tasks.surveys import ALONE, CORRECTED, MIN_LABELLED, Sums, corrected_difference, corrected_ratio, merged


def articles(n: int, seed: int, right: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """(person, machine) sums: shares of statements of which the machine gets most right, and misses some."""
    rng = np.random.default_rng(seed)
    x = rng.poisson(8, n) + 1
    y = rng.binomial(x, rng.beta(2, 5, n))
    found = rng.binomial(y, right), rng.binomial(x - y, right)
    return np.column_stack([y, x]).astype(float), np.column_stack([found[0], sum(found)]).astype(float)


def drawn(n: int, of: int, rng: np.random.Generator) -> np.ndarray:
    labelled = np.zeros(of, bool)
    labelled[rng.choice(of, n, replace=False)] = True
    return labelled


def test_with_every_article_read_it_is_the_truth():
    person, machine = articles(40, 1)
    found = corrected_ratio(Sums(np.zeros(40, int), np.ones(40, bool), machine, person), (0, 1))
    assert found.value == pytest.approx(person[:, 0].sum() / person[:, 1].sum(), abs=1e-3)
    assert found.high - found.low < 0.01 and found.method == CORRECTED and found.n_labelled == 40


def test_a_machine_that_is_always_right_leaves_little_doubt_and_one_that_guesses_no_less_than_the_sample():
    person, machine = articles(300, 2)
    labelled = drawn(40, 300, np.random.default_rng(1))
    zero = np.zeros(300, int)
    width = {}
    for name, theirs in (("right", person), ("usual", machine), ("none", np.zeros_like(machine))):
        found = corrected_ratio(Sums(zero, labelled, theirs, person), (0, 1))
        width[name] = found.high - found.low
    alone = corrected_ratio(Sums(zero, labelled, machine, person), (0, 1), tuned=False)
    assert alone.method == ALONE and 0.005 < width["right"] < width["usual"] < alone.high - alone.low
    assert width["none"] < 1.1 * (alone.high - alone.low)


def test_what_the_sample_says_nothing_of_has_no_interval():
    person, machine = articles(100, 3)
    few = np.where(np.arange(100)[:, None] < MIN_LABELLED - 1, person, 0)
    labelled = np.arange(100) < 30
    zero = np.zeros(100, int)
    found = corrected_ratio(Sums(zero, labelled, machine, few), (0, 1))
    assert found.value is not None and found.low is None and found.n_informative == MIN_LABELLED - 1
    nothing = corrected_ratio(Sums(zero, labelled, machine, 0 * person), (0, 1))
    assert (nothing.value, nothing.low, nothing.n_labelled) == (None, None, 30)
    assert (
        corrected_difference(Sums(zero, labelled, machine, person), Sums(zero, labelled, machine, few), (0, 1)).low
        is None
    )


def test_intervals_hold_the_truth_and_naive_shares_do_not():
    person, machine = articles(250, 4)
    machine[:, 0] *= 0.7  # the machine misses a part of what it should count
    truth = person[:, 0].sum() / person[:, 1].sum()
    stratum, held, values = np.repeat([0, 1, 2, 3, 4], 50), [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        labelled = np.concatenate([drawn(6, 50, rng) for _ in range(5)])
        found = corrected_ratio(Sums(stratum, labelled, machine, person), (0, 1))
        held.append(found.low <= truth <= found.high)
        values.append(found.value)
    assert 0.92 <= np.mean(held) <= 0.985
    assert abs(np.mean(values) - truth) < 0.1 * np.std(values)
    assert abs(machine[:, 0].sum() / machine[:, 1].sum() - truth) > 0.05


def test_a_difference_of_a_quantity_from_itself_is_nothing():
    person, machine = articles(120, 5)
    sums = Sums(np.zeros(120, int), drawn(40, 120, np.random.default_rng(2)), machine, person)
    found = corrected_difference(sums, sums, (0, 1))
    assert found.value == 0 and found.low <= 0 <= found.high


def test_strata_that_were_read_too_little_join_others_and_what_is_certain_stays_alone():
    stratum = np.array([0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    labelled = np.array([1, 1, 1, 0, 1, 0, 0, 1, 0, 0], bool)
    found = merged(stratum, labelled)
    assert len(set(found[:1]) & set(found[1:])) == 0
    assert found[4] == found[7] and found[1] != found[4]
    assert len(set(merged(stratum, np.arange(10) == 4))) == 1
