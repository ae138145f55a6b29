"""The lake's speakers as `sayso.tasks.identities` wants them, and its answer as rows of the table identities."""

import re

import pandas as pd

from sayso.tasks.identities import LIST_FILE, Appearance, identify, load_list
from sayso.tasks.tables.schemas import IDENTITIES
from sayso.tasks.tables.snapshot import Snapshot

NAMED = ("person", "organization")
COMMONPLACE = 10  # articles; what more than these and than every tenth name, tells nothing about who somebody is


def identities_of(lake: Snapshot) -> pd.DataFrame:
    """Rows of the table identities; speakers that are no person or body stand for themselves in each article."""
    speakers = lake.read("speakers").to_pandas()
    found = identify(_appearances(lake, speakers), Around(lake), load_list(lake.path / LIST_FILE))
    others = speakers[~_is_named(speakers)]
    alone = others.assign(person_id=others["speaker_id"], person_name=others["speaker_name"], reason="unnamed")
    table = pd.concat([pd.DataFrame(found, columns=IDENTITIES.names), alone[IDENTITIES.names]])
    return table.sort_values(["article_id", "speaker_id"], ignore_index=True)


def appearances(lake: Snapshot) -> list[Appearance]:
    """The persons and organizations that speak in each article."""
    return _appearances(lake, lake.read("speakers").to_pandas())


def _appearances(lake: Snapshot, speakers: pd.DataFrame) -> list[Appearance]:
    sources = lake.read("articles", ["article_id", "source_uri"]).to_pandas().set_index("article_id")["source_uri"]
    return [
        Appearance(
            row.article_id,
            row.speaker_id,
            row.speaker_name,
            row.speaker_kind,
            _text(row.job_title),
            _text(row.affiliation),
            country_of(sources[row.article_id]),
            tuple(row.aliases),
        )
        for row in speakers[_is_named(speakers)].itertuples()
    ]


def _is_named(speakers: pd.DataFrame) -> pd.Series:
    """Persons and bodies that an article names; a "city council" of one article alone is none."""
    return speakers["speaker_kind"].isin(NAMED) & (speakers["speaker_id"].str.count(":") == 1)


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
            mentions = self._lake.read("mentions", ["article_id", "entity_id"]).to_pandas().drop_duplicates()
            counts = mentions["entity_id"].value_counts()
            rare = counts.index[counts <= max(COMMONPLACE, len(mentions["article_id"].unique()) / 10)]
            kept = mentions[mentions["entity_id"].isin(rare)]
            self._of = {i: frozenset(ids) for i, ids in kept.groupby("article_id")["entity_id"]}
        return self._of.get(article_id, frozenset())
