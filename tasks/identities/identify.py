"""Link the named speakers of all articles into persons and bodies, independent of the order of the articles.

Names decide first, then evidence for and against: job titles, affiliations, the outlet's country, who else is named.
The weights are set by hand, for want of labelled data across articles; each is a reason that can be read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from sayso.tasks.identities.appearances import Appearance, relation, skeleton
from sayso.tasks.identities.userlist import UserList
from sayso.tasks.text.names import normal, slug

Around = Callable[[str], frozenset[str]]  # article_id → ids of what else it names, the commonplace left out

PRIOR = {"same name": 2.5, "middle name": 1.5, "nickname": 0.5, "initial": 0.0, "spelling": 0.5, "surname": -1.5}
EVIDENCE = {
    "same field": 1.0,
    "another field": -2.5,
    "same body": 1.5,
    "another body": -0.5,
    "another country": -0.7,
    "nobody in common": -1.0,
    "one in common": 1.0,
    "several in common": 2.0,
    "far better known": 1.0,
}
SEVERAL = 3
KNOWN = 5  # times as many articles as all others of the surname
AHEAD = 1.0  # by so much the likeliest of several bearers of a surname must lead


@dataclass(frozen=True, slots=True)
class Identity:
    """A row of the table `identities`."""

    article_id: str
    speaker_id: str
    person_id: str
    person_name: str
    reason: str


def identify(appearances: Iterable[Appearance], around: Around, known: UserList | None = None) -> list[Identity]:
    """Who is who, for persons and organizations; sorted by article and speaker.

    Args:
        around: what else an article names, to tell two bearers of a name apart.
        known: the user's list; what it says wins.
    """
    known = known or UserList()
    ordered = sorted(appearances, key=lambda a: (a.article_id, a.speaker_id))
    rows, left = [], defaultdict(list)
    for a in ordered:
        listed = known.find(a.name, a.kind, a.article_id)
        if listed:
            rows.append(Identity(a.article_id, a.speaker_id, listed.person_id, listed.name, "listed"))
        else:
            left[a.kind].append(a)
    people = _Linker(left["person"], around, known).run()
    bodies = _bodies(left["organization"], known)
    taken = {s.person_id for s in known.speakers}
    for kind, clusters in (("person", people), ("organization", bodies)):
        rows += _rows(kind, clusters, taken)
    return sorted(rows, key=lambda r: (r.article_id, r.speaker_id))


@dataclass(slots=True)
class Profile:
    """What is known of a group of appearances; `around` is without themselves."""

    fields: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    articles: set[str] = field(default_factory=set)
    around: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, group: Iterable[Appearance], around: Around) -> "Profile":
        profile = cls()
        for a in group:
            profile.fields |= {a.field} - {None}
            profile.bodies |= a.body
            profile.countries |= {a.country} - {None}
            profile.articles.add(a.article_id)
            profile.around |= around(a.article_id) - {a.speaker_id}
        return profile

    def add(self, other: "Profile") -> None:
        self.fields |= other.fields
        self.bodies |= other.bodies
        self.countries |= other.countries
        self.articles |= other.articles
        self.around |= other.around


def evidence(one: Profile, other: Profile) -> list[str]:
    """What speaks for and against two groups of appearances being one, as names of `EVIDENCE`."""
    found = []
    if one.fields and other.fields:
        found.append("same field" if one.fields & other.fields else "another field")
    if one.bodies and other.bodies:
        found.append("same body" if one.bodies & other.bodies else "another body")
    if one.countries and other.countries and not one.countries & other.countries:
        found.append("another country")
    if one.around and other.around:
        # An article that names both tells nothing by what else it names.
        common = 0 if one.articles & other.articles else len(one.around & other.around)
        found.append(
            "nobody in common" if not common else "several in common" if common >= SEVERAL else "one in common"
        )
    return found


def weigh(why: str, found: Sequence[str]) -> float:
    """Above 0 the two are taken for one."""
    return PRIOR[why] + sum(EVIDENCE[name] for name in found)


@dataclass(slots=True)
class Cluster:
    """Appearances that are one person or body.

    Attributes:
        reasons: each name that they go by → why it is here.
        profile: of the members, once it was asked for.
    """

    members: list[Appearance] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    profile: Profile | None = None


class _Linker:
    """Links the persons: same names, names that are near, surnames that stand alone."""

    def __init__(self, people: Sequence[Appearance], around: Around, known: UserList) -> None:
        self.around, self.known = around, known
        self.full = [a for a in people if len(a.words) > 1]
        self.single = [a for a in people if len(a.words) < 2]

    def run(self) -> list[Cluster]:
        clusters = self._near(self._same())
        return self._surnames(clusters)

    def _same(self) -> list[Cluster]:
        """One cluster for each name, more where its bearers contradict each other."""
        groups: dict[tuple[str, int], list[Appearance]] = defaultdict(list)
        for a in self.full:
            groups[a.key, self.known.side(a.name, a.article_id)].append(a)
        clusters = []
        for _, group in sorted(groups.items()):
            for part in self._split(group):
                clusters.append(Cluster(part, {a.name: "same name" for a in part}))
        return clusters

    def _split(self, group: list[Appearance]) -> list[list[Appearance]]:
        """The bearers of one name by field and country, those put together again whom the evidence does not part."""
        parts: dict[tuple[str, str], list[Appearance]] = defaultdict(list)
        for a in group:
            parts[a.field or "", a.country or ""].append(a)
        merged: list[tuple[list[Appearance], Profile]] = []
        # The largest first; those of whom no field is stated last, so that they join whom they fit best.
        for _, part in sorted(parts.items(), key=lambda p: (not p[0][0], -len(p[1]), p[0])):
            profile = Profile.of(part, self.around) if len(parts) > 1 else Profile()
            scores = [weigh("same name", evidence(profile, other)) for _, other in merged]
            best = max(range(len(merged)), key=scores.__getitem__, default=None)
            if best is not None and scores[best] > 0:
                merged[best][0].extend(part)
                merged[best][1].add(profile)
            else:
                merged.append((list(part), profile))
        return [members for members, _ in merged]

    def _near(self, clusters: list[Cluster]) -> list[Cluster]:
        """Clusters of names that could be one, the most common name first; a name that could be two stays apart."""
        blocks: dict[str, list[Cluster]] = defaultdict(list)
        for cluster in sorted(clusters, key=lambda c: (-len(c.members), c.members[0].key, c.members[0].article_id)):
            blocks[skeleton(cluster.members[0].words[-1])].append(cluster)
        linked = []
        for _, block in sorted(blocks.items()):
            kept: list[Cluster] = []
            for cluster in block:
                fits = [(other, why) for other in kept if (why := self._why(cluster, other))]
                if len(fits) == 1:
                    other, why = fits[0]
                    self._profile(other).add(self._profile(cluster))
                    other.members += cluster.members
                    other.reasons |= dict.fromkeys({a.name for a in cluster.members}, why) | other.reasons
                else:
                    kept.append(cluster)
            linked += kept
        return linked

    def _profile(self, cluster: Cluster) -> Profile:
        if cluster.profile is None:
            cluster.profile = Profile.of(cluster.members, self.around)
        return cluster.profile

    def _why(self, cluster: Cluster, other: Cluster) -> str | None:
        """Why two clusters of different names are one person, None if they are not."""
        relations = []
        for a, b in product(sorted(cluster.reasons), sorted(other.reasons)):
            relations.append(relation(a, b))
            if relations[-1] is None or self.known.are_apart(a, b):
                return None
        mine, theirs = self._profile(cluster), self._profile(other)
        if mine.articles & theirs.articles:
            return None  # an article that names both means two
        found = evidence(mine, theirs)
        return relations[0] if weigh(relations[0], found) > 0 else None

    def _surnames(self, clusters: list[Cluster]) -> list[Cluster]:
        """A surname that stands alone in its article goes to the one person of that name who is named around."""
        by_last: dict[str, list[Cluster]] = defaultdict(list)
        for cluster in clusters:
            by_last[cluster.members[0].words[-1]].append(cluster)
        alone, joined = [], []
        for a in self.single:
            bearers = by_last.get(a.words[0], []) if a.words else []
            scores = sorted(((self._score(a, c, bearers), i) for i, c in enumerate(bearers)), reverse=True)
            if scores and scores[0][0] > 0 and (len(scores) < 2 or scores[0][0] >= scores[1][0] + AHEAD):
                joined.append((a, bearers[scores[0][1]]))
            else:
                alone.append(Cluster([a], {a.name: "name of one word"}))
        for a, cluster in joined:
            cluster.members.append(a)
            cluster.reasons.setdefault(a.name, "surname")
        return clusters + alone

    def _score(self, a: Appearance, cluster: Cluster, bearers: Sequence[Cluster]) -> float:
        """How well a surname alone fits one of its bearers."""
        if any(self.known.are_apart(a.name, name) for name in cluster.reasons):
            return -1.0
        found = evidence(Profile.of([a], self.around), self._profile(cluster))
        others = sum(len(c.members) for c in bearers if c is not cluster)
        if others and len(cluster.members) >= KNOWN * others:
            found.append("far better known")
        return weigh("surname", found)


def _bodies(appearances: Sequence[Appearance], known: UserList) -> list[Cluster]:
    """Organizations by their name, and by the initials that an article puts beside the name."""
    groups: dict[tuple[str, int], Cluster] = {}
    for a in appearances:
        cluster = groups.setdefault((a.key, known.side(a.name, a.article_id)), Cluster())
        cluster.members.append(a)
        cluster.reasons[a.name] = "same name"
    initials: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for key, cluster in groups.items():
        for short in {alias for a in cluster.members for alias in a.aliases if alias.isupper() and len(alias) > 2}:
            initials[short].add(key)
    for short, keys in sorted(initials.items()):
        mine, full = (normal(short), 0), min(keys)
        if mine in groups and len(keys) == 1 and full in groups and full != mine:
            if not any(known.are_apart(short, a.name) for a in groups[full].members):
                groups[full].members += groups[mine].members
                groups[full].reasons[short] = "initials"
                del groups[mine]
    return [cluster for _, cluster in sorted(groups.items())]


def _rows(kind: str, clusters: Sequence[Cluster], taken: set[str]) -> Iterable[Identity]:
    """Identities of the clusters; two persons of one name are told apart by field, country or first article."""
    named = [(name, slug(name), c) for c in clusters for name in [_best_name(c)]]
    namesakes: dict[str, list[Cluster]] = defaultdict(list)
    for _, plain, cluster in named:
        if not _is_single(kind, cluster):
            namesakes[plain].append(cluster)
    for name, plain, cluster in named:
        person_id = f"{kind}:{plain}"
        first = min(a.article_id for a in cluster.members)
        if _is_single(kind, cluster):
            person_id = f"{cluster.members[0].speaker_id}@{first}"
        elif len(namesakes[plain]) > 1 or person_id in taken:
            person_id = f"{person_id}@{_mark(cluster, namesakes[plain]) or first}"
        for a in cluster.members:
            yield Identity(a.article_id, a.speaker_id, person_id, name, cluster.reasons[a.name])


def _is_single(kind: str, cluster: Cluster) -> bool:
    return kind == "person" and all(len(a.words) < 2 for a in cluster.members)


def _mark(cluster: Cluster, namesakes: Sequence[Cluster]) -> str | None:
    """The field, or else the country, that this one alone of those who share a name has."""
    for trait in ("field", "country"):
        of = [{getattr(a, trait) for a in c.members} - {None} for c in namesakes]
        mine = {getattr(a, trait) for a in cluster.members} - {None}
        if len(mine) == 1 and sum(bool(mine & other) for other in of) == 1:
            return next(iter(mine))
    return None


def _best_name(cluster: Cluster) -> str:
    """The name they go by most often; the fullest, then the first, of several."""
    full = [a for a in cluster.members if len(a.words) > 1] or cluster.members
    counts = Counter(a.name for a in full)
    return min(counts, key=lambda name: (-counts[name], -len(name), name))
