"""The reader that is trained: what it sees, that its three ways answer, and that a stopped training goes on."""

import argparse

import numpy as np
import pytest
from tokenizers import Tokenizer

from sayso.tasks.runtime import BUNDLED
from sayso.tasks.runtime.pairs import Role

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import BertConfig, BertModel  # noqa: E402

from training.reader.__main__ import Trainer  # noqa: E402
from training.reader.batches import batch_of, plan, row_of  # noqa: E402
from training.reader.model import WAYS, Reader  # noqa: E402
from training.reader.pages import Page, Question, bits, lay_out  # noqa: E402

TEXT = "Quill told the council that Bo Lind had never run the ferry."
AGAINST = (0.9, 0.05, 0.05)


def role(name: str, words: str) -> Role:
    return Role(name, TEXT.index(words), TEXT.index(words) + len(words))


ASKED = Question(
    (role("source", "Quill"), role("content", TEXT[TEXT.index("that") : -1]), role("target", "Bo Lind")), AGAINST
)
PAGES = [
    Page(TEXT, "a", tags=(role("source", "Quill"), role("cue", "told")), names=(role("person", "Bo Lind"),)),
    Page(TEXT, "b", tones=(((role("content", "never"),), AGAINST),), questions=(ASKED, ASKED)),
    Page("The pier is old.", "c", target="the pier", questions=(Question((), AGAINST, AGAINST),)),
]


@pytest.fixture(scope="module")
def tokenizer():
    made = Tokenizer.from_file(str(BUNDLED / "stance" / "tokenizer.json"))
    made.no_truncation()
    return made


def reader(way: str) -> Reader:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522, hidden_size=24, num_hidden_layers=3, num_attention_heads=2, intermediate_size=48
    )
    made = Reader(config, way, own=1)
    made.start_from(BertModel(config, add_pooling_layer=False))
    return made


def test_a_question_is_told_as_bits_of_tokens_and_a_second_segment_is_the_target(tokenizer):
    laid = lay_out(tokenizer, PAGES[1], 256)
    told = bits(laid, ASKED.roles)
    words = {i: tokenizer.decode([t for t, b in zip(laid.ids, told[:, i], strict=True) if b]) for i in (0, 2, 3)}
    assert words == {0: "that bo lind had never run the ferry", 2: "quill", 3: "bo lind"}
    bare = lay_out(tokenizer, PAGES[2], 256)
    told = bits(bare, ())
    assert tokenizer.decode([t for t, b in zip(bare.ids, told[:, 3], strict=True) if b]) == "the pier"
    assert tokenizer.decode([t for t, b in zip(bare.ids, told[:, 0], strict=True) if b]) == "the pier is old."


def test_a_long_page_loses_the_end_of_its_text_and_keeps_its_target(tokenizer):
    laid = lay_out(tokenizer, Page("rain and wind " * 200, "d", target="the pier"), 64)
    assert len(laid.ids) == len(laid.segments) == len(laid.offsets) == 64
    assert tokenizer.decode(laid.ids).endswith("the pier")


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_does_not_depend_on_the_other_pages_and_questions(tokenizer, way):
    model = reader(way).eval()
    rows = [row_of(tokenizer, page) for page in PAGES]
    with torch.no_grad():
        together = batch_of(rows)
        out = model(together.ids, together.segments, together.asked)
        alone = [batch_of([row]) for row in rows]
        answers = [model(b.ids, b.segments, b.asked) for b in alone]
    assert out.opinions.shape == (16, 6)  # three questions, padded
    said = np.concatenate([answers[1].opinions[:2], answers[2].opinions[:1]])
    assert np.allclose(out.opinions[:3], said, atol=1e-4)
    assert np.allclose(said[0], said[1], atol=1e-5) and not np.allclose(said[0], said[2], atol=1e-3)
    assert np.allclose(out.tags[0, : len(rows[0].laid.ids)], answers[0].tags[0, : len(rows[0].laid.ids)], atol=1e-4)


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(tokenizer, tmp_path):
    rows = [row_of(tokenizer, page) for page in PAGES * 40]
    args = argparse.Namespace(epochs=1, seed=0, lr=1e-3, out=tmp_path)

    def trainer() -> Trainer:
        model = reader("layers")
        for part in model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
        return Trainer(model, rows, args)

    whole = trainer()
    assert whole.steps >= 2
    whole.run()
    first = trainer()
    first.run(until=1)
    second = trainer()
    second.resume()
    assert second.step == 1
    second.run()
    for one, other in zip(whole.model.parameters(), second.model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_every_row_is_in_one_batch_and_no_batch_is_too_large():
    import random

    lengths = [random.Random(i).randint(5, 250) for i in range(4000)]
    groups = list(plan(lengths, random.Random(0)))
    assert sorted(row for group in groups for row in group) == list(range(4000))
    assert all(-(-max(lengths[i] for i in g) // 32) * 32 * len(g) <= 2048 for g in groups)
