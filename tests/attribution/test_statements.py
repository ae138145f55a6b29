"""The linker and the rules, on spans that the test marks in the text: {s:source} {c:cue} {k:content}."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.tasks.articles import Article, UsageError
from sayso.tasks.attribution.linker import Linker
from sayso.tasks.attribution.statements import statements_of
from sayso.tasks.attribution.tags import Span
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.runtime import BUNDLED

KINDS = {"s": "source", "c": "cue", "k": "content"}


def parse(marked: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, spans, at = "", [], 0
    for match in re.finditer(r"\{([sck]):(.*?)\}", marked, re.DOTALL):
        text += marked[at : match.start()]
        spans.append((KINDS[match[1]], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return text + marked[at:], spans


def statements(marked: str, probability: float = 0.9):
    text, spans = parse(marked)
    layout = read_layout(text)
    article = Article("a", "u", "0", layout.title, text, paragraphs_of(layout))
    tagged = {
        p.index: [Span(k, s - p.start, e - p.start, probability) for k, s, e in spans if p.start <= s < p.end]
        for p in article.paragraphs
    }
    linker = Linker.load(BUNDLED / "attribution" / "linker.json")
    return text, statements_of(article, tagged, linker)


def as_text(text, found):
    cut = lambda span: text[slice(*span)] if span else None  # noqa: E731
    return [([cut(k) for k in s.content], cut(s.cue), cut(s.source), s.kind) for s in found]


def test_content_on_both_sides_of_a_cue_is_one_statement():
    text, found = statements(
        "{k:“It will rain,”} {c:said} {s:Ada Quill}. {k:“It always does.”} The fair went on all the same."
    )
    assert as_text(text, found) == [(["“It will rain,”", "“It always does.”"], "said", "Ada Quill", "direct")]


def test_two_cues_share_a_source():
    text, found = statements(
        "{s:Ada Quill} {c:said} {k:the pier was unsafe}, {c:adding} {k:that it had been so “for years.”}"
    )
    assert as_text(text, found) == [
        (["the pier was unsafe"], "said", "Ada Quill", "indirect"),
        (["that it had been so “for years.”"], "adding", "Ada Quill", "mixed"),
    ]


def test_each_sentence_keeps_its_own_source():
    text, found = statements(
        "{s:Ada Quill} {c:said} {k:the pier was unsafe}. {s:The mayor} {c:denied} {k:it}. {k:“Nonsense,”} {s:he} {c:said}."
    )
    assert [(row[1], row[2]) for row in as_text(text, found)] == [
        ("said", "Ada Quill"),
        ("denied", "The mayor"),
        ("said", "he"),
    ]


def test_a_quotation_over_several_paragraphs_is_one_statement():
    text, found = statements(
        "The pier has been shut since Monday, and it will stay shut, the town has decided.\n\n"
        "{k:“The wood is rotten,} {s:Ada Quill} {c:said}.\n\n“I walked on it last spring.\n\n“I will not walk on it again.”"
    )
    assert len(found) == 1
    assert as_text(text, found)[0][0][1:] == ["“I walked on it last spring.", "“I will not walk on it again.”"]


def test_a_quotation_that_follows_a_colon():
    text, found = statements(
        "The pier has been shut since Monday, and it will stay shut, the town has decided.\n\n"
        "{s:Ada Quill} then {c:said}:\n\n“The wood is rotten and the iron is worse.”"
    )
    assert as_text(text, found) == [(["“The wood is rotten and the iron is worse.”"], "said", "Ada Quill", "direct")]


def test_a_list_behind_a_colon_is_what_was_said():
    text, found = statements(
        "The pier is shut\n\n{s:Ada Quill} {c:said}:\n\n• The pier is shut.\n\n• It will stay so.\n\nThe fair went on all the same."
    )
    said = ["The pier is shut.", "It will stay so."]
    assert as_text(text, found) == [(said, "said", "Ada Quill", "indirect")]
    listed = "The board met on Monday, and these came:\n\n• The mate of the boat.\n\n• The clerk of the board."
    assert statements(listed)[1] == ()


def test_a_quotation_of_its_own_is_of_who_said_that_behind_it():
    text, found = statements("“The pier is shut for good now.”\n\n{s:Ada Quill} {c:said} {k:that} on Monday.")
    assert as_text(text, found) == [(["“The pier is shut for good now.”"], "said", "Ada Quill", "direct")]
    text, found = statements("“The pier is shut for good now.”\n\n{s:Ada Quill} {c:said} {k:that it was old}.")
    assert len(found) == 2


def test_a_quotation_without_a_cue_goes_to_who_spoke_before():
    text, found = statements(
        "The pier has been shut since Monday, and it will stay shut, the town has decided.\n\n"
        "{s:Ada Quill} {c:said} {k:the wood was rotten}.\n\n“Nobody should walk on it before the summer.”"
    )
    rows = as_text(text, found)
    assert rows[1] == (["“Nobody should walk on it before the summer.”"], None, None, "direct")
    assert found[1].continues == 0 and found[1].confidence < found[0].confidence


def test_a_quotation_beside_a_statement_belongs_to_it():
    text, found = statements("{k:“The wood is rotten,”} {c:said} {s:Ada Quill}. “I would not walk on it today.”")
    assert as_text(text, found)[0][0] == ["“The wood is rotten,”", "“I would not walk on it today.”"]


def test_words_in_quotation_marks_are_no_statement():
    _, found = statements("The so-called “harbor of the very happy few” has been shut since Monday.")
    assert found == ()


def test_quotation_marks_left_outside_come_in():
    text, found = statements("“{k:The wood is rotten,}” {c:said} {s:Ada Quill}.")
    assert as_text(text, found)[0][0] == ["“The wood is rotten,”"]


def test_boilerplate_holds_no_statements():
    _, found = statements(
        "A Pier Is Shut\n\nThe pier is shut, and that is that for now.\n\nRead more: “The wood is rotten and the iron is worse.”"
    )
    assert found == ()


def test_what_the_tagger_was_sure_of_is_trusted_more():
    confidence = [
        statements("{s:Ada Quill} {c:said} {k:the pier was unsafe}.", p)[1][0].confidence for p in (0.4, 0.7, 0.99, 1.0)
    ]
    assert confidence == sorted(set(confidence)) and 0 < confidence[0] < 0.4 and 0.9 < confidence[-1] < 1


def test_broken_linker_weights_are_told(tmp_path):
    (tmp_path / "linker.json").write_text("{}")
    with pytest.raises(UsageError, match="linker"):
        Linker.load(tmp_path / "linker.json")


PIECES = st.sampled_from(
    [
        "{s:Ada}",
        "{c:said}",
        "{k:“No,”}",
        "{k:that it rained}",
        "“",
        "”",
        '"',
        " ",
        ". ",
        "\n\n",
        "Bo left",
        ":",
        "{k:“Open}",
        "(",
        "‘a’",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_any_mix_of_spans_gives_statements_that_slice_the_text(pieces):
    text, found = statements("".join(pieces))
    for i, s in enumerate(found):
        assert s.content and 0 <= s.confidence <= 1
        assert all(0 <= k.start < k.end <= len(text) for k in s.content)
        assert list(s.content) == sorted(s.content)
        assert s.continues is None or s.continues != i
