import json

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.speakers.ranker import Choice, Option, Ranker, load_weights

WEIGHTS = {"pronoun": {"near": 2.0, "far": -1.0}}
NEAR = Option("person:ada", "Ada", "person", {"near": 1.0})
FAR = Option("person:bo", "Bo", "person", {"far": 1.0, "never seen": 5.0})


def test_the_likeliest_option_is_taken_if_it_is_likely_enough():
    choice = Choice("pronoun", [FAR, NEAR])
    assert Ranker(WEIGHTS, 0.9).choose(choice) is NEAR  # softmax of 2 and -1: 0.953
    assert Ranker(WEIGHTS, 0.96).choose(choice) is None
    assert Ranker(WEIGHTS, 0.0).choose(Choice("pronoun", [])) is None


def test_a_form_without_weights_is_a_draw():
    assert Ranker(WEIGHTS, 0.5).choose(Choice("nothing", [FAR, NEAR])) is not None
    assert Ranker(WEIGHTS, 0.6).choose(Choice("nothing", [FAR, NEAR])) is None


def test_the_bundled_weights_are_named_numbers():
    for form, table in load_weights().items():
        assert form and all(isinstance(name, str) and isinstance(w, float) for name, w in table.items())


@pytest.mark.parametrize("damaged", ["{", "[]", '{"pronoun": 1.0}', '{"pronoun": "near"}'])
def test_damaged_weights_are_told(tmp_path, damaged):
    path = tmp_path / "weights.json"
    path.write_text(damaged)
    with pytest.raises(UsageError, match="cannot read the speakers' weights"):
        load_weights(path)
    path.write_text(json.dumps(WEIGHTS))
    assert load_weights(tmp_path / "weights.json") == WEIGHTS
