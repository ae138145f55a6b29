"""The golden rows: no change gives other results unnoticed, on any machine."""

import copy

import pytest

from tests.golden import pin


@pytest.fixture(scope="module")
def now():
    return pin.made()


@pytest.fixture(scope="module")
def pinned():
    return pin.pinned()


def test_the_pinned_rows_are_of_these_versions(pinned):
    assert pinned[0] == pin.versions(), "a VERSION was raised: python -m tests.golden.pin"


@pytest.mark.parametrize("name", pin.made_names())
def test_the_corpus_gives_what_it_gave(now, pinned, name):
    assert not pin.differs(pinned[1][name], now[name]), "raise VERSION, then: python -m tests.golden.pin"


def test_another_result_of_the_same_version_is_refused(now):
    before = copy.deepcopy(now)
    assert pin.unversioned(before, now, set()) == []
    label, probabilities = before["stance"][1][0][3]
    before["stance"][1][0][3] = [label, [probabilities[0] - 2 * pin.TOLERANCE, *probabilities[1:]]]
    assert pin.unversioned(before, now, set()) == ["stance"]
    assert pin.unversioned(before, now, {"stance"}) == []
    before["attribution"][0] = []  # what reads other statements may well give other values
    before["speakers"][0] = {}
    assert pin.unversioned(before, now, set()) == ["attribution"]


def test_other_rows_of_the_same_values_are_refused(now):
    before = copy.deepcopy(now)
    before["tables/quotes"].pop()
    assert pin.unversioned(before, now, set()) == ["tables (tables/quotes)"]
    assert pin.unversioned(before, now, {"tables"}) == []
