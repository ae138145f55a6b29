"""The lake's speakers and entity targets as `sayso.tasks.identities` wants them, and its answer as rows of tables."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pandas as pd

from sayso.tasks import identities
from sayso.tasks.identities import LIST_FILE, Earlier, Kept, Name, identify, load_list
from sayso.tasks.tables.schemas import IDENTITIES
from sayso.tasks.tables.snapshot import Snapshot

UNNAMED = "unnamed"  # the reason of speakers that stand for themselves, each in its article
NAMED = ("person", "organization")
COMMONPLACE = 10  # articles; what more than these and than every tenth name, tells nothing about who somebody is
SPEAKER_COLUMNS = ["article_id", "speaker_id", "speaker_name", "speaker_kind", "job_title", "affiliation", "aliases"]
TARGET_COLUMNS = ["article_id", "target_id", "target_name", "target_kind", "entity_type", "origin"]


def identities_of(lake: Snapshot) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of the table identities, and of redirects as a mapping: an id that was in use → the one to use.

    Speakers that no article names stand for themselves in each article. What was linked before stays linked.
    """
    speakers = lake.read("speakers", SPEAKER_COLUMNS).to_pandas()
    known = load_list(lake.path / LIST_FILE)
    found, redirects = identify(_names(lake, speakers), Around(lake), known, _earlier(lake))
    others = speakers[~is_named(speakers)]
    alone = others.assign(entity_id=others["speaker_id"], entity_name=others["speaker_name"], reason=UNNAMED)
    alone = alone.rename(columns={"speaker_id": "local_id"})
    table = pd.concat([pd.DataFrame(map(asdict, found), columns=IDENTITIES.names), alone[IDENTITIES.names]])
    # A group that speaks may have the id that it has as a target, in rows that an older version wrote.
    table = table.drop_duplicates(["article_id", "local_id"])
    return table.sort_values(["article_id", "local_id"], ignore_index=True), redirects


def is_named(speakers: pd.DataFrame) -> pd.Series:
    """Which rows are persons and bodies that an article names; a "city council" of one article alone is none."""
    return speakers["speaker_kind"].isin(NAMED) & (speakers["speaker_id"].str.count(":") == 1)


def by_entity(quotes: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Quotes with who speaks (person_id, person_name), and with entities as targets under their own ids and names.

    What `known` lacks stands for itself.

    Args:
        quotes: article_id, speaker_id, speaker_name, target_id, target_name and more.
        known: rows of identities.
    """
    for role, to in (("speaker", "person"), ("target", "target")):
        entities = known[["article_id", "local_id", "entity_id", "entity_name"]]
        entities = entities.rename(columns={"local_id": f"{role}_id"})
        quotes = quotes.merge(entities, on=["article_id", f"{role}_id"], how="left")
        for part in ("id", "name"):
            quotes[f"{to}_{part}"] = quotes.pop(f"entity_{part}").fillna(quotes[f"{role}_{part}"])
    return quotes


def names(lake: Snapshot) -> list[Name]:
    """The persons and bodies that speak in each article, and the entities that are its targets."""
    return _names(lake, lake.read("speakers", SPEAKER_COLUMNS).to_pandas())


def names_of(speakers: pd.DataFrame, targets: pd.DataFrame, countries: dict[str, str | None]) -> list[Name]:
    """The same from rows of the tables speakers and targets.

    Args:
        countries: article_id → country of its outlet.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in speakers[is_named(speakers)].to_dict("records"):
        found[row["article_id"], row["speaker_id"]] = {
            "name": row["speaker_name"],
            "kind": row["speaker_kind"],
            "job_title": _text(row["job_title"]),
            "affiliation": _text(row["affiliation"]),
            "aliases": tuple(row["aliases"]),
        }
    for row in targets[targets["target_kind"] == "entity"].to_dict("records"):
        name = found.setdefault((row["article_id"], row["target_id"]), {"name": row["target_name"], "kind": "entity"})
        name["kind"] = _text(row["entity_type"]) or name["kind"]
        name["configured"] = row["target_name"] if row["origin"] == "configured" else None
    return [Name(*at, **of, country=countries.get(at[0])) for at, of in found.items()]


def ids_ever(lake: Snapshot, entity_ids: Iterable[str]) -> set[str]:
    """Those ids, and all that the same entities had before."""
    wanted = set(entity_ids)
    redirects = zip(*lake.read("redirects").to_pydict().values(), strict=True)
    return wanted | {old for old, new in redirects if new in wanted}


def rule(settings: str) -> object:
    """What in the settings of derived tables tells the rule that linked them."""
    return json.loads(settings).get("identities")


def _names(lake: Snapshot, speakers: pd.DataFrame) -> list[Name]:
    sources = zip(*lake.read("articles", ["article_id", "source_uri"]).to_pydict().values(), strict=True)
    targets = lake.read("targets", TARGET_COLUMNS).to_pandas()
    return names_of(speakers, targets, {article_id: country_of(uri) for article_id, uri in sources})


def _earlier(lake: Snapshot) -> Earlier:
    rows = lake.read("identities", ["article_id", "local_id", "entity_id", "reason"]).to_pydict()
    kept = {(a, i): Kept(e, why) for a, i, e, why in zip(*rows.values(), strict=True) if why != UNNAMED}
    redirects = dict(zip(*lake.read("redirects").to_pydict().values(), strict=True))
    made = lake.derived_with()
    return Earlier(kept, redirects, made is not None and rule(made[1]) == identities.VERSION)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def country_of(uri: str) -> str | None:
    """The country domain of an article's address: "ke" of "https://news.example.co.ke/1"; None for "com"."""
    host = re.match(r"https?://(?:[^/@]*@)?([\w.-]+)", uri, re.IGNORECASE)
    last = host[1].lower().rsplit(".", 1)[-1] if host else ""
    return last if len(last) == 2 and last.isalpha() else None


class Around:
    """Entities that each article names, without those that are named in every tenth article."""

    def __init__(self, lake: Snapshot) -> None:
        self._lake = lake
        self._of: dict[str, frozenset[str]] | None = None

    def __call__(self, article_id: str) -> frozenset[str]:
        if self._of is None:
            self._of = rare_entities(self._lake.read("mentions", ["article_id", "entity_id"]).to_pandas())
        return self._of.get(article_id, frozenset())


def rare_entities(mentions: pd.DataFrame) -> dict[str, frozenset[str]]:
    """article_id → the entities it names, without the commonplace.

    Args:
        mentions: article_id, entity_id.
    """
    mentions = mentions.drop_duplicates()
    counts = mentions["entity_id"].value_counts()
    rare = counts.index[counts <= max(COMMONPLACE, len(mentions["article_id"].unique()) / 10)]
    kept = mentions[mentions["entity_id"].isin(rare)]
    return {str(i): frozenset(ids) for i, ids in kept.groupby("article_id")["entity_id"]}
