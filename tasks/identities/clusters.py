"""Names that belong together before any evidence is weighed: by the user's lists, and by what earlier runs linked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sayso.tasks.identities.evidence import Around, Profile
from sayso.tasks.identities.names import Name
from sayso.tasks.identities.userlist import UserList
from sayso.tasks.text.names import normal, person_words

LISTED, CONFIGURED = "listed", "configured"


class Kept(NamedTuple):
    """What the lake has for a name since an earlier run."""

    entity_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """Somebody or something that the user names; names that fit are linked to it as to any other.

    Attributes:
        entity_id: None where the user gives none.
        closed: it stands for certain articles alone, and nothing is linked to it.
    """

    name: str
    entity_id: str | None = None
    closed: bool = False


@dataclass(eq=False)
class Cluster:
    """Names that are one person, or one of anything else.

    Attributes:
        members: each name → why it is here.
        sides: what the user's list sets apart: a name's key → which of its bearers these are.
    """

    members: dict[Name, str]
    anchor: Anchor | None = None
    kept: bool = False
    sides: dict[str, set[int]] = field(default_factory=dict)
    _profile: Profile | None = None

    def __post_init__(self) -> None:
        self.names = {name.name for name in self.members}
        self.keys = {name.key for name in self.members}

    def profile(self, around: Around) -> Profile:
        if self._profile is None:
            self._profile = Profile.of(self.members, around)
        return self._profile

    @property
    def first(self) -> tuple[str, str]:
        """The smallest of its places, which tells it from all others."""
        return min(name.at for name in self.members)

    @property
    def full_names(self) -> list[str]:
        """The names to compare with those of others: the user's alone where it is one."""
        if self.anchor and len(person_words(self.anchor.name)) > 1:
            return [self.anchor.name]
        return sorted({name.name for name in self.members if len(name.words) > 1})

    @property
    def name(self) -> str:
        """The user's name; else the one they go by most often, the fullest, then the first, of several."""
        if self.anchor:
            return self.anchor.name
        full = [n for n in self.members if len(n.words) > 1] or list(self.members)
        counts = Counter(n.name for n in full)
        return min(counts, key=lambda name: (-counts[name], -len(name), name))

    @property
    def kind(self) -> str:
        """The kind that most of its names have; "entity" where nobody said."""
        counts = Counter(n.kind for n in self.members if n.kind != "entity") or Counter(["entity"])
        return min(counts, key=lambda kind: (-counts[kind], kind != "person", kind))

    def take(self, other: "Cluster", why: str, around: Around) -> None:
        """Add another cluster; its names are here for the reason given, unless the same name is here already."""
        here = {n.name: reason for n, reason in self.members.items()}
        if self._profile is not None:
            self._profile.add(other.profile(around))
        for name, reason in other.members.items():
            self.members[name] = reason if reason in (LISTED, CONFIGURED) else here.get(name.name, why)
        self.anchor = self.anchor or other.anchor
        self.kept |= other.kept
        self.names |= other.names
        self.keys |= other.keys
        for key, sides in other.sides.items():
            self.sides.setdefault(key, set()).update(sides)


def together(names: Sequence[Name], known: UserList, kept: Mapping[tuple[str, str], Kept]) -> list[Cluster]:
    """One cluster for all names that the user's lists or earlier runs put together; the others are alone in theirs.

    Args:
        names: in order of article and local_id.
        kept: (article_id, local_id) → what an earlier run with the same rule made of it.
    """
    groups = _Groups(names)
    listed = {n.at: found for n in names if (found := known.find(n.name, _listed_kind(n), n.article_id))}
    for name in names:
        if found := listed.get(name.at):
            groups.anchor(name, Anchor(found.name, found.person_id, bool(found.articles)))
    for name in names:
        if name.configured and not (groups.anchor_of(name) or Anchor("")).closed:
            groups.join((CONFIGURED, normal(name.configured)), name.at)
    earlier: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        if name.at in kept and kept[name.at].reason not in (LISTED, CONFIGURED):
            earlier[kept[name.at].entity_id].append(name)
    for group in earlier.values():
        if not _divided(group, known):
            for name in group[1:]:
                groups.join(group[0].at, name.at)
            groups.linked.update(n.at for n in group)
    clusters = []
    for members in groups.members():
        reasons, configured = {}, sorted({n.configured for n in members if n.configured})
        for name in members:
            own = LISTED if name.at in listed else CONFIGURED if name.configured else None
            reasons[name] = own or (kept[name.at].reason if name.at in groups.linked else "same name")
        anchor = groups.anchor_of(members[0]) or (Anchor(configured[0]) if configured else None)
        sides: dict[str, set[int]] = defaultdict(set)
        for name in members:
            sides[name.key].add(known.side(name.name, name.article_id))
        clusters.append(Cluster(reasons, anchor, any(n.at in groups.linked for n in members), sides))
    return clusters


def _listed_kind(name: Name) -> str:
    return "person" if name.kind == "person" else "organization"


def _divided(group: Iterable[Name], known: UserList) -> bool:
    """Whether the user's list sets any of these apart, as they were linked by an earlier run."""
    keys: dict[str, set[int]] = defaultdict(set)
    for name in group:
        keys[name.key].add(known.side(name.name, name.article_id))
    pairs = ((a, b) for a in keys for b in keys if a < b)
    return any(len(sides) > 1 for sides in keys.values()) or any(known.are_apart(a, b) for a, b in pairs)


class _Groups:
    """Union-find over the places of names; a group has one anchor at most."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._names = names
        self._parent: dict[tuple[str, str], tuple[str, str]] = {}
        self._anchors: dict[tuple[str, str], Anchor] = {}
        self.linked: set[tuple[str, str]] = set()

    def _root(self, at: tuple[str, str]) -> tuple[str, str]:
        while (parent := self._parent.setdefault(at, at)) != at:
            at = parent
        return at

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        a, b = self._root(one), self._root(other)
        anchors = {self._anchors[r] for r in (a, b) if r in self._anchors}
        if a == b or len(anchors) > 1 or any(anchor.closed for anchor in anchors):
            return
        self._parent[b] = a
        if anchors:
            self._anchors[a] = anchors.pop()

    def anchor(self, name: Name, anchor: Anchor) -> None:
        root = self._root((LISTED, f"{anchor.entity_id} {anchor.closed}"))
        self._anchors[root] = anchor
        self._parent[self._root(name.at)] = root

    def anchor_of(self, name: Name) -> Anchor | None:
        return self._anchors.get(self._root(name.at))

    def members(self) -> list[list[Name]]:
        found: dict[tuple[str, str], list[Name]] = defaultdict(list)
        for name in self._names:
            found[self._root(name.at)].append(name)
        return list(found.values())
