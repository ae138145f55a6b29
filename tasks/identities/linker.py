"""The rule by which clusters of names are linked: names first, then the evidence; each decision can be told."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from sayso.tasks.identities.clusters import Cluster
from sayso.tasks.identities.evidence import PRIOR, Around, evidence, weigh
from sayso.tasks.identities.names import relation, skeleton
from sayso.tasks.identities.userlist import UserList
from sayso.tasks.text.names import normal, person_words

KNOWN = 5  # times as many articles as all others of the surname
SLIP = 0.05  # of the articles of two names of one person, at most, take them for two
AHEAD = 1.0  # by so much the likeliest of several must lead


@dataclass(frozen=True, slots=True)
class Decision:
    """How the rule judged two clusters.

    Attributes:
        names: of either.
        why: how the names relate, a key of `PRIOR`; "initials" for bodies.
        found: what speaks for and against, keys of `EVIDENCE`.
        against: what keeps them apart whatever the evidence.
        linked: what came of it.
    """

    names: tuple[frozenset[str], frozenset[str]]
    why: str
    found: tuple[str, ...] = ()
    against: str | None = None
    linked: bool = False

    @property
    def score(self) -> float:
        """Log odds; 0 for bodies, whose names decide alone."""
        return weigh(self.why, self.found) if self.why in PRIOR else 0.0


Listener = Callable[[Decision], None]


class Linker:
    """Links clusters of persons, or of bodies, places and groups.

    Args:
        around: what else an article names.
        tell: hears of every decision.
    """

    def __init__(self, around: Around, known: UserList, tell: Listener | None = None) -> None:
        self.around, self.known, self.tell = around, known, tell

    # Persons

    def persons(self, clusters: Iterable[Cluster]) -> list[Cluster]:
        """Same names, then names that are near, then surnames that stand alone."""
        full: list[Cluster] = []
        single: list[Cluster] = []
        for cluster in clusters:
            (full if cluster.anchor or any(len(n.words) > 1 for n in cluster.members) else single).append(cluster)
        return self._surnames(self._near(self._same(full)), single)

    def _same(self, clusters: Sequence[Cluster]) -> list[Cluster]:
        """One cluster for each name, more where its bearers contradict each other."""
        merged: dict[str, list[Cluster]] = defaultdict(list)
        result: list[Cluster] = []
        # Those that know most first; bearers of whom no field is stated last, so that they join whom they fit best.
        for cluster in sorted(
            self._parts(clusters),
            key=lambda c: (not c.anchor, not c.kept, not any(n.fields for n in c.members), -len(c.members), c.first),
        ):
            alike = {id(other): other for key in sorted(cluster.keys) for other in merged[key]}
            other = self._best(cluster, list(alike.values()), "same name", ahead=0.0)
            if other:
                other.take(cluster, "same name", self.around)
            else:
                result.append(cluster)
            for key in cluster.keys:
                if not any(c is (other or cluster) for c in merged[key]):
                    merged[key].append(other or cluster)
        return result

    def _parts(self, clusters: Iterable[Cluster]) -> list[Cluster]:
        """Bearers of one name in one field and country together, where nothing is known of them yet."""
        parts: dict[Hashable, Cluster] = {}
        rest = []
        for cluster in clusters:
            if cluster.anchor or cluster.kept:
                rest.append(cluster)
                continue
            (name,) = cluster.members
            key = name.key, name.fields, name.country, tuple(cluster.sides[name.key])
            if key in parts:
                parts[key].take(cluster, "same name", self.around)
            else:
                parts[key] = cluster
        return [*rest, *parts.values()]

    def _near(self, clusters: Sequence[Cluster]) -> list[Cluster]:
        """Clusters of names that could be one, the most common name first; a name that could be two stays apart."""
        blocks: dict[str, list[Cluster]] = defaultdict(list)
        for cluster in sorted(clusters, key=lambda c: (not c.anchor, -len(c.members), c.name, c.first)):
            blocks[skeleton(_last_word(cluster))].append(cluster)
        linked = []
        for _, block in sorted(blocks.items()):
            kept: list[Cluster] = []
            for cluster in block:
                fits = [(other, why) for other in kept if (why := _relation(cluster, other))]
                other = self._best(cluster, [other for other, _ in fits], [why for _, why in fits])
                if other:
                    other.take(cluster, next(why for o, why in fits if o is other), self.around)
                else:
                    kept.append(cluster)
            linked += kept
        return linked

    def _surnames(self, clusters: list[Cluster], singles: Sequence[Cluster]) -> list[Cluster]:
        """A surname that stands alone in its article goes to the one person of that name who is named around."""
        by_last: dict[str, list[Cluster]] = defaultdict(list)
        for cluster in clusters:
            by_last[_last_word(cluster)].append(cluster)
        # Sizes and profiles are those before any surname is added, so that the order of the surnames tells nothing.
        sizes = {id(c): len(c.members) for c in clusters}
        chosen = []
        for single in singles:
            word = next(iter(single.members)).words
            bearers = by_last.get(word[0], []) if word else []
            total = sum(sizes[id(c)] for c in bearers)
            more = [
                ["far better known"] if total > sizes[id(c)] and sizes[id(c)] >= KNOWN * (total - sizes[id(c)]) else []
                for c in bearers
            ]
            chosen.append(self._best(single, bearers, "surname", more))
        alone = []
        for single, bearer in zip(singles, chosen, strict=True):
            if bearer:
                bearer.take(single, "surname", self.around)
            else:
                single.members = dict.fromkeys(single.members, "name of one word")
                alone.append(single)
        return clusters + alone

    def _best(
        self,
        cluster: Cluster,
        others: Sequence[Cluster],
        why: str | Sequence[str],
        more: Sequence[list[str]] | None = None,
        ahead: float = AHEAD,
    ) -> Cluster | None:
        """The one of `others` that a cluster is to be linked to: above 0, and ahead of the next likely."""
        whys = [why] * len(others) if isinstance(why, str) else why
        made = []
        for i, other in enumerate(others):
            against = self._against(cluster, other)
            found = evidence(cluster.profile(self.around), other.profile(self.around)) + (more[i] if more else [])
            made.append(Decision((frozenset(cluster.names), frozenset(other.names)), whys[i], tuple(found), against))
        open_ = sorted((i for i, d in enumerate(made) if not d.against), key=lambda i: -made[i].score)
        best = open_[0] if open_ and made[open_[0]].score > 0 else None
        if best is not None and len(open_) > 1 and made[best].score < made[open_[1]].score + ahead:
            rival = others[open_[1]].name
            made[best] = replace(made[best], against=f"it could as well be {rival}")
            best = None
        if self.tell:
            for i, decision in enumerate(made):
                self.tell(replace(decision, linked=i == best))
        return None if best is None else others[best]

    def _against(self, one: Cluster, other: Cluster) -> str | None:
        """What keeps two clusters apart whatever the evidence."""
        if one.anchor and other.anchor:
            return "you name them as two"
        if any(c.anchor and c.anchor.closed for c in (one, other)):
            return "your list names the articles that are meant"
        if any(self.known.are_apart(a, b) for a, b in product(one.keys, other.keys)):
            return "your list says so"
        if any(one.sides[key] != other.sides[key] for key in one.keys & other.keys):
            return "your list says so"
        mine, theirs = one.profile(self.around).articles, other.profile(self.around).articles
        if len(mine & theirs) > SLIP * min(len(mine), len(theirs)):
            return "an article names both, as two"
        return None

    # Bodies, places, groups

    def others(self, clusters: Sequence[Cluster]) -> list[Cluster]:
        """By their name, whatever kind each article took them for; and by the initials beside the name."""
        named: dict[tuple[str, frozenset[int]], Cluster] = {}
        result: list[Cluster] = []
        for cluster in sorted(clusters, key=lambda c: (not c.anchor, not c.kept, c.first)):
            home, closed = None, cluster.anchor is not None and cluster.anchor.closed
            sides = {(key, frozenset(cluster.sides[key])) for key in cluster.keys}
            if not closed:
                homes = [named[side] for side in sorted(sides, key=lambda s: s[0]) if side in named]
                home = next((h for h in homes if not (h.anchor and cluster.anchor)), None)
            if home:
                home.take(cluster, "same name", self.around)
            else:
                result.append(cluster)
            if not closed:
                for side in sides:
                    named.setdefault(side, home or cluster)
        return self._initials(result)

    def _initials(self, clusters: list[Cluster]) -> list[Cluster]:
        bearers: dict[str, list[Cluster]] = defaultdict(list)
        for cluster in clusters:
            for short in {a for name in cluster.members for a in name.aliases if a.isupper() and len(a) > 2}:
                if normal(short) not in cluster.keys:
                    bearers[normal(short)].append(cluster)
        by_key = {key: c for c in clusters for key in c.keys if not any(c.sides[key])}
        gone: set[int] = set()
        for short, full in sorted(bearers.items()):
            mine = by_key.get(short)
            if mine is None or mine is full[0] or id(mine) in gone or id(full[0]) in gone:
                continue
            against = self._initials_against(mine, full)
            if self.tell:
                self.tell(
                    Decision((frozenset(mine.names), frozenset(full[0].names)), "initials", (), against, not against)
                )
            if not against:
                full[0].take(mine, "initials", self.around)
                gone.add(id(mine))
        return [c for c in clusters if id(c) not in gone]

    def _initials_against(self, short: Cluster, full: Sequence[Cluster]) -> str | None:
        if len(short.keys) > 1:
            return f"they stand for {short.name}"
        if len(full) > 1:
            return f"it could as well be {full[1].name}"
        if short.anchor and full[0].anchor:
            return "you name them as two"
        if any(self.known.are_apart(a, b) for a, b in product(short.keys, full[0].keys)):
            return "your list says so"
        return None


def _last_word(cluster: Cluster) -> str:
    words = person_words(cluster.name)
    return words[-1] if words else ""


def _relation(one: Cluster, other: Cluster) -> str | None:
    """How the names of two clusters could be one; None if any two of them could not."""
    relations = [relation(a, b) for a, b in product(one.full_names, other.full_names) if normal(a) != normal(b)]
    return None if not relations or None in relations else relations[0]
