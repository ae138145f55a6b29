"""Cluster the names of an article into entities; find every place where they are named."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sayso.tasks.articles import Article, Entity, EntityType, Mention, Span
from sayso.tasks.speakers.corrections import correct, is_plain_word
from sayso.tasks.speakers.names import Name
from sayso.tasks.text.english.lexicon import (
    FEMALE_NAMES,
    FUNCTION_WORDS,
    HONORIFICS,
    MALE_NAMES,
    PARTY_WORDS,
    PLURAL_PEOPLE,
    ROLES,
    SUFFIXES,
    TITLES,
)
from sayso.tasks.text.names import normal, person_words, slug
from sayso.tasks.text.spans import SpanIndex

_EDGE = " \t\n\"“”‘’'`[](){}<>,;:.–—-*_"
_POSSESSIVE = re.compile(r"[’']s?$")
_PARTICLE = re.compile(r"^(al|el|de|van|von|bin|ibn|da|di|del|la|le|abu)$", re.IGNORECASE)
_STATE = re.compile(r"\((?:[DRI]-)?$")  # "Sen. Ada Quill (R-Fla.)"
_NOT_FIRST = HONORIFICS | ROLES | PARTY_WORDS | FUNCTION_WORDS
_COUNTRIES = {
    "us": "United States",
    "usa": "United States",
    "united states of america": "United States",
    "america": "United States",
    "uk": "United Kingdom",
    "britain": "United Kingdom",
    "great britain": "United Kingdom",
    "uae": "United Arab Emirates",
}


@dataclass(slots=True)
class Cluster:
    """An entity in the making: how often the article uses each form of its name."""

    type: EntityType
    name: str
    forms: Counter[str] = field(default_factory=Counter)
    entity_id: str = ""


@dataclass(frozen=True, slots=True)
class NamedEntities:
    """Entities of an article, and the spans that name them, in order of position.

    Attributes:
        shared: spans that several entities could bear ("Morrison" of two), with their ids.
    """

    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]
    shared: tuple[tuple[Span, tuple[str, ...]], ...] = ()


def _trim(text: str, start: int, end: int) -> Span | None:
    """The name itself: brackets, quotation marks, "the", the possessive and what is on the next line left off."""
    piece = text[start:end].split("\n")[0]
    end = start + len(piece)
    while start < end and text[start] in _EDGE:
        start += 1
    if text[start:end].lower().startswith("the "):
        start += 4
    while start < end and text[end - 1] in _EDGE and not _is_initial(text, start, end):
        end -= 1
    match = _POSSESSIVE.search(text[start:end])
    if match and match.start() > 1:
        end = start + match.start()
    return Span(start, end) if end - start > 1 else None


def _is_initial(text: str, start: int, end: int) -> bool:
    return text[end - 1] == "." and bool(re.search(r"(?:\b[A-Za-z]\.)+$|\b(?:Jr|Sr)\.$", text[start:end]))


def _person_span(text: str, span: Span) -> Span | None:
    """A person's span without titles before the name."""
    start = span.start
    for word in re.finditer(r"\S+", text[span.start : span.end]):
        plain = word.group().strip(".,").lower()
        if plain in ("los", "las"):
            return None  # a title in Spanish
        if plain not in _NOT_FIRST:
            start = span.start + word.start()
            break
    else:
        return None
    return Span(start, span.end) if span.end - start > 1 else None


def find_entities(article: Article, names: Sequence[Name]) -> NamedEntities:
    """Entities of one article from the names that a recogniser found in it."""
    spans = _clean_spans(article, correct(article, names))
    spans = _without_shown_titles(article.text, spans)
    clusters = _cluster(article.text, spans)
    mentions, shared = _locate(article, clusters, spans)
    used = {m.entity_id for m in mentions}
    aliases: dict[str, set[str]] = defaultdict(set)
    for m in mentions:
        aliases[m.entity_id].add(article.text[m.span.start : m.span.end])
    entities = [
        Entity(c.entity_id, c.name, c.type, tuple(sorted(aliases[c.entity_id] - {c.name})))
        for c in clusters
        if c.entity_id in used
    ]
    ids = {e.entity_id for e in entities}
    possible = [(span, tuple(i for i in candidates if i in ids)) for span, candidates in shared]
    return NamedEntities(tuple(sorted(entities, key=lambda e: e.entity_id)), tuple(mentions), tuple(possible))


def _clean_spans(article: Article, names: Sequence[Name]) -> list[tuple[Span, EntityType]]:
    text, spans = article.text, []
    title = next((p for p in article.paragraphs if p.role == "title"), None)
    sentence = title is not None and text[title.start : title.end].rstrip("”\"’'").endswith(".")
    for name in names:
        span = _trim(text, name.start, name.end)
        if span is None or article.is_boilerplate(span.start):
            continue
        kind = name.type
        if kind == "person":
            span = _person_span(text, span)
            span = span and _without_stray_word(text, span)
        if span is None or not re.search(r"[^\W\d_]", text[span.start : span.end]):
            continue
        piece = text[span.start : span.end]
        if _STATE.search(text[max(0, span.start - 3) : span.start]) and text[span.end : span.end + 2] in (".)", ")"):
            continue
        if kind == "person" and " " not in piece and _is_no_name(text, piece):
            continue
        if piece[0].islower() and kind != "person":
            continue
        # Headlines capitalise what is no name: there, only names that the body repeats. A full stop ends no headline.
        if title and title.start <= span.start < title.end and not sentence and piece not in text[title.end :]:
            continue
        spans.append((span, kind))
    return spans


def _without_shown_titles(text: str, spans: list[tuple[Span, EntityType]]) -> list[tuple[Span, EntityType]]:
    """Names of "Bishop Quill", whatever type they got, cut to the surname where the text has "Bishop Ada Quill"."""
    full = [span for span, kind in spans if kind == "person" and " " in text[slice(*span)]]
    shown = {
        f"{before[1]} {_surname(text[slice(*span)])}"
        for span in full
        if (before := re.search(r"\b([A-Z][\w-]+) $", text[max(0, span.start - 30) : span.start]))
    }
    return [
        (Span(span.start + text[slice(*span)].index(" ") + 1, span.end), "person")
        if text[slice(*span)] in shown
        else (span, kind)
        for span, kind in spans
    ]


def _without_stray_word(text: str, span: Span) -> Span:
    """The name of "Certainly Ada Quill" after a quotation mark, of "Bo Lind Hints Quill" and "Quill Wants": a word that
    stands with this name but once, where the rest is named again and again."""
    piece = text[span.start : span.end]
    name, _, last = piece.rpartition(" ")
    if name and text.count(piece) == 1 and text.count(name) > 2 and is_plain_word(text, last.lower()):
        return Span(span.start, span.start + len(name))
    first, _, rest = piece.partition(" ")
    before = re.search(r"(?:[“\"‘'’]|\b([A-Z][a-z]+) )$", text[max(0, span.start - 20) : span.start])
    if not rest or not before or (before[1] or "").lower() in _NOT_FIRST or first.lower() in MALE_NAMES | FEMALE_NAMES:
        return span
    return Span(span.end - len(rest), span.end) if text.count(piece) == 1 and text.count(rest) > 2 else span


def _is_no_name(text: str, word: str) -> bool:
    """Whether one capitalised word that was taken for a person is a plain word of the article, or a family."""
    plain = word.lower()
    if plain in FUNCTION_WORDS | ROLES or plain in PLURAL_PEOPLE:
        return True
    if is_plain_word(text, plain):
        return True
    return plain.endswith("s") and bool(re.search(rf"\b{re.escape(word[:-1])}\b(?![’'])", text))


def _cluster(text: str, spans: list[tuple[Span, EntityType]]) -> list[Cluster]:
    """Names that are one entity, put together."""
    forms: dict[EntityType, Counter[str]] = defaultdict(Counter)
    for span, kind in spans:
        forms[kind][" ".join(text[span.start : span.end].split())] += 1
    persons = _cluster_persons(forms["person"])
    known = {w for c in persons for w in (normal(c.name), person_words(c.name)[-1], normal(_surname(c.name)))}
    surnames = {w for c in persons for w in _first_surnames(c.name)}
    clusters = persons
    for kind in ("organization", "place", "group"):
        rest = Counter(
            {
                f: n
                for f, n in forms[kind].items()
                if normal(f) not in known
                and "-".join(person_words(f)) not in known
                and not (kind == "organization" and normal(f) in surnames)
            }
        )
        clusters += _cluster_others(kind, rest, text)
    return _one_type_a_name(clusters)


def _cluster_persons(forms: Counter[str]) -> list[Cluster]:
    full = sorted((f for f in forms if len(person_words(f)) > 1), key=lambda f: (-len(person_words(f)), f))
    clusters: list[Cluster] = []
    by_word: dict[str, list[Cluster]] = defaultdict(list)  # first and last words, and those of longer names
    for form in full:
        words = person_words(form)
        near = {id(c): c for word in (words[0], words[-1]) for c in by_word[word]}.values()
        same = [
            c
            for c in near
            if _same_person(words, person_words(c.name)) and len({_generation(form), _generation(c.name), ""}) < 3
        ]
        if len(same) != 1:
            same = [Cluster("person", form)]
            clusters += same
            for word in set(words):
                by_word[word] += same
        same[0].forms[form] += forms[form]
    ends = {person_words(c.name)[i] for c in clusters for i in (0, -1)}
    ends |= {word for c in clusters for word in _first_surnames(c.name)}
    for form in sorted(f for f in forms if len(person_words(f)) == 1):
        if person_words(form)[0] not in ends:
            clusters.append(Cluster("person", form, Counter({form: forms[form]})))
    return clusters


def _same_person(words: tuple[str, ...], fuller: tuple[str, ...]) -> bool:
    """Whether a name is a fuller one without its middle, its first name ("Wasserman Schultz") or its second surname."""
    n = len(words)
    ends = words[-1] == fuller[-1] and _same_first(fuller[0], words[0])
    return ends or (n < len(fuller) and words in (fuller[:n], fuller[-n:]))


def _generation(name: str) -> str:
    """ "jr" of "Bo Quill Jr.", empty where the name states none."""
    last = name.split()[-1].strip(".,").lower()
    return last if last in ("jr", "sr", "ii", "iii", "iv") else ""


def _same_first(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _cluster_others(kind: EntityType, forms: Counter[str], text: str) -> list[Cluster]:
    clusters: dict[str, Cluster] = {}
    ordered = sorted(forms, key=lambda f: (-len(f), f))
    for form in ordered:
        key = normal(form)
        name = _COUNTRIES.get(key, form) if kind == "place" else form
        key = normal(name)
        if kind == "organization" and key not in clusters:
            key = next((k for k, c in clusters.items() if _same_body(form, c.name, text)), key)
        cluster = clusters.setdefault(key, Cluster(kind, name))
        cluster.forms[form] += forms[form]
    for cluster in clusters.values():
        if cluster.name in cluster.forms:
            alike = [f for f in cluster.forms if normal(f) == normal(cluster.name)]
            cluster.name = max(alike, key=lambda f: (cluster.forms[f], f))
    return list(clusters.values())


def _same_body(short: str, full: str, text: str) -> bool:
    """Whether `short` stands for the organization `full`: its initials, or its first words."""
    words = re.findall(r"[^\W_]+", full)
    letters = "".join(w[0] for w in words if w[0].isupper())
    compact = short.replace(".", "")
    if len(compact) >= 2 and compact.isupper() and len(words) > 1:
        return compact == letters or f"{full} ({short})" in text
    return len(short.split()) >= 2 and normal(full).startswith(normal(short) + " ")


def _one_type_a_name(clusters: list[Cluster]) -> list[Cluster]:
    """A name that the recogniser typed in two ways is one entity of the type it had more often."""
    by_name: dict[str, Cluster] = {}
    for cluster in clusters:
        key = normal(cluster.name)
        other = by_name.get(key)
        if other is None:
            by_name[key] = cluster
            continue
        winner, loser = (other, cluster) if other.forms.total() >= cluster.forms.total() else (cluster, other)
        winner.forms += loser.forms
        by_name[key] = winner
    for cluster in by_name.values():
        cluster.entity_id = f"{cluster.type}:{slug(re.sub('^[Tt]he ', '', cluster.name))}"
    return sorted(by_name.values(), key=lambda c: c.entity_id)


def _locate(
    article: Article, clusters: list[Cluster], spans: list[tuple[Span, EntityType]]
) -> tuple[list[Mention], list[tuple[Span, list[str]]]]:
    """Every place that names an entity: what the recogniser found, and what it missed elsewhere in the text.

    Places that could name several come second, with the ids of those.
    """
    exact: dict[str, list[Cluster]] = defaultdict(list)
    partial: dict[str, list[Cluster]] = defaultdict(list)
    patterns: set[str] = set()
    for cluster in clusters:
        for form in cluster.forms:
            exact[normal(form)].append(cluster)
            patterns.add(form)
        if cluster.type == "person":
            words = person_words(cluster.name)
            if len(words) > 1:
                for word in {words[-1], words[0], *_first_surnames(cluster.name)}:
                    partial[word].append(cluster)
                surname = _surname(cluster.name)
                if len(surname) > 2:
                    patterns |= {surname, surname.upper()}
    found = SpanIndex(dict.fromkeys(span for span, _ in spans))
    for span in _search(article, patterns):
        if not found.overlapping(span):
            found.add(span)
    mentions: list[Mention] = []
    shared: list[tuple[Span, list[str]]] = []
    end = 0
    for span in found:
        if span.start < end:
            continue
        piece = article.text[span.start : span.end]
        words = person_words(piece)
        candidates = exact.get(normal(piece)) or (partial.get(words[0], []) if len(words) == 1 else [])
        if not candidates and words:
            candidates = [
                c
                for c in partial.get(words[-1], [])
                if _same_first(person_words(c.name)[0], words[0]) or person_words(c.name)[-len(words) :] == words
            ]
        if len(candidates) > 1 and (generation := _generation(piece)):
            candidates = [c for c in candidates if _generation(c.name) == generation] or candidates
        if len(candidates) > 1:
            shared.append((span, [c.entity_id for c in candidates]))
        elif candidates:
            cluster = candidates[0]
            whole = normal(piece) == normal(cluster.name) or (len(words) > 1 and cluster.type == "person")
            mentions.append(Mention(span, cluster.entity_id, "name" if whole else "partial name"))
        end = span.end if candidates else end
    return mentions, shared


def _first_surnames(name: str) -> tuple[str, ...]:
    """ "ortega" of "Luis Ortega Salcedo", "mutlaq" of "Faisal al-Mutlaq": what may stand for the whole name."""
    words = person_words(name)
    middle = [w for w in words[1:-1] if len(w) > 3 and w not in MALE_NAMES | FEMALE_NAMES and not _PARTICLE.match(w)]
    return (*middle, *(w.split("-", 1)[1] for w in words[1:] if re.match(r"(?:al|el)-", w)))


def _surname(name: str) -> str:
    words = [w for w in name.split() if w.strip(".,").lower() not in SUFFIXES]
    if re.search(r"-[a-z]", words[-1]) and len(words) == 2:
        return words[0]  # "Yun Seo-jin" is Yun
    surname = words[-1]
    if len(words) > 2 and _PARTICLE.match(words[-2]):
        surname = f"{words[-2]} {surname}"
    return surname


def _search(article: Article, patterns: set[str]) -> list[Span]:
    if not patterns:
        return []
    ordered = sorted(patterns, key=lambda p: (-len(p), p))
    pattern = "|".join(re.sub(r"^(?:A|a)l\\-", r"[Aa]l\\-", re.escape(p)) for p in ordered)
    regex = re.compile(rf"(?<![\w-])(?:{pattern})(?!\w)(?!-\w)")
    return [
        Span(*m.span())
        for p in article.prose
        for m in regex.finditer(article.text, p.start, p.end)
        if not _inside_longer_name(article.text, m)
    ]


def _inside_longer_name(text: str, match: re.Match[str]) -> bool:
    """A surname right before or after another capitalised word is part of a name that nobody recognised."""
    after = re.match(r" ([A-Z][a-z]+)", text[match.end() :])
    before = re.search(r"([A-Z][a-z]+) $", text[max(0, match.start() - 30) : match.start()])
    title = before and before[1].lower() in (TITLES | HONORIFICS)
    sentence_start = before and re.search(r"(?:^|[.!?\n“\"]\s*)$", text[: match.start() - len(before[0])][-3:])
    return bool(after and " " not in match.group()) or bool(
        before and not title and not sentence_start and " " not in match.group()
    )
