"""Who is the same person across articles; every name is invented."""

import random

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.identities import Earlier, Kept, Name, UserList, identify, load_list
from sayso.tasks.identities.evidence import EVIDENCE, PRIOR
from sayso.tasks.identities.names import relation, skeleton
from sayso.tasks.identities.titles import fields_of


def person(article, name, title=None, body=None, country=None, kind="person", aliases=()):
    speaker_id = f"{kind}:{name.lower().replace(' ', '-').replace('.', '')}"
    return Name(article, speaker_id, name, kind, title, body, country, aliases)


def link(people, around=None, known=None):
    """(article, name) → (person_id, reason); the order of the appearances must not matter."""
    near = {k: frozenset(v.split()) for k, v in (around or {}).items()}
    results = []
    for seed in range(4):
        shuffled = list(people)
        random.Random(seed).shuffle(shuffled)
        results.append(identify(shuffled, lambda i: near.get(i, frozenset()), known)[0])
    assert all(r == results[0] for r in results)
    names = {p.at: p.name for p in people}
    return {(r.article_id, names[r.article_id, r.local_id]): (r.entity_id, r.reason) for r in results[0]}


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
        "person:ada-quill",
        "person:ada-quill@b",
        "person:ada-quill@b",
        "person:ada-quill",
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CEO", "chief executive officer"),
        ("CEO", "managing director"),
        ("attorney general", "candidate for governor"),
        ("executive director", "president"),
        ("press secretary", "communications director"),
        ("surgeon", "senator"),
    ],
)
def test_one_bearer_of_a_rare_name_has_many_titles(one, other):
    people = [person("a", "Ada Quill", one), person("b", "Ada Quill", other)]
    assert ids(link(people)) == ["person:ada-quill"] * 2


def test_titles_say_several_fields():
    assert fields_of("Chief Executive Officer") == fields_of("co-founder") == {"business"}
    assert fields_of("attorney general") == {"politics", "law"}
    assert fields_of("campaign director") == fields_of("") == set()


def test_no_evidence_is_worth_just_what_a_prior_is():
    assert all(p + e != 0 for p in PRIOR.values() for e in (0, *EVIDENCE.values()))


def test_targets_are_who_speaks_elsewhere():
    people = [person(i, "Ada Quill") for i in "abc"] + [person("d", "Ada M. Quill"), person("e", "Quill")]
    around = dict.fromkeys("abcde", "bo lind corran")
    assert set(ids(link(people, around))) == {"person:ada-quill"}


def test_places_and_bodies_of_one_name_are_one():
    people = [person("a", "Harbor House", kind="place"), person("b", "Harbor House", kind="organization")]
    assert len(set(ids(link(people)))) == 1


# Nights: a lake that grows


def world():
    """Articles of a town: variants, namesakes, surnames alone, bodies; and what each names."""
    people, around = [], {}

    def article(i, company, *names):
        around[i] = frozenset(company.split())
        people.extend(person(i, *name) if isinstance(name, tuple) else person(i, name) for name in names)

    for n in range(40):
        article(f"h{n:02}", "bo lind corran senate", ("William Harker", "senator"), "Ada M. Quill")
        article(f"b{n:02}", "bo lind corran", "Bill Harker" if n % 4 else "Harker", "Ada Quill")
        article(f"s{n:02}", "rovers league cup", ("Ada Quill", "striker", "Corran Rovers"), "Zed Okoro")
        body = "HSO" if n % 2 else "Harbor Safety Office"
        aliases = () if n % 2 else ("HSO",)
        article(f"o{n:02}", f"quay{n}", (body, None, None, None, "organization", aliases), f"Nobody Number{n}")
    return people, around


def grow(people, around, nights, known=None):
    """identities and redirects after several nights, each with all names there are by then."""
    lake, rows, redirects, earlier = [], [], {}, Earlier()
    for night in nights:
        lake += [p for p in people if p.article_id in night]
        rows, redirects = identify(lake, lambda i: around[i], known, earlier)
        earlier = Earlier({(r.article_id, r.local_id): Kept(r.entity_id, r.reason) for r in rows}, redirects)
    return {(r.article_id, r.local_id): r.entity_id for r in rows}, redirects


def partition(found):
    groups = {}
    for at, entity_id in found.items():
        groups.setdefault(entity_id, set()).add(at)
    return sorted(map(sorted, groups.values()))


@pytest.mark.parametrize("seed", range(5))
def test_ids_stay_as_a_lake_grows_in_any_order(seed):
    people, around = world()
    articles = sorted(around)
    random.Random(9).shuffle(articles)
    first, later = articles[:80], articles[80:]
    before, _ = grow(people, around, [first])
    random.Random(seed).shuffle(later)
    after, redirects = grow(people, around, [first, *(later[i::10] for i in range(10))])
    assert {at: after[at] for at in before} == before and not redirects
    assert partition(after) == partition(grow(people, around, [articles])[0])


def test_the_same_names_again_change_nothing():
    people, around = world()
    once = grow(people, around, [sorted(around)])
    assert grow(people, around, [sorted(around), [], []]) == once


def test_a_smaller_article_id_and_a_namesake_change_no_id():
    people = [person("b2", "Quill"), person("b2", "Ada Lind", "senator", "Harbor Party")]
    around = {"b2": frozenset("x y z".split()), "a1": frozenset("x y z".split()), "a0": frozenset(["cup"])}
    people += [person("a1", "Quill"), person("a0", "Ada Lind", "striker", "Corran Rovers")]
    found, _ = grow(people, around, [["b2"], ["a1", "a0"]])
    assert found["b2", "person:quill"] == "person:quill@b2"
    assert found["b2", "person:ada-lind"] == "person:ada-lind"
    assert found["a0", "person:ada-lind"] == "person:ada-lind@a0"


def test_a_merge_leaves_a_redirect():
    people = [person("a", "William Harker"), person("b", "Bill Harker"), person("c", "Bill Harker")]
    around = {
        "a": frozenset("bo lind corran".split()),
        "b": frozenset(["zed"]),
        "c": frozenset("bo lind corran".split()),
    }
    apart, _ = grow(people, around, [["a", "b"]])
    assert set(apart.values()) == {"person:william-harker", "person:bill-harker"}
    found, redirects = grow(people, around, [["a", "b"], ["c"]])
    (kept,) = set(found.values())
    assert redirects == {"person:william-harker": kept} or redirects == {"person:bill-harker": kept}


def test_initials_that_stand_for_one_body_make_no_other_one_with_it():
    body = {"kind": "organization"}
    people = [person("a", "Harbor Safety Office", aliases=("HSO",), **body), person("b", "HSO", **body)]
    people += [person("c", "Home Stay Order", aliases=("HSO",), **body)]
    around = dict.fromkeys("abc", frozenset())
    found, redirects = grow(people, around, [["a", "b"], ["c"]])
    assert found["b", "organization:hso"] == found["a", "organization:harbor-safety-office"] and not redirects
    assert found["c", "organization:home-stay-order"] == "organization:home-stay-order"


# Anchors


def test_listing_a_person_keeps_their_nicknames(listed):
    people = [person("a", "William Harker"), person("b", "Bill Harker", "senator"), person("c", "Bill Harker")]
    around = dict.fromkeys("abc", "bo lind corran")
    known = listed('[[speaker]]\nname = "William Harker"\nid = "Q7"')
    assert set(ids(link(people, around, known))) == {"Q7"}
    near = {k: frozenset(v.split()) for k, v in around.items()}
    rows, _ = identify(people, near.get)
    earlier = Earlier({(r.article_id, r.local_id): Kept(r.entity_id, r.reason) for r in rows})
    rows, redirects = identify(people, near.get, known, earlier)
    assert {r.entity_id for r in rows} == {"Q7"} and set(redirects.values()) == {"Q7"}


def test_names_set_apart_by_the_list_part_what_was_linked(listed):
    people = [person("a", "William Harker"), person("b", "Bill Harker")]
    near = dict.fromkeys("ab", frozenset("bo lind corran".split()))
    rows, _ = identify(people, near.get)
    earlier = Earlier({(r.article_id, r.local_id): Kept(r.entity_id, r.reason) for r in rows})
    known = listed('[[apart]]\nnames = ["Bill Harker", "William Harker"]')
    rows, _ = identify(people, near.get, known, earlier)
    assert len({r.entity_id for r in rows}) == 2


def test_a_configured_entity_is_one_whatever_each_article_took_it_for():
    local = ["person:lena-okafor", "person:okafor", "organization:okafor", "entity:lena-okafor"]
    names = [
        Name(article, i, "Lena Okafor", i.split(":")[0], configured="Lena Okafor")
        for article, i in zip("abcd", local, strict=True)
    ]
    rows, _ = identify([*names, person("e", "Lena Okafor")], lambda i: frozenset())
    assert {(r.entity_id, r.entity_name) for r in rows} == {("person:lena-okafor", "Lena Okafor")}


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
