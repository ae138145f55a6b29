"""Signed quotations and transcripts: what the layout attributes, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.tasks.attribution.patterns import signed_quotations, turns
from sayso.tasks.attribution.quotations import find_quotations
from tests.attribution.test_statements import as_text, statements


def signed(text):
    return [(text[slice(*f.content)], text[slice(*f.source)]) for f in signed_quotations(text, find_quotations(text))]


@pytest.mark.parametrize(("text", "found"), [
    ("“The pier was never safe.” — Ada Quill", [("“The pier was never safe.”", "Ada Quill")]),
    ("“The pier was never safe.”― Ada Quill\n“It was safe enough for me.” ― Bo Lind.", [
        ("“The pier was never safe.”", "Ada Quill"), ("“It was safe enough for me.”", "Bo Lind"),
    ]),
    ("\"Nobody asked us first.\"\n-- Ines de la Cruz, teacher in Corran", [("\"Nobody asked us first.\"", "Ines de la Cruz, teacher in Corran")]),
    ("“The pier was never safe” — and nobody knew it better than Ada Quill.", []),
    ("“The pier was never safe.” — Ada Quill never said that again.", []),
    ("“Quay” — Ada Quill", []),
    ("“The pier was never safe, and it never", []),
])  # fmt: skip
def test_signatures(text, found):
    assert signed(text) == found


def test_signed_quotations_in_a_row_have_a_speaker_each():
    text, found = statements(
        "Readers Write\n\n“The pier was never safe.” ― Ada Quill\n“It was safe enough for me.”― Bo Lind"
    )
    assert as_text(text, found) == [
        (["“The pier was never safe.”"], "―", "Ada Quill", "direct"),
        (["“It was safe enough for me.”"], "―", "Bo Lind", "direct"),
    ]


TRANSCRIPT = "QUILL: Is the pier safe?\n\nLIND: It is not, and it never was.\n\n(LAUGHTER)\n\nQUILL: Thank you."


def test_turns_of_a_transcript():
    text, found = statements("On the Pier\n\n" + TRANSCRIPT)
    assert [(content, source) for content, _, source, _ in as_text(text, found)] == [
        (["Is the pier safe?"], "QUILL"), (["It is not, and it never was."], "LIND"), (["Thank you."], "QUILL"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", [
    "CORRAN: The pier was shut on Monday.\n\nNothing else happened.",
    "NOTE: One.\n\nNOTE: Two.\n\nNOTE: Three.",
    "Ada: One.\n\nBo: Two.\n\nAda: Three.",
])  # fmt: skip
def test_what_is_no_transcript(text):
    assert not any(turns(text.split("\n\n")))


@given(st.text(alphabet="AB a:\n“”—\"'.,-", max_size=60))
def test_extents_hold_their_parts(text):
    paragraphs = ["AB: a", "BA: b", "BB: a", text]
    for found in [*signed_quotations(text, find_quotations(text)), turns(paragraphs)[-1]]:
        if found:
            for part in found[:3]:
                assert found.extent.start <= part.start < part.end <= found.extent.end
