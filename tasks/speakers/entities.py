"""Cluster the names of an article into entities; find every place where they are named."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.articles import Article, Entity, EntityType, Mention, Span
from tasks.speakers.gender import gender_of_name
from tasks.speakers.lexicon import (
    BODIES,
    BODY_WORDS,
    FEMALE_NAMES,
    FUNCTION_WORDS,
    HONORIFICS,
    MALE_NAMES,
    ROLES,
    SUFFIXES,
    TITLES,
)
from tasks.speakers.names import Name

_EDGE = " \t\n\"“”‘’'`[](){}<>,;:.–—-*_"
_POSSESSIVE = re.compile(r"[’']s?$")
_PARTICLE = re.compile(r"^(al|el|de|van|von|bin|ibn|da|di|del|la|le|abu)$", re.IGNORECASE)
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
    """Entities of an article, and the spans that name them, in order of position."""

    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]


def slug(name: str) -> str:
    """A name as part of an id: ASCII letters and digits in lower case, hyphens between."""
    folded = unicodedata.normalize("NFKD", name.replace("’", "").replace("'", ""))
    folded = folded.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    return plain or "x" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def normal(name: str) -> str:
    """A name for comparison: case, points, hyphens, accents and a leading article do not count."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower() or name.lower()
    return re.sub(r"^the ", "", re.sub(r"\s+", " ", re.sub(r"[.’']", "", folded).replace("-", " ")).strip())


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
        if plain not in HONORIFICS and plain not in ROLES:
            start = span.start + word.start()
            break
    else:
        return None
    return Span(start, span.end) if span.end - start > 1 else None


def person_words(name: str) -> list[str]:
    """Comparable words of a person's name, suffixes left out, "al-Sharaa" one word."""
    words = [w for w in normal(re.sub(r"(?i)\b(al|el)-", r"\1_", name)).split() if w.strip(",") not in SUFFIXES]
    return [w.strip(",").replace("_", "-") for w in words]


_CAPITALISED = r"[A-Z][\w’'-]*[a-z][\w’'-]*"
_NAMED_AFTER_ROLE = re.compile(rf"\b([A-Za-z-]+) ((?:{_CAPITALISED} (?:[A-Z]\. )?){{1,2}}{_CAPITALISED})")
_FIRST_AND_LAST = re.compile(rf"\b([A-Z][a-z]+) (?:[A-Z]\. )?({_CAPITALISED})")
_AFTER_BODY = re.compile(rf"\b(?:{'|'.join(sorted(BODIES))})\b[^.,;\n]{{0,40}}, $")


def complete(article: Article, names: Sequence[Name]) -> list[Name]:
    """The recogniser's names, with what the words around them correct: full names of persons that it missed,
    cut short or took for bodies, and bodies that it took for persons."""
    text, found = article.text, []
    for name in names:
        start, kind = name.start, name.type
        if kind == "person":
            start = _leftwards(text, name)
            if _AFTER_BODY.search(text[max(0, start - 80) : start]):
                kind = "organization"
        elif kind == "organization" and _is_described(text, name):
            kind = "person"
        found.append(Name(start, name.end, kind))
    surnames = {text[n.start : n.end] for n in found if n.type == "person"}
    for span in _persons_by_pattern(article, {s for s in surnames if s.isalpha() and s[0].isupper()}):
        clash = [n for n in found if n.start < span.end and span.start < n.end]
        if all(span.start <= n.start and n.end <= span.end + 2 for n in clash):
            found = [n for n in found if n not in clash]
            found.append(Name(span.start, span.end, "person"))
    return sorted(found, key=lambda n: n.start)


def _leftwards(text: str, name: Name) -> int:
    """Where a person's single name starts, the first name before it taken in."""
    before = re.search(rf"({_CAPITALISED}) $", text[max(0, name.start - 40) : name.start])
    if " " in text[name.start : name.end] or not before:
        return name.start
    plain = before[1].lower()
    known = plain in HONORIFICS | TITLES | ROLES | FUNCTION_WORDS or before[1].endswith(("’s", "'s"))
    return name.start if known else name.start - len(before[0])


def _is_described(text: str, name: Name) -> bool:
    """Whether a role stands right before two words that were taken for a body: "the director, Ada Quill,"."""
    words = text[name.start : name.end].split()
    role = re.search(r"([a-z-]+),? $", text[max(0, name.start - 30) : name.start])
    return len(words) == 2 and words[-1].lower() not in BODY_WORDS and role is not None and role[1] in ROLES


def _persons_by_pattern(article: Article, surnames: set[str]) -> list[Span]:
    """Capitalised words after a role ("treasurer Ada Quill"), after a common first name, or before a known surname."""
    spans: list[Span] = []
    known = re.compile(rf"\b({_CAPITALISED}) (?:{'|'.join(map(re.escape, sorted(surnames)))})\b") if surnames else None
    for p in article.paragraphs:
        if p.role in ("title", "boilerplate"):
            continue
        for match in _NAMED_AFTER_ROLE.finditer(article.text, p.start, p.end):
            words = match[2].split()
            plain = words[0].lower().strip(".")
            if match[1].lower() in ROLES and plain not in ROLES and words[-1].lower() not in BODY_WORDS | ROLES:
                spans.append(Span(*match.span(2)))
        for match in known.finditer(article.text, p.start, p.end) if known else ():
            plain = match[1].lower()
            if plain not in ROLES | HONORIFICS | FUNCTION_WORDS | BODY_WORDS and not match[1].endswith(("’s", "'s")):
                spans.append(Span(*match.span()))
        for match in _FIRST_AND_LAST.finditer(article.text, p.start, p.end):
            last = match[2].lower()
            common = match[1].lower() in MALE_NAMES | FEMALE_NAMES
            if (
                common
                and last not in BODY_WORDS | FUNCTION_WORDS
                and not any(Span(*match.span()).overlaps(s) for s in spans)
            ):
                after = re.match(rf" ({_CAPITALISED})", article.text[match.end() :])
                if not after or after[1].lower() not in BODY_WORDS:
                    spans.append(Span(*match.span()))
    return spans


def find_entities(article: Article, names: Sequence[Name]) -> NamedEntities:
    """Entities of one article from the names that a recogniser found in it."""
    spans = _clean_spans(article, complete(article, names))
    clusters = _cluster(article.text, spans)
    mentions = _locate(article, clusters, spans)
    used = {m.entity_id for m in mentions}
    aliases: dict[str, set[str]] = defaultdict(set)
    for m in mentions:
        aliases[m.entity_id].add(article.text[m.span.start : m.span.end])
    entities = [
        Entity(c.entity_id, c.name, c.type, tuple(sorted(aliases[c.entity_id] - {c.name})))
        for c in clusters
        if c.entity_id in used
    ]
    return NamedEntities(tuple(sorted(entities, key=lambda e: e.entity_id)), tuple(mentions))


def _clean_spans(article: Article, names: Sequence[Name]) -> list[tuple[Span, EntityType]]:
    text, spans = article.text, []
    title = next((p for p in article.paragraphs if p.role == "title"), None)
    boilerplate = [p for p in article.paragraphs if p.role == "boilerplate"]
    for name in names:
        span = _trim(text, name.start, name.end)
        if span is None or any(p.start <= span.start < p.end for p in boilerplate):
            continue
        kind = name.type
        if kind == "person":
            span = _person_span(text, span)
        if span is None or not re.search(r"[^\W\d_]", text[span.start : span.end]):
            continue
        piece = text[span.start : span.end]
        if piece[0].islower() and kind != "person":
            continue
        # Headlines capitalise what is no name: there, only names that the body repeats.
        if title and title.start <= span.start < title.end and piece not in text[title.end :]:
            continue
        spans.append((span, kind))
    return spans


def _cluster(text: str, spans: list[tuple[Span, EntityType]]) -> list[Cluster]:
    """Names that are one entity, put together."""
    forms: dict[EntityType, Counter[str]] = defaultdict(Counter)
    for span, kind in spans:
        forms[kind][" ".join(text[span.start : span.end].split())] += 1
    persons = _cluster_persons(forms["person"])
    known = {w for c in persons for w in (normal(c.name), person_words(c.name)[-1])}
    clusters = persons
    for kind in ("organization", "place", "group"):
        rest = Counter(
            {f: n for f, n in forms[kind].items() if normal(f) not in known and "-".join(person_words(f)) not in known}
        )
        clusters += _cluster_others(kind, rest, text)
    return _one_type_a_name(clusters)


def _cluster_persons(forms: Counter[str]) -> list[Cluster]:
    full = sorted((f for f in forms if len(person_words(f)) > 1), key=lambda f: (-len(person_words(f)), f))
    clusters: list[Cluster] = []
    for form in full:
        words = person_words(form)
        same = [
            c
            for c in clusters
            if person_words(c.name)[-1] == words[-1] and _same_first(person_words(c.name)[0], words[0])
        ]
        if len(same) != 1:
            same = [Cluster("person", form)]
            clusters += same
        same[0].forms[form] += forms[form]
    for form in sorted(f for f in forms if len(person_words(f)) == 1):
        word = person_words(form)[0]
        if not any(word in (person_words(c.name)[-1], person_words(c.name)[0]) for c in clusters):
            clusters.append(Cluster("person", form, Counter({form: forms[form]})))
    return clusters


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


def _locate(article: Article, clusters: list[Cluster], spans: list[tuple[Span, EntityType]]) -> list[Mention]:
    """Every place that names an entity: what the recogniser found, and what it missed elsewhere in the text."""
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
                for word in {words[-1], words[0]}:
                    partial[word].append(cluster)
                surname = _surname(cluster.name)
                if len(surname) > 2:
                    patterns.add(surname)
    found = {span: None for span, _ in spans}
    for span in _search(article, patterns):
        if not any(span.overlaps(other) for other in found):
            found[span] = None
    mentions: list[Mention] = []
    for span in sorted(found):
        if mentions and mentions[-1].span.overlaps(span):
            continue
        piece = article.text[span.start : span.end]
        words = person_words(piece)
        candidates = exact.get(normal(piece)) or (partial.get(words[0], []) if len(words) == 1 else [])
        if not candidates and words:
            candidates = [c for c in partial.get(words[-1], []) if _same_first(person_words(c.name)[0], words[0])]
        if candidates:
            cluster = candidates[0] if len(candidates) == 1 else _nearest(article, span, candidates, mentions)
            whole = normal(piece) == normal(cluster.name) or (len(words) > 1 and cluster.type == "person")
            mentions.append(Mention(span, cluster.entity_id, "name" if whole else "partial name"))
    return mentions


def _surname(name: str) -> str:
    words = [w for w in name.split() if w.strip(".,").lower() not in SUFFIXES]
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
        for p in article.paragraphs
        if p.role != "boilerplate"
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


def _nearest(article: Article, span: Span, candidates: list[Cluster], mentions: list[Mention]) -> Cluster:
    """Of two with one surname, the one named last before; a title with the right gender decides before that."""
    ids = {c.entity_id: c for c in candidates}
    honorific = re.search(r"\b(Mrs?|Ms|Miss)\.?\s+$", article.text[max(0, span.start - 8) : span.start])
    if honorific:
        wanted = "male" if honorific[1] == "Mr" else "female"
        fitting = [c for c in candidates if gender_of_name(c.name) == wanted]
        if len(fitting) == 1:
            return fitting[0]
    for mention in reversed(mentions):
        if mention.entity_id in ids and mention.form == "name":
            return ids[mention.entity_id]
    return max(candidates, key=lambda c: (c.forms.total(), c.name))
