"""Who is the same person across articles; every name is invented."""

import random

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.identities import Appearance, UserList, identify, load_list
from sayso.tasks.identities.appearances import relation, skeleton


def person(article, name, title=None, body=None, country=None, kind="person", aliases=()):
    speaker_id = f"{kind}:{name.lower().replace(' ', '-').replace('.', '')}"
    return Appearance(article, speaker_id, name, kind, title, body, country, aliases)


def link(people, around=None, known=None):
    """(article, name) → (person_id, reason); the order of the appearances must not matter."""
    near = {k: frozenset(v.split()) for k, v in (around or {}).items()}
    results = []
    for seed in range(4):
        shuffled = list(people)
        random.Random(seed).shuffle(shuffled)
        results.append(identify(shuffled, lambda i: near.get(i, frozenset()), known))
    assert all(r == results[0] for r in results)
    names = {(p.article_id, p.speaker_id): p.name for p in people}
    return {(r.article_id, names[r.article_id, r.speaker_id]): (r.person_id, r.reason) for r in results[0]}


def ids(found):
    return [person_id for _, (person_id, _) in sorted(found.items())]


def test_one_name_is_one_person_whatever_the_accents():
    found = link(
        [person("a", "José Núñez", "mayor"), person("b", "Jose Nunez", "former mayor"), person("c", "Ada Quill")]
    )
    assert ids(found) == ["person:jose-nunez", "person:jose-nunez", "person:ada-quill"]


def test_one_name_is_two_persons_where_title_and_company_contradict():
    people = [
        person("a", "Ada Quill", "senator", "Harbor Party"),
        person("b", "Ada Quill", "striker", "Corran Rovers"),
        person("c", "Ada Quill", "coach", "Corran Rovers"),
        person("d", "Ada Quill"),
    ]
    around = {"a": "bo senate", "b": "rovers league", "c": "rovers cup", "d": "bo senate harbor"}
    found = link(people, around)
    assert ids(found) == [
        "person:ada-quill@politics",
        "person:ada-quill@sport",
        "person:ada-quill@sport",
        "person:ada-quill@politics",
    ]


def test_a_new_title_among_the_same_names_is_the_same_person():
    people = [person("a", "Ada Quill", "professor"), person("b", "Ada Quill", "candidate")]
    assert len(set(ids(link(people, {"a": "bo lind corran", "b": "bo lind corran"})))) == 1


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("William Harker", "Bill Harker", "nickname"),
        ("Bob Harker", "Rob Harker", "nickname"),
        ("Ada M. Quill", "Ada Quill", "middle name"),
        ("Ada Marie Quill", "Ada M. Quill", "middle name"),
        ("A. Quill", "Ada Quill", "initial"),
        ("Karim al-Nasiri", "Kareem el-Nasiri", "spelling"),
        ("Hanah Lindt", "Hannah Lindt", "spelling"),
        ("Ada M. Quill", "Ada N. Quill", None),
        ("Ada Quill", "Ida Quill", None),
        ("Bo Lind", "Bo Lund", None),
        ("Bo Lind Jr.", "Bo Lind", None),
        ("Ada", "Ada Quill", None),
    ],
)
def test_how_two_names_relate(one, other, reason):
    assert relation(one, other) == relation(other, one) == reason


def test_near_names_need_company_in_common():
    people = [person("a", "William Harker"), person("b", "William Harker"), person("c", "Bill Harker")]
    common = {"a": "bo corran", "b": "bo", "c": "corran bo"}
    assert link(people, common)["c", "Bill Harker"] == ("person:william-harker", "nickname")
    strangers = {"a": "bo", "b": "bo", "c": "lind"}
    assert link(people, strangers)["c", "Bill Harker"] == ("person:bill-harker", "same name")


def test_a_name_that_could_be_two_stays_apart():
    people = [person("a", "Ada M. Quill"), person("b", "Ada N. Quill"), person("c", "Ada Quill")]
    assert len(set(ids(link(people, dict.fromkeys("abc", "bo lind corran"))))) == 3


def test_an_article_that_names_both_means_two():
    people = [person("a", "William Harker"), person("a", "Bill Harker")]
    assert len(set(ids(link(people, {"a": "bo lind corran"})))) == 2


def test_a_surname_alone_goes_to_the_one_who_is_named_among_the_same():
    people = [person("a", "Ada Quill"), person("b", "Quill"), person("c", "Quill")]
    found = link(people, {"a": "bo lind corran", "b": "bo lind corran", "c": "nobody else"})
    assert found["b", "Quill"] == ("person:ada-quill", "surname")
    assert found["c", "Quill"] == ("person:quill@c", "name of one word")
    two = [*people, person("d", "Ida Quill")]
    assert link(two, dict.fromkeys("abcd", "bo lind corran"))["b", "Quill"][0] == "person:quill@b"


def test_bodies_and_their_initials():
    people = [
        person("a", "Harbor Safety Office", kind="organization", aliases=("HSO",)),
        person("b", "HSO", kind="organization"),
        person("c", "The Harbor Safety Office", kind="organization"),
    ]
    assert len(set(ids(link(people)))) == 1


def test_what_transliterations_share():
    assert skeleton("al-Sharaa") == skeleton("el-Shara") == skeleton("Sharah")
    assert skeleton("Lind") != skeleton("Lund")


# The user's list


@pytest.fixture
def listed(tmp_path):
    def load(text):
        path = tmp_path / "speakers.toml"
        path.write_text(text, encoding="utf-8")
        return load_list(path)

    return load


def test_the_list_merges_names_and_gives_ids(listed):
    known = listed('[[speaker]]\nname = "Ada Quill"\nid = "Q17"\naliases = ["A. M. Q.", "The Harbor Lady"]')
    found = link([person("a", "ada quill"), person("b", "The Harbor Lady"), person("c", "Bo Lind")], known=known)
    assert found["a", "ada quill"] == found["b", "The Harbor Lady"] == ("Q17", "listed")


def test_the_list_keeps_names_apart(listed):
    people = [person("a", "William Harker"), person("b", "Bill Harker"), person("c", "Harker")]
    around = dict.fromkeys("abc", "bo lind corran")
    assert len(set(ids(link(people, around)))) == 1
    known = listed('[[apart]]\nnames = ["Bill Harker", "William Harker", "Harker"]')
    assert len(set(ids(link(people, around, known)))) == 3


def test_the_list_sets_the_namesake_of_some_articles_apart(listed):
    people = [person(i, "Ada Quill") for i in "abc"]
    known = listed('[[apart]]\nname = "Ada Quill"\narticles = ["b"]')
    found = ids(link(people, dict.fromkeys("abc", "bo"), known))
    assert found[0] == found[2] != found[1]
    named = listed('[[speaker]]\nname = "Ada Quill"\nid = "Q2"\narticles = ["b"]')
    assert ids(link(people, known=named)) == ["person:ada-quill", "Q2", "person:ada-quill"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[speaker]]\nid = 'Q1'", "speaker 1 has no name"),
        ("[[speaker]]\nname = '.'", "speaker 1 .* it must be a name"),
        ("[[speaker]]\nname = 'Ada'\ncolour = 1", r"speaker 1 \(Ada\) has no setting 'colour'; there are name, id, "),
        ("[[speaker]]\nname = 'Ada'\nkind = 'ship'", "kind is 'ship'; it must be person or organization"),
        ("[[speaker]]\nname = 'Ada'\nid = 'Q 1'", "without spaces"),
        ("[[speaker]]\nname = 'Ada'\nid = 1", "id is 1; it must be a text"),
        ("[[speaker]]\nname = 'Ada'\naliases = 'A.'", "a list of texts"),
        ("[[speaker]]\nname = 'Ada'\narticles = []", "a list that is not empty"),
        ("[[speaker]]\nname = 'Ada'\n[[speaker]]\nname = 'Bo'\naliases = ['ada']", "listed for 'Ada' and for 'Bo'"),
        (
            "[[speaker]]\nname = 'Ada'\nid = 'Q1'\n[[speaker]]\nname = 'Bo'\nid = 'Q1'",
            "'Ada' and 'Bo' both have the id 'Q1'",
        ),
        (
            "[[speaker]]\nname = 'Ada'\narticles = ['a']\n[[speaker]]\nname = 'Ada'\narticles = ['b']",
            "'Ada' and 'Ada' both have the id 'person:ada'",
        ),
        ("[speaker]\nname = 'Ada'", "two brackets"),
        ("[[apart]]\nnames = ['Ada']", "apart 1 needs names = .two or more names"),
        ("[[apart]]\nnames = ['Ada', 'Bo']\narticles = ['a']", "two or more names"),
        ("[[apart]]\nname = 'Ada'", "a name with articles"),
        ("[[people]]\nname = 'Ada'", r"unknown table \[\[people\]\]; there are \[\[speaker\]\], \[\[apart\]\]"),
        ("name =", "not valid TOML"),
    ],
)
def test_a_wrong_list_is_told(listed, text, message):
    with pytest.raises(UsageError, match=message):
        listed(text)


def test_no_list_is_an_empty_list(tmp_path):
    assert load_list(tmp_path / "speakers.toml") == UserList()
