"""The bundled models: probabilities, independence of rows, what a folder must hold."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from sayso.tasks.articles import UsageError
from sayso.tasks.runtime import BUNDLED, describe, load_classifier, load_tagger, locate
from sayso.tasks.runtime.pairs import Pair, Role, encode
from sayso.tasks.runtime.protocol import in_batches, softmax, stitch
from sayso.tasks.scores import LABELS
from sayso.tasks.settings import Model

SENTENCE = "The mayor of Port Ellery praised the ferry company but said that its owner was a coward."


@pytest.fixture(scope="module")
def stance():
    return load_classifier("stance", Model(), threads=2)


@pytest.fixture(scope="module")
def tagger():
    return load_tagger(Model(), threads=2)


def pairs(n):
    words = SENTENCE.split()
    return [Pair(" ".join(words[i % 5 :] * (1 + i % 7)), f"target {i}", (0, 5) if i % 2 else None) for i in range(n)]


@pytest.mark.parametrize("name", LABELS)
def test_rows_do_not_depend_on_their_neighbours(name):
    model = load_classifier(name, Model(), threads=2)
    questions = pairs(40)
    together = model.predict(questions)
    alone = np.concatenate([model.predict([q]) for q in questions])
    assert np.abs(together - alone).max() < 1e-4
    assert np.abs(model.predict(questions[::-1])[::-1] - together).max() < 1e-4


def test_probabilities_sum_to_one(stance):
    p = stance.predict(pairs(9))
    assert p.dtype == np.float32 and p.shape == (9, 3)
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert stance.predict([]).shape == (0, 3)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_a_probability(stance, text, target):
    p = stance.predict([Pair(text, target), Pair(text)])
    assert np.isfinite(p).all()


def test_tags_are_offsets_into_the_text(tagger):
    text = "“It is naïve — 北京,” said Ada Quill."
    (tagged,) = tagger.tag([text])
    assert len(tagged.offsets) == len(tagged.probabilities)
    assert all(0 <= s < e <= len(text) for s, e in tagged.offsets)
    assert np.allclose(tagged.probabilities.sum(axis=1), 1, atol=1e-5)


def test_long_texts_are_tagged_in_windows(tagger):
    text = (SENTENCE + " ") * 60
    (tagged,) = tagger.tag([text])
    assert len(tagged.offsets) > 2 * tagger.info.max_tokens
    assert tagged.probabilities.shape[0] == len(tagged.offsets)
    assert np.allclose(tagged.probabilities.sum(axis=1), 1, atol=1e-5)
    assert [t.offsets.tolist() for t in tagger.tag([""])] == [[]]


def test_stitching_takes_each_token_from_the_window_it_is_deepest_in():
    pieces = [np.full((6, 1), 1.0), np.full((6, 1), 2.0)]
    assert stitch(pieces, [(0, 6), (4, 10)], 10)[:, 0].tolist() == [1] * 5 + [2] * 5


@given(st.lists(st.integers(1, 400), max_size=60))
def test_batches_give_every_row_in_its_place(lengths):
    results = in_batches(lengths, lambda rows: [np.array([r]) for r in rows])
    assert [int(r[0]) for r in results] == list(range(len(lengths)))


def test_softmax_with_temperature():
    cold, warm = softmax(np.array([[1.0, 2.0]])), softmax(np.array([[1.0, 2.0]]), 10)
    assert cold[0, 1] > warm[0, 1] > 0.5


def test_bundled_models_say_what_they_are():
    for name in ("attribution", *LABELS):
        row = describe(locate(name, Model()))
        assert row["from"] == "bundled" and row["runtime"] == "onnx" and len(row["sha256"]) == 64
        assert row["licence"] == "apache-2.0" and "F1" in row["quality"]
        size = (BUNDLED / name / "model.onnx").stat().st_size
        assert size < 30e6


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(BUNDLED / "stance", tmp_path / "model")


def relabel(folder, labels):
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {str(i): label for i, label in enumerate(labels)}
    (folder / "config.json").write_text(json.dumps(config))


def test_labels_are_matched_by_name_not_by_place(folder, stance):
    relabel(folder, ["FAVOR", "None", "Against"])
    turned = load_classifier("stance", Model(str(folder)), 1).predict([Pair(SENTENCE, "ferry")])
    assert np.allclose(turned[0, ::-1], stance.predict([Pair(SENTENCE, "ferry")])[0], atol=1e-4)


def test_other_models_have_other_hashes(folder):
    before = locate("stance", Model(str(folder))).sha256
    assert before == locate("stance", Model()).sha256
    relabel(folder, ["a", "b", "c"])
    (folder / "extra.json").write_text("{}")
    assert locate("stance", Model(str(folder))).sha256 != before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: relabel(f, ["joy", "anger", "fear"]), "labels"),
        (lambda f: relabel(f, ["against", "neutral", "favor", "other"]), "4 labels"),
        (lambda f: (f / "config.json").unlink(), "config.json"),
        (lambda f: (f / "config.json").write_text("{"), "config.json"),
        (lambda f: (f / "model.onnx").write_bytes(b"no"), "cannot load"),
        (lambda f: (f / "tokenizer.json").unlink(), "cannot load"),
    ],
)
def test_broken_model_folders_are_told(folder, change, message):
    change(folder)
    with pytest.raises(UsageError, match=message):
        load_classifier("stance", Model(str(folder)), 1)


def test_models_that_are_not_there():
    with pytest.raises(UsageError, match="no model folder"):
        locate("stance", Model("./none"))


def test_a_hypothesis_is_not_ignored_in_silence(folder):
    with pytest.raises(UsageError, match="reads none"):
        load_classifier("stance", Model(str(folder), hypothesis=("for {target}",)), 1)


def test_a_tagger_needs_our_tags(tmp_path):
    copy = shutil.copytree(BUNDLED / "attribution", tmp_path / "tagger")
    relabel(copy, ["O", "B-PER", "I-PER"])
    with pytest.raises(UsageError, match="B-PER"):
        load_tagger(Model(str(copy)), 1)


def test_a_long_passage_keeps_the_statement_that_is_asked_about():
    before = " ".join(f"The harbor of Corran has {i} berths and a crane." for i in range(60))
    model = load_classifier("sentiment", Model(), threads=1)

    def asked(said: str) -> Pair:
        text = f"{before} {said}"
        return Pair(text, "ferry", (text.index("ferry"), text.index("ferry") + 5))

    bad, good = model.predict([asked("The ferry is a disgrace."), asked("The ferry is a delight.")])
    assert bad[0] > bad[2] and good[2] > good[0]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.integers(0, 400), st.integers(0, 400), st.integers(12, 60))
def test_no_encoding_is_longer_than_the_limit_and_markers_stay(text, target, start, length, limit):
    tokenizer = Tokenizer.from_file(str(BUNDLED / "stance" / "tokenizer.json"))
    tokenizer.no_truncation()
    start = min(start, len(text))
    pair = Pair(text, target, (start, min(len(text), start + length)))
    [made] = encode([pair], ("[unused1]", "[unused2]"), (), limit, tokenizer.encode_batch)
    assert len(made.ids) == len(made.types) <= limit and {2, 3} <= set(made.ids)  # their numbers in the vocabulary


@pytest.mark.parametrize("limit", [200, 40])
def test_roles_become_token_types_and_survive_markers_and_cropping(limit):
    tokenizer = Tokenizer.from_file(str(BUNDLED / "stance" / "tokenizer.json"))
    tokenizer.no_truncation()
    before = "It had rained for a week. " * 20
    said = "Quill told them that the ferry was old, and so was its pier."
    at = {word: len(before) + said.index(word) for word in ("Quill", "told", "the ferry", "that")}
    roles = [Role(name, at[w], at[w] + len(w)) for name, w in (("source", "Quill"), ("cue", "told"))]
    roles.append(Role("target", at["the ferry"], at["the ferry"] + len("the ferry")))
    pair = Pair(before + said, "ferry", (at["that"], len(before) + len(said)), tuple(roles))
    known = ("cue", "source", "target")
    [made] = encode([pair], ("[unused1]", "[unused2]"), known, limit, tokenizer.encode_batch)
    of = {
        kind: tokenizer.decode([i for i, t in zip(made.ids, made.types, strict=True) if t == kind])
        for kind in range(1, 5)
    }
    assert of == {1: "ferry", 2: "told", 3: "quill", 4: "the ferry"}
    [plain] = encode([pair], ("[unused1]", "[unused2]"), (), limit, tokenizer.encode_batch)
    assert plain.ids == made.ids and set(plain.types) == {0, 1}
