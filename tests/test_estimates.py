"""Intervals: what they hold, where there are none; and how often they hold the truth."""

import numpy as np
import pytest

from benchmarks import coverage as simulation
from sayso.tasks.estimates import JACKKNIFE, SCORE, figure_by, mean_by


def test_a_mean_is_over_statements_and_its_interval_over_articles():
    scores, articles = np.array([1, 1, 1, -1] * 10), np.repeat(np.arange(20), 2)
    found = mean_by(scores, articles)
    assert (found.value, found.n_clusters, found.method) == (0.5, 20, SCORE)
    assert -1 <= found.low < 0.5 < found.high <= 1
    counted = mean_by(np.tile([1, 0, -1], 20), np.repeat(np.arange(20), 3), np.array([2, 0, 0, 1, 0, 1] * 10))
    assert (counted.low, counted.high) == pytest.approx((found.low, found.high))
    again = mean_by(scores[::-1], articles[::-1])
    assert (again.low, again.high) == pytest.approx((found.low, found.high))


def test_too_few_articles_or_statements_have_no_interval():
    for articles, each in ((1, 50), (2, 20), (5, 10), (9, 9), (10, 1)):
        found = mean_by(np.tile([1, -1], articles * each)[: articles * each], np.repeat(np.arange(articles), each))
        assert (found.low, found.high, found.method, found.n_clusters) == (None, None, None, articles)
    with pytest.raises(ValueError, match="nothing"):
        mean_by(np.array([]), np.array([]))
    with pytest.raises(ValueError, match="outside"):
        mean_by(np.array([2.0]), np.array([0]))


def test_articles_that_all_agree_are_not_certain_to_the_last_digit():
    found = mean_by(np.ones(24), np.repeat(np.arange(12), 2))
    assert found.value == 1 and found.high == 1 and 0.3 < found.low < 0.8


def test_statements_of_one_article_that_are_equal_count_for_little():
    apart = mean_by(np.tile([1, -1], 60), np.repeat(np.arange(20), 6))
    equal = mean_by(np.repeat(np.tile([1, -1], 10), 6), np.repeat(np.arange(20), 6))
    assert equal.high - equal.low > 2 * (apart.high - apart.low)


def test_shares_have_bounds_of_their_own():
    share = mean_by(np.tile([1, 0], 30), np.repeat(np.arange(20), 3), bounds=(0, 1))
    assert share.value == 0.5 and 0 < share.low < 0.5 < share.high < 1


def test_figures_over_articles():
    right = np.tile([True, True, True, False], 30)
    found = figure_by(lambda rows: float(right[rows].mean()), np.repeat(np.arange(30), 4) % 11)
    assert (found.value, found.n_clusters, found.method) == (0.75, 11, JACKKNIFE)
    assert 0 < found.low < 0.75 < found.high < 1
    assert figure_by(lambda rows: float(right[rows].mean()), np.repeat(np.arange(3), 40)).low is None
    assert figure_by(lambda rows: 1.0, np.arange(50)).low is None


@pytest.mark.parametrize("mean", simulation.MEANS)
@pytest.mark.parametrize("process", simulation.PROCESSES)
def test_intervals_of_means_hold_the_truth_or_are_not_given(process, mean):
    for articles in (2, 3, 5):
        assert simulation.of_mean(process, mean, articles, 20).printed == 0
    for articles in (10, 30):
        found = simulation.of_mean(process, mean, articles, 1500)
        assert not found.printed or 0.92 <= found.covered <= 0.98


@pytest.mark.parametrize("name", simulation.FIGURES)
def test_intervals_of_figures_hold_the_truth_or_are_not_given(name):
    assert simulation.of_figure(name, 5, 10, 20).printed == 0
    assert 0.92 <= simulation.of_figure(name, 16, 10, 400).covered <= 0.98
