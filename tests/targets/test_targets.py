import dataclasses

import pytest

from sayso.tasks.articles import Article, Entity, Mention, Resolution, Span, Statement, UsageError
from sayso.tasks.reading.layout import paragraphs_of, read_layout
from sayso.tasks.settings import Targets
from sayso.tasks.targets import ConfiguredTarget, find_targets, load_targets
from sayso.tasks.text.spans import outside

TEXT = (
    "A Pier Divides a Town\n\n"
    "Ada Quill said that Bo Lind wanted the harbor toll. Lind denied that he wanted the Harbor toll.\n\n"
    "Corran is far from here, and Quill has never seen Corran."
)


def setup(content=(50, 83), speaker="person:ada-quill"):
    layout = read_layout(TEXT)
    article = Article("a", "u", "0", layout.title, TEXT, paragraphs_of(layout))
    names = {
        "Ada Quill": "person:ada-quill",
        "Quill": "person:ada-quill",
        "Bo Lind": "person:bo-lind",
        "Lind": "person:bo-lind",
        "Corran": "place:corran",
    }
    mentions, at = {}, 0
    for name in sorted(names, key=len, reverse=True):
        at = 0
        while (at := TEXT.find(name, at)) >= 0:
            span = Span(at, at + len(name))
            if not any(span.overlaps(s) for s in mentions):
                mentions[span] = Mention(span, names[name], "name")
            at += 1
    entities = (
        Entity("person:ada-quill", "Ada Quill", "person"),
        Entity("person:bo-lind", "Bo Lind", "person"),
        Entity("place:corran", "Corran", "place"),
    )
    start = TEXT.index("that Bo Lind")
    statement = Statement((Span(start, TEXT.index(". Lind")),), None, None, "indirect", 0.9)
    return (
        article,
        [statement],
        Resolution((speaker,), (), entities, tuple(sorted(mentions.values(), key=lambda m: m.span))),
    )


def test_entities_in_the_content_are_targets_but_not_the_speaker():
    found = find_targets(*setup(), (), Targets())
    assert [t.target_id for t in found.targets] == ["person:ada-quill", "person:bo-lind", "place:corran"]
    assert [t.target_id for t in found.of_statements[0]] == ["person:bo-lind"]
    found = find_targets(*setup(speaker="person:bo-lind"), (), Targets())
    assert found.of_statements == ((),)


def test_paragraphs_have_the_targets_of_the_authors_own_words():
    found = find_targets(*setup(), (), Targets(per_paragraph=1))
    assert [t.target_id for t in found.of_paragraphs[1]] == ["person:ada-quill"]
    assert [t.target_id for t in found.of_paragraphs[2]] == ["place:corran"]


def test_configured_issues_come_first_wherever_they_occur():
    toll = ConfiguredTarget("harbor toll", "issue")
    found = find_targets(*setup(), (toll,), Targets(per_statement=1))
    assert [t.target_id for t in found.of_statements[0]] == ["issue:harbor-toll"]
    (target,) = (t for t in found.targets if t.kind == "issue")
    assert (target.origin, target.entity_type, len(target.mentions)) == ("configured", None, 2)
    assert [m.form for m in found.mentions] == ["name", "name"]


def test_a_configured_entity_takes_the_place_of_the_discovered_one():
    lind = ConfiguredTarget("Bo Lind", "entity", ("the man from the quay",))
    found = find_targets(*setup(), (lind,), Targets())
    (target,) = (t for t in found.targets if t.target_id == "person:bo-lind")
    assert target.origin == "configured" and target.entity_type == "person"


@pytest.mark.parametrize("entity_type", [None, "person"])
def test_a_configured_entity_has_no_second_target_beside_it(entity_type):
    article, statements, resolution = setup()
    twice = (*resolution.entities, Entity("organization:lind", "Lind", "organization"))
    mentions = [
        dataclasses.replace(m, entity_id="organization:lind") if TEXT[m.span.start : m.span.end] == "Lind" else m
        for m in resolution.mentions
    ]
    resolution = dataclasses.replace(resolution, entities=twice, mentions=tuple(mentions))
    wanted = ConfiguredTarget("Bo Lind", "entity", ("Lind",), entity_type)
    found = find_targets(article, statements, resolution, (wanted,), Targets(min_mentions=1))
    (target,) = (t for t in found.targets if "lind" in t.target_id)
    assert (target.target_id, target.origin, len(target.mentions)) == ("person:bo-lind", "configured", 2)
    only = dataclasses.replace(resolution, entities=twice[:1] + twice[3:], speaker_ids=("organization:lind",))
    found = find_targets(article, statements, only, (wanted,), Targets(min_mentions=1))
    assert [t.target_id for t in found.targets if "lind" in t.target_id] == ["organization:lind"]
    assert found.of_statements == ((),)  # it speaks itself


def test_a_group_is_no_target_of_what_it_says_itself():
    article, statements, resolution = setup(speaker="group:a:corran")
    group = Entity("group:corran", "Corran", "group")
    mentions = tuple(
        dataclasses.replace(m, span=Span(60, 66), entity_id=group.entity_id) if m.entity_id == "place:corran" else m
        for m in resolution.mentions
    )
    resolution = dataclasses.replace(resolution, entities=(group,), mentions=mentions)
    found = find_targets(article, statements, resolution, (), Targets())
    assert [t.target_id for t in found.targets] == ["group:corran"] and found.of_statements == ((),)


def test_a_configured_target_that_nobody_mentions_is_not_there():
    other = (ConfiguredTarget("moon", "issue"), ConfiguredTarget("Zed Zulu", "entity"))
    assert all(t.origin == "discovered" for t in find_targets(*setup(), other, Targets()).targets)


def test_a_configured_entity_that_the_recogniser_missed():
    quay = ConfiguredTarget("never seen", "entity", entity_type="place")
    (target,) = (t for t in find_targets(*setup(), (quay,), Targets()).targets if t.origin == "configured")
    assert (target.target_id, target.entity_type) == ("place:never-seen", "place")


def test_aliases_are_whole_words_and_capitals_count_in_short_forms():
    target = ConfiguredTarget("US", "entity", ("harbor toll", "toll"))
    assert [slice_.start for slice_ in target.occurrences("us, US; tolls, the Harbor\ntoll and toll")] == [4, 19, 35]
    assert [s.start for s in ConfiguredTarget("C", "issue").occurrences("C++ or C#, not C; C+D")] == [15, 18]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"there is no \[\[target\]\] table"),
        ("[target]\nname = 'x'", r"write \[\[target\]\], with two brackets"),
        ("[[targets]]\nname = 'x'\n[[target]]\nname = 'x'", r"unknown table \[\[targets\]\]; there is \[\[target\]\]"),
        ("[[target]]\nkind = 'issue'", "target 1 has no name"),
        ("[[target]]\nname = ' '", "target 1 name is ' '; it must be a text that is not blank"),
        ("[[target]]\nname = 'x'\nkind = 'person'", r"target 1 \(x\) kind is 'person'; it must be entity or issue"),
        ("[[target]]\nname = 'x'\ncolour = 'red'", "no setting 'colour'; there are name, kind, aliases, entity_type"),
        ("[[target]]\nname = 'x'\naliases = 'y'", "aliases is 'y'; it must be a list of texts"),
        ("[[target]]\nname = 'x'\naliases = ['y', '']", "aliases 2 is ''"),
        (
            "[[target]]\nname = 'x'\nentity_type = 'place'",
            r"target 1 \(x\) is an issue, and entity_type is for entities",
        ),
        ("[[target]]\nname = 'x'\nkind = 'entity'\nentity_type = 'city'", "person, organization, place or group"),
        ("[[target]]\nname = 'x'\n[[target]]\nname = 'X'", "the target 'X' is there twice"),
        (
            "[[target]]\nname = 'Plan B'\n[[target]]\nname = 'Plan B!'",
            "'Plan B' and 'Plan B!' would both be issue:plan-b",
        ),
        ("name = ", "not valid TOML"),
    ],
)
def test_wrong_target_files_are_told(tmp_path, content, message):
    path = tmp_path / "targets.toml"
    path.write_text(content)
    with pytest.raises(UsageError, match=message):
        load_targets(path)


def test_target_files(tmp_path):
    path = tmp_path / "targets.toml"
    path.write_text("[[target]]\nname = 'toll'\n[[target]]\nname = 'Bo Lind'\nkind = 'entity'\naliases = ['Lind']")
    assert load_targets(path) == (ConfiguredTarget("toll", "issue"), ConfiguredTarget("Bo Lind", "entity", ("Lind",)))
    assert load_targets(None) == ()


def test_names_that_differ_by_a_sign_or_a_script_are_targets_of_their_own(tmp_path):
    path = tmp_path / "targets.toml"
    names = ["C++", "C#", "Plan B", "Plan B+", "Закон о мостах (2020)", "Закон о паромах (2020)"]
    path.write_text("".join(f"[[target]]\nname = '{name}'\n" for name in names), encoding="utf-8")
    text = "Ada Quill prefers C++ to C# and Plan B+ to Plan B."
    article = Article("a", "u", "0", "", text, paragraphs_of(read_layout(text)))
    found = find_targets(article, [], Resolution((), (), (), ()), load_targets(path), Targets())
    assert [t.target_id for t in found.targets] == [
        "issue:c-plus-plus",
        "issue:c-sharp",
        "issue:plan-b",
        "issue:plan-b-plus",
    ]
    assert len({t.target_id for t in load_targets(path)}) == len(names)


def test_an_issue_and_an_entity_may_be_alike(tmp_path):
    path = tmp_path / "targets.toml"
    path.write_text("[[target]]\nname = 'Quay'\n[[target]]\nname = 'Quay!'\nkind = 'entity'")
    assert [t.target_id for t in load_targets(path)] == ["issue:quay", "entity:quay"]


def test_what_is_left_outside():
    assert outside(Span(0, 10), [Span(2, 4), Span(3, 5), Span(9, 12)]) == [Span(0, 2), Span(5, 9)]
    assert outside(Span(0, 4), [Span(0, 4)]) == []
