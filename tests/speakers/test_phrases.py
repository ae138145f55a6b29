"""Source phrases taken apart; the names inside them are given."""

import pytest

from sayso.tasks.articles import Mention, Span
from sayso.tasks.speakers.sources import parse_source


def parse(text, *names):
    """Names as (words, entity id)."""
    mentions = [Mention(Span(text.index(w), text.index(w) + len(w)), i, "name") for w, i in names]
    return parse_source(text, Span(0, len(text)), mentions)


@pytest.mark.parametrize(
    ("text", "name", "head_class"),
    [
        ("a senior official", "senior official", "role"),
        ("Hundreds of angry haulers", "angry haulers", "plural"),
        ("more than half of the voters in Corran", "voters", "plural"),
        ("the city council", "city council", "body"),
        ("a new report on the harbor", "new report", "document"),
        ("The Democrat", "Democrat", "role"),
        ("his wife, a teacher,", "wife", "role"),
        ("the wind", "wind", "other"),
    ],
)
def test_name_and_class(text, name, head_class):
    phrase = parse(text)
    assert (phrase.name, phrase.head_class) == (name, head_class)


@pytest.mark.parametrize(
    ("text", "named", "relation"),
    [
        ("Ada Quill, a teacher from Corran,", ("Ada Quill", "person:ada-quill"), "head"),
        ("Ada Quill’s lawyer", ("Ada Quill", "person:ada-quill"), "owner"),
        ("the Quill campaign", ("Quill", "person:ada-quill"), "modifier"),
        ("the utah Republican", ("Republican", "group:republican"), "modifier"),
        ("a lawyer for the haulers, Ada Quill,", ("Ada Quill", "person:ada-quill"), "apposed"),
        ("a report released by Ada Quill", ("Ada Quill", "person:ada-quill"), "author"),
        ("a lawsuit filed by a former clerk named Ada Quill", ("Ada Quill", "person:ada-quill"), "author"),
        ("an official of the Harbor Office", ("Harbor Office", "organization:harbor-office"), "of"),
        ("a man who once met Ada Quill", ("Ada Quill", "person:ada-quill"), "later"),
    ],
)
def test_how_a_name_inside_stands_to_the_head(text, named, relation):
    assert parse(text, named).inside[0][1] == relation


def test_two_names_joined():
    both = (("Ada Quill", "person:ada-quill"), ("Bo Lind", "person:bo-lind"))
    assert parse("Ada Quill and Bo Lind", *both).joined
    assert not parse("Ada Quill, who beat Bo Lind,", *both).joined
