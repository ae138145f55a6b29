"""Names put together into entities; what the recogniser found is given."""

import re

import pytest

from sayso.tasks.articles import Article, Span
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.speakers.entities import find_entities
from sayso.tasks.speakers.gender import genders
from sayso.tasks.speakers.names import Name
from sayso.tasks.text.spans import SpanIndex


def entities(text, **types):
    """Entities of a text in which every occurrence of each name was found: person="Ada Quill|Quill"."""
    text = f"A Title\n\n{text}"
    found = [
        Name(*m.span(), kind)
        for kind, names in types.items()
        for m in re.finditer("|".join(map(re.escape, names.split("|"))), text)
    ]
    layout = read_layout(text)
    article = Article("a1", "u", "0", layout.title, text, paragraphs_of(layout))
    return article, find_entities(article, sorted(found, key=lambda n: n.start))


def names_of(named):
    return {e.name: e.entity_type for e in named.entities}


@pytest.mark.parametrize(
    ("text", "types", "expected"),
    [
        ("Ada “Dot” Quill said so. Quill left.", {"organization": "Quill"}, {"Ada “Dot” Quill": "person"}),
        ("Secretary of State Orla Venn said so.", {"organization": "State"}, {"Orla Venn": "person", "State": "organization"}),
        ("treasurer Orla Venn said so.", {}, {"Orla Venn": "person"}),
        ("Venn Orla won. “No,” Orla said.", {"organization": "Venn Orla"}, {"Venn Orla": "person"}),
        ("The Corran Times said so.", {"organization": "Corran Times"}, {"Corran Times": "organization"}),
        ("Democrat Ada Quill and within Quill.", {"person": "Democrat Ada Quill|Quill"}, {"Ada Quill": "person"}),
        ("Some aides left. Aides said so.", {"person": "Aides"}, {}),
        ("Sen. Ada Quill (R-Fla.) said so.", {"person": "Ada Quill", "place": "Fla"}, {"Ada Quill": "person"}),
        ("“Certainly Ada Quill said so.” Ada Quill left. Ada Quill won.", {"person": "Certainly Ada Quill|Ada Quill"}, {"Ada Quill": "person"}),
        ("Ada Quill Venn won. Quill Venn left. Ada Quill slept.", {"person": "Ada Quill Venn|Quill Venn|Ada Quill"}, {"Ada Quill Venn": "person"}),
    ],
)  # fmt: skip
def test_what_is_corrected_and_put_together(text, types, expected):
    assert names_of(entities(text, **types)[1]) == expected


def test_a_surname_of_two_is_left_to_the_ranker():
    _, named = entities("Ada Quill met Bo Quill. Quill laughed.", person="Ada Quill|Bo Quill|Quill")
    assert [ids for _, ids in named.shared] == [("person:ada-quill", "person:bo-quill")]


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("Mrs. Zuri Venn left.", "female"),
        ("His wife, Zuri Venn, left.", "female"),
        ("Robert Venn left.", "male"),
        ("Zuri Venn said that she was late.", "female"),
        ("Zuri Venn left. He stayed.", None),
        ("Zuri Venn left.", None),
    ],
)
def test_gender_of_a_person(text, gender):
    name = "Robert Venn" if "Robert" in text else "Zuri Venn"
    article, named = entities(text, person=name)
    known = genders(article, named.mentions, {e.entity_id: e.name for e in named.entities})
    assert next(iter(known.values()), None) == gender


def test_spans_that_overlap_are_found():
    index = SpanIndex([Span(0, 5), Span(3, 20), Span(30, 31)])
    assert index.overlapping(Span(19, 25)) == [Span(3, 20)]
    assert index.overlapping(Span(20, 30)) == []
    index.add(Span(22, 24))
    index.remove(Span(3, 20))
    assert index.overlapping(Span(4, 40)) == [Span(0, 5), Span(22, 24), Span(30, 31)]
