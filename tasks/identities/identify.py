"""Link the names of all articles, speakers and targets alike, into persons, bodies, places and groups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sayso.tasks.identities.clusters import Kept, together
from sayso.tasks.identities.evidence import Around
from sayso.tasks.identities.linker import Linker, Listener
from sayso.tasks.identities.minting import entity_ids
from sayso.tasks.identities.names import Name
from sayso.tasks.identities.userlist import UserList


@dataclass(frozen=True, slots=True)
class Identity:
    """A row of the table `identities`."""

    article_id: str
    local_id: str
    entity_id: str
    entity_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a lake holds of earlier runs.

    Attributes:
        names: (article_id, local_id) → its entity and the reason.
        redirects: ids that were in use once → those to use instead.
        same_rule: whether this version's rule linked them; if not, ids are kept, and all links judged anew.
    """

    names: Mapping[tuple[str, str], Kept] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)
    same_rule: bool = True


def identify(
    names: Iterable[Name],
    around: Around,
    known: UserList | None = None,
    earlier: Earlier | None = None,
    tell: Listener | None = None,
) -> tuple[list[Identity], dict[str, str]]:
    """Who is who; identities sorted by article and local_id, and redirects: an id that was in use → the one to use.

    The order of the names tells nothing. What an earlier run linked stays linked, so that ids do not change as a lake
    grows; only the user's lists take it apart.

    Args:
        around: what else an article names, to tell two bearers of a name apart.
        known: the user's list; what it says wins.
        tell: hears of every decision of the rule.
    """
    known, earlier = known or UserList(), earlier or Earlier()
    ordered = sorted(names, key=lambda n: n.at)
    clusters = together(ordered, known, earlier.names if earlier.same_rule else {})
    persons = [c for c in clusters if c.kind == "person"]
    others = [c for c in clusters if c.kind != "person"]
    linker = Linker(around, known, tell)
    linked = linker.persons(persons) + linker.others(others)
    ids, redirects = entity_ids(linked, earlier.names, earlier.redirects)
    rows = [
        Identity(*name.at, entity_id, cluster.name, reason)
        for cluster, entity_id in zip(linked, ids, strict=True)
        for name, reason in cluster.members.items()
    ]
    return sorted(rows, key=lambda r: (r.article_id, r.local_id)), redirects
