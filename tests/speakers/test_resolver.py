"""Speakers of statements that the test marks, with the names that spaCy finds."""

import re

import pytest

from sayso.tasks.articles import Article, Span, Statement
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.speakers import NameFinder, Ranker, load_weights, resolve
from sayso.tasks.speakers.descriptions import split_description
from sayso.tasks.text.names import normal, slug


@pytest.fixture(scope="module")
def names():
    return NameFinder()


@pytest.fixture
def speak(names):
    """Resolve a text in which each statement is written [source|content] or [source|content|kind]."""

    def run(marked: str, threshold: float = 0.2):
        text, statements, at = "", [], 0
        for match in re.finditer(r"\[([^|\]]*)\|([^|\]]*)(?:\|(\w+))?\]", marked):
            text += marked[at : match.start()]
            source = Span(len(text), len(text) + len(match[1])) if match[1] else None
            text += match[1] + " "
            content = Span(len(text), len(text) + len(match[2]))
            text += match[2]
            statements.append(Statement((content,), None, source, match[3] or "indirect", 0.9))
            at = match.end()
        text += marked[at:]
        layout = read_layout(text)
        article = Article("a1", "u", "0", layout.title, text, paragraphs_of(layout))
        resolution = resolve(article, statements, next(iter(names.find([text]))), Ranker(load_weights(), threshold))
        speakers = {s.speaker_id: s for s in resolution.speakers}
        return [speakers[i] for i in resolution.speaker_ids], resolution, text

    return run


def who(speakers):
    return [(s.name, s.kind) for s in speakers]


def test_names_titles_and_pronouns_are_one_person(speak):
    speakers, _, _ = speak(
        "[Margaret Ellison, a senior fellow at the Institute for Harbor Studies,|said the pier was unsafe]. "
        "[Ellison|said nobody had listened]. [She|added that she had written twice]. [Ms. Ellison|said so again]."
    )
    assert who(speakers) == [("Margaret Ellison", "person")] * 4
    assert speakers[0].speaker_id == "person:margaret-ellison"
    assert speakers[0].job_title == "senior fellow"
    assert speakers[0].affiliation == "Institute for Harbor Studies"


def test_a_title_stands_for_its_bearer(speak):
    speakers, _, _ = speak(
        "[Senator Thomas Brandt|said he would vote no]. Nobody was surprised. [The senator|said that was fine]."
    )
    assert who(speakers) == [("Thomas Brandt", "person")] * 2
    assert speakers[0].job_title == "Senator"


def test_two_people_of_one_surname_stay_two(speak):
    speakers, _, _ = speak(
        "[Peter Morrison|said the toll was too high]. [His sister Diana Morrison|said it was too low]. "
        "[Mr. Morrison|said she was wrong]. [Mrs. Morrison|said he was]."
    )
    assert [s.name for s in speakers] == ["Peter Morrison", "Diana Morrison", "Peter Morrison", "Diana Morrison"]


def test_a_pronoun_takes_its_gender(speak):
    speakers, _, _ = speak("[Robert Hale|said no]. Susan Pratt listened. [He|said it twice]. [She|said yes].")
    assert [s.name for s in speakers] == ["Robert Hale", "Robert Hale", "Susan Pratt"]


@pytest.mark.parametrize(
    ("source", "name", "kind"),
    [
        ("experts", "experts", "group"),
        ("Residents of the old quarter", "Residents", "group"),
        ("Two former managers, who asked not to be named,", "Two former managers", "group"),
        ("a senior official", "senior official", "anonymous"),
        ("A State Department official", "State Department official", "anonymous"),
        ("sources", "sources", "group"),
        ("the Harbor Workers' Union", "Harbor Workers' Union", "organization"),
        ("The city council", "city council", "organization"),
        ("Ministry", "Ministry", "organization"),
        ("we", "the author", "author"),
        ("who", "unknown", "unknown"),
        ("", "unknown", "unknown"),
    ],
)
def test_kinds(speak, source, name, kind):
    speakers, _, _ = speak(f"[{source}|said that the pier was unsafe].")
    assert who(speakers) == [(name, kind)]


def test_unnamed_speakers_carry_the_article(speak):
    speakers, _, _ = speak("[experts|said so]. [a senior official|agreed]. [Ministry|denied it]. [|was asked].")
    assert [s.speaker_id for s in speakers] == [
        "group:a1:experts",
        "anonymous:a1:senior-official",
        "organization:a1:ministry",
        "unknown:a1",
    ]


def test_a_named_group_speaks_in_its_article_alone(speak):
    speakers, *_ = speak("[Republicans|said that the pier was unsafe]. [Republicans|denied that it was old].")
    assert {(s.speaker_id, s.kind) for s in speakers} == {("group:a1:republicans", "group")}


def test_both_are_the_two_named_last(speak):
    speakers, _, _ = speak("Ada Quill met Bo Lind of Corran. [Both|said that the pier was unsafe].")
    assert who(speakers) == [("Ada Quill and Bo Lind", "group")]


def test_a_document_speaks_for_the_body_that_was_named_with_it(speak):
    speakers, _, _ = speak(
        "[A report by the Harbor Safety Office|said the pier was unsafe]. Ada Quill read it. [The report|said so twice]."
    )
    assert who(speakers) == [("Harbor Safety Office", "organization")] * 2


def test_groups_and_officials_keep_the_body_that_they_speak_for(speak):
    speakers, _, _ = speak("[White House officials|said so]. [an official at the Harbor Safety Office|denied it].")
    assert [(s.kind, s.affiliation) for s in speakers] == [
        ("group", "White House"),
        ("anonymous", "Harbor Safety Office"),
    ]


def test_the_threshold_leaves_speakers_unknown(speak):
    text = "Ada Quill met Zoe Venn and Ida Voss. [She|said that the pier was unsafe]."
    assert who(speak(text)[0])[0][1] == "person"
    assert who(speak(text, threshold=0.99)[0]) == [("unknown", "unknown")]


def test_documents_speak_for_whom_they_come_from(speak):
    speakers, _, _ = speak("[A report by Robert Hale|says so]. [Susan Pratt's letter|denies it].")
    assert [s.name for s in speakers] == ["Robert Hale", "Susan Pratt"]


def test_possessives_of_bodies_are_bodies(speak):
    speakers, _, _ = speak("Robert Hale ran for mayor. [Hale’s campaign|said he had won].")
    assert who(speakers) == [("Robert Hale campaign", "organization")]


def test_who_refers_to_the_word_before(speak):
    speakers, _, _ = speak("Robert Hale, [who|said no], left. The haulers [who|sued] stayed.")
    assert who(speakers) == [("Robert Hale", "person"), ("haulers", "group")]


def test_pronouns_in_quotations_are_not_the_speaker_but_i_is(speak):
    speakers, resolution, text = speak(
        "[Susan Pratt|said “Robert Hale has lied before. He has always lied, and I know him.”|direct]"
    )
    at = {text[slice(*m.span)]: m.entity_id for m in resolution.mentions if m.form == "pronoun"}
    assert at == {"He": "person:robert-hale", "I": "person:susan-pratt", "him": "person:robert-hale"}
    assert speakers[0].name == "Susan Pratt"


def test_mentions_do_not_overlap_and_name_known_entities(speak):
    _, resolution, text = speak(
        "[President Maria Ortega of Veldania|said that she would go]. Ortega then left Veldania."
    )
    spans = [m.span for m in resolution.mentions]
    assert spans == sorted(spans) and all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
    assert {m.entity_id for m in resolution.mentions} <= {e.entity_id for e in resolution.entities}
    assert [m.form for m in resolution.mentions if text[slice(*m.span)] == "Ortega"] == ["partial name"]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("a senior fellow at the Institute for Harbor Studies", ("senior fellow", "Institute for Harbor Studies")),
        ("the former secretary of state", ("former secretary of state", None)),
        ("chief of staff of the Harbor Board", ("chief of staff", "Harbor Board")),
        ("president of the Lindholm Transport Union", ("president", "Lindholm Transport Union")),
        ("whose two sons had hoped to work", (None, None)),
        ("", (None, None)),
    ],
)
def test_descriptions(phrase, expected):
    assert split_description(phrase) == expected


def test_ids_and_names_for_comparison():
    assert slug("Ahmad al-Sharaa’s") == "ahmad-al-sharaas"
    assert slug("José Núñez") == "jose-nunez"
    assert slug("北京") == "bei-jing"
    assert normal("The U.S.") == "us"


def test_a_missing_pipeline_is_told():
    from sayso.tasks.articles import UsageError

    with pytest.raises(UsageError, match="no_such_pipeline"):
        NameFinder("no_such_pipeline")


@pytest.mark.parametrize(
    ("marked", "name", "kind"),
    [
        ("Bakery burns down\n\nA baker stood in the road. [he|I lost everything|direct].", "baker", "anonymous"),
        ("Bakery burns down\n\n[She|said the oven was old]. The fire began at four.", "unknown", "unknown"),
    ],
)
def test_a_pronoun_is_never_the_author(speak, marked, name, kind):
    speakers, _, _ = speak(marked)
    assert who(speakers) == [(name, kind)]
