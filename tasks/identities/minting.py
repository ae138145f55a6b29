"""Ids of entities: minted once from what is known first, kept as the lake grows; what is merged leaves a redirect."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sayso.tasks.identities.clusters import LISTED, Cluster, Kept
from sayso.tasks.text.names import slug

_SHORT = 8  # digits of an article_id in an id
_MINTED = re.compile(r"(?:person|organization|place|group|entity):")


def entity_ids(
    clusters: Sequence[Cluster], earlier: Mapping[tuple[str, str], Kept], redirects: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """The id of each cluster, and every id that was in use once → the id to use now.

    An id is the user's own; else the one that most of the cluster's names had; else minted from its name, with the
    first article where the name is taken: nobody gets another id because a namesake turns up.

    Args:
        earlier: (article_id, local_id) → what it was before.
        redirects: those that were left before.
    """
    ids = _listed(clusters) | _kept_ids(clusters, earlier)
    used = {*ids.values(), *redirects, *redirects.values(), *(kept.entity_id for kept in earlier.values())}
    # The largest of those who share a name has it alone.
    fresh = sorted((c for c in clusters if id(c) not in ids), key=lambda c: (-len(c.members), c.first))
    for cluster in fresh:
        ids[id(cluster)] = _mint(cluster, used)
        used.add(ids[id(cluster)])
    return [ids[id(c)] for c in clusters], _redirects(clusters, ids, earlier, redirects)


def _listed(clusters: Sequence[Cluster]) -> dict[int, str]:
    return {id(c): c.anchor.entity_id for c in clusters if c.anchor and c.anchor.entity_id}


def _kept_ids(clusters: Sequence[Cluster], earlier: Mapping[tuple[str, str], Kept]) -> dict[int, str]:
    """Ids that clusters keep; of several that had one the largest part of it, of several ids that of most names."""
    taken = set(_listed(clusters).values())
    dropped = {k.entity_id for k in earlier.values() if k.reason == LISTED and not _MINTED.match(k.entity_id)} - taken
    claims = []
    for cluster in clusters:
        if not (cluster.anchor and cluster.anchor.entity_id):
            had = Counter(earlier[n.at].entity_id for n in cluster.members if n.at in earlier)
            claims += [(-n, entity_id, cluster.first, cluster) for entity_id, n in had.items()]
    ids: dict[int, str] = {}
    for _, entity_id, _, cluster in sorted(claims, key=lambda claim: claim[:3]):
        if id(cluster) not in ids and entity_id not in taken | dropped:
            ids[id(cluster)] = entity_id
            taken.add(entity_id)
    return ids


def _mint(cluster: Cluster, used: set[str]) -> str:
    article_id, local_id = cluster.first
    base = f"{cluster.kind}:{slug(cluster.name)}"
    if cluster.kind == "person" and not cluster.anchor and all(len(n.words) < 2 for n in cluster.members):
        base = local_id  # a name of one word means its article's bearer alone
    elif base not in used:
        return base
    short = f"{base}@{article_id[:_SHORT]}"
    return short if short not in used else f"{base}@{article_id}"


def _redirects(
    clusters: Sequence[Cluster],
    ids: Mapping[int, str],
    earlier: Mapping[tuple[str, str], Kept],
    redirects: Mapping[str, str],
) -> dict[str, str]:
    now = {*ids.values()}
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    for cluster in clusters:
        for name in cluster.members:
            if name.at in earlier:
                moved[earlier[name.at].entity_id][ids[id(cluster)]] += 1
    latest = {old: min(new, key=lambda i: (-new[i], i)) for old, new in moved.items() if old not in now}
    followed = {old: latest.get(new, new) for old, new in redirects.items()}
    return {old: new for old, new in sorted((followed | latest).items()) if old not in now and new in now}
