"""Tables made from all articles of a lake: identities, speaker_stances; and near copies of articles."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from sayso.tasks import identities
from sayso.tasks.estimates import MIN_CLUSTERS, mean_by
from sayso.tasks.surveys import Ratio
from sayso.tasks.tables.audited import corrected_stances
from sayso.tasks.tables.kept import PERMUTATIONS, opened, sketch
from sayso.tasks.tables.lake import Lake
from sayso.tasks.tables.people import by_entity, identities_of, is_named
from sayso.tasks.tables.schemas import ANALYSES_TABLE, IDENTITIES, REDIRECTS, SPEAKER_STANCES
from sayso.tasks.tables.snapshot import OutOfDate, Snapshot

NEAR_COPY_DAYS = 6
NEAR_COPY = 0.7  # Jaccard similarity of word 5-grams
_BANDS = (25, 5)  # bands and rows: 99 % of the pairs at NEAR_COPY meet in a band
VERSION = 6  # raise it when the same rows would give other aggregates
_TRIES = 3
_CLEAR = 0.2  # mean stance
CLEAR_ARTICLES = 3  # one article, or a pair, makes no stance clear
_KEY = ["person_id", "target_id", "period"]
_CORRECTED = ["stance_corrected", "corrected_low", "corrected_high"]


class Counting(NamedTuple):
    """How articles are counted: the [aggregates] of the settings."""

    count_copies: bool = False
    near_copy_days: int = NEAR_COPY_DAYS
    factuality: tuple[str, ...] = ("asserted",)


class Clear(NamedTuple):
    """A stance that is listed as one of the strongest, and what it rests on."""

    target_name: str
    mean: float
    n_statements: int
    n_articles: int
    certain: bool


def aggregate(
    lake: Lake,
    run_id: str,
    count_copies: bool | None = None,
    near_copy_days: int | None = None,
    factuality: tuple[str, ...] | None = None,
) -> dict[str, int]:
    """Rebuild the derived tables of a lake; rows of each, and the number of near copies.

    The lock is held only to put them in place; where another run has changed the lake meanwhile, they are made again.

    Args:
        count_copies: whether speaker_stances counts near copies too; by default as the last time.
        near_copy_days: how many days after an article its near copies may appear; by default as the last time.
        factuality: of which statements speaker_stances counts; by default as the last time.
    """
    wanted = _last(lake)
    if count_copies is not None:
        wanted = wanted._replace(count_copies=count_copies)
    if near_copy_days is not None:
        wanted = wanted._replace(near_copy_days=near_copy_days)
    if factuality is not None:
        wanted = wanted._replace(factuality=tuple(sorted(factuality)))
    for _ in range(_TRIES):
        snapshot = lake.snapshot()
        content = snapshot.content()
        try:
            originals, tables = _derive(snapshot, wanted)
        except OutOfDate:  # articles were forgotten meanwhile
            continue
        with lake.locked():
            if lake.content() == content:
                return _put(lake, run_id, originals, tables, wanted)
    with lake.locked():
        return _put(lake, run_id, *_derive(lake.snapshot(), wanted), wanted)


def is_stale(
    lake: Lake | Snapshot,
    count_copies: bool,
    near_copy_days: int = NEAR_COPY_DAYS,
    factuality: tuple[str, ...] = ("asserted",),
) -> bool:
    """Whether the derived tables are not what `aggregate` would make of the lake as it is."""
    return lake.derived_with() != (
        lake.content(),
        _settings(Counting(count_copies, near_copy_days, tuple(sorted(factuality)))),
    )


def is_current(lake: Lake | Snapshot) -> bool:
    """Whether the derived tables are made of the lake as it is, with whatever settings."""
    return lake.derived_with() == (lake.content(), _settings(_last(lake)))


def left_out(lake: Snapshot) -> set[str]:
    """article_ids that speaker_stances leaves out: near copies, unless it was made to count them."""
    if counts_copies(lake):
        return set()
    articles = lake.read("articles", ["article_id", "duplicate_of"])
    return set(articles.filter(articles["duplicate_of"].is_valid())["article_id"].to_pylist())


def pooled_stances(lake: Snapshot) -> pd.DataFrame:
    """The rows that speaker_stances would have if all time were one month; `period` is null."""
    if not lake.files("quotes"):
        none: pd.DataFrame = SPEAKER_STANCES.empty_table().to_pandas()
        return none
    known = lake.read("identities").to_pandas()
    rows = stances(_opinions(lake, known, left_out(lake), _last(lake).factuality).assign(period=""))
    return _with_corrected(rows, corrected_stances(lake, known, _periods(lake).map(lambda _: "")))


def strongest(stances: pd.DataFrame, most: int = 3) -> dict[str, list[Clear]]:
    """For each person_id what they are clearly for or against, strongest first.

    Listed is a mean beyond ±0.2 over at least `CLEAR_ARTICLES` articles whose interval, if it has one, leaves out 0;
    it is certain only where it has one.

    Args:
        stances: rows as of `pooled_stances`: one for each person and target.
    """
    sure = is_certain(stances)
    listed = (stances["n_articles"] >= CLEAR_ARTICLES) & (stances["stance_mean"].abs() > _CLEAR)
    rows = stances.assign(certain=sure)[listed & (sure | stances["stance_low"].isna())]
    rows = rows.assign(strength=rows["stance_mean"].abs() * np.log1p(rows["n_articles"]))
    rows = rows.sort_values(["strength", "target_name"], ascending=[False, True])
    found: dict[str, list[Clear]] = {}
    columns = ["person_id", "target_name", "stance_mean", "n_statements", "n_articles", "certain"]
    for person_id, *stance in rows.groupby("person_id").head(most)[columns].itertuples(index=False):
        found.setdefault(person_id, []).append(Clear(*stance))
    return found


def is_certain(stances: pd.DataFrame) -> pd.Series:
    """Whether each row's mean stance has a 95 % interval, which asks for enough articles, and it leaves out 0."""
    return (stances["stance_low"] > 0) | (stances["stance_high"] < 0)


def counts_copies(lake: Lake | Snapshot) -> bool:
    """Whether speaker_stances counts near copies of articles too."""
    return _last(lake).count_copies


def _last(lake: Lake | Snapshot) -> Counting:
    """What the derived tables were last made with, by whatever version; the defaults for what is not known."""
    kept = lake.derived_with()
    known = json.loads(kept[1]) if kept else {}
    last = Counting(**{name: known[name] for name in Counting._fields if name in known})
    return last._replace(factuality=tuple(last.factuality))


def _settings(used: Counting) -> str:
    return json.dumps({"version": VERSION, "identities": identities.VERSION} | used._asdict())


def _derive(lake: Snapshot, wanted: Counting) -> tuple[dict[str, str], dict[str, pa.Table]]:
    originals = near_copies(_sketches(lake), wanted.near_copy_days)
    known, redirects = identities_of(lake)
    copies = set() if wanted.count_copies else originals.keys()
    rows = stances(_opinions(lake, known, copies, wanted.factuality))
    rows = _with_corrected(rows, corrected_stances(lake, known, _periods(lake)))
    return originals, {
        "identities": pa.Table.from_pandas(known, IDENTITIES, preserve_index=False),
        "redirects": pa.table([[*redirects], [*redirects.values()]], REDIRECTS),
        "speaker_stances": pa.Table.from_pandas(rows, SPEAKER_STANCES, preserve_index=False),
    }


def _put(
    lake: Lake, run_id: str, originals: dict[str, str], tables: dict[str, pa.Table], used: Counting
) -> dict[str, int]:
    lake.derive(run_id, originals, tables, _settings(used))
    return {name: table.num_rows for name, table in tables.items()} | {"near_copies": len(originals)}


def _sketches(lake: Snapshot) -> pd.DataFrame:
    """article_id, published_at and sketch of every article; those of old lakes are sketched here."""
    articles: pd.DataFrame = lake.read("articles", ["article_id", "published_at"]).to_pandas()
    known = dict(zip(*lake.read(ANALYSES_TABLE, ["article_id", "sketch"]).to_pydict().values(), strict=True))
    if len(known) < len(articles):
        for _, rows in lake.parts("articles", ["article_id", "text"]):
            pairs = zip(*rows.to_pydict().values(), strict=True)
            known |= {i: sketch(text) for i, text in pairs if i not in known}
    return articles.assign(sketch=[known[i] for i in articles["article_id"]])


def near_copies(articles: pd.DataFrame, days: int = NEAR_COPY_DAYS) -> dict[str, str]:
    """article_id of each near copy → the article it repeats: the earliest published, then the smallest id.

    MinHash and locality-sensitive hashing (Broder 1997) over word 5-grams; similarity is estimated by the sketches,
    to about 0.04. What appears more than `days` after is no copy, however alike: monthly figures, court lists and
    market reports are written from one template. An undated article may be of any day, and repeats what it is like.

    Args:
        articles: article_id, published_at, sketch.
    """
    from datasketch import MinHashLSH

    ranked = articles.sort_values(["published_at", "article_id"], na_position="last")
    originals: dict[str, str] = {}
    first: list[tuple[str, Any, Any]] = []  # (article_id, date, sketch) of those that repeat nothing; keys are places
    window = timedelta(days=days)
    index = MinHashLSH(params=_BANDS, num_perm=PERMUTATIONS)
    for article_id, at, packed in ranked[["article_id", "published_at", "sketch"]].itertuples(index=False):
        mine = opened(packed)
        near = [place for place in index.query(mine) if not at - first[place][1] > window]  # not so where one is NaT
        alike = [place for place in near if mine.jaccard(first[place][2]) >= NEAR_COPY]
        if alike:
            originals[article_id] = first[min(alike)][0]
        else:
            index.insert(len(first), mine, check_duplication=False)
            first.append((article_id, at, mine))
    return originals


def _opinions(lake: Snapshot, known: pd.DataFrame, left_out: Any, factuality: tuple[str, ...]) -> pd.DataFrame:
    """Stances and sentiments of persons and organizations, summed for each person, target, month and article.

    Args:
        known: rows of identities.
        left_out: article_ids that do not count.
        factuality: of the statements that count; rows of older versions, which have none, count as asserted.
    """
    columns = ["statement_id", "article_id", "speaker_id", "speaker_kind", "speaker_name", "target_id", "target_name"]
    once = ["statement_id", "person_id", "target_id"]
    periods, members = _periods(lake), _members(lake)
    parts = []
    for _, table in lake.parts("quotes", [*columns, "stance", "target_sentiment", "factuality"]):
        rows = table.to_pandas()
        rows = rows[rows["factuality"].fillna("asserted").isin(factuality)]
        rows = _by_member(rows, members)
        rows = rows[rows["target_id"].notna() & is_named(rows) & ~rows["article_id"].isin(left_out)]
        rows = by_entity(rows, known)
        # Two names of an article may be one entity: the speaker's own, or one that the statement has already.
        rows = rows[rows["target_id"] != rows["person_id"]].drop_duplicates(once)
        rows["period"] = rows["article_id"].map(periods)
        for label in ("favor", "neutral", "against"):
            rows[f"n_{label}"] = (rows["stance"] == label).astype(np.int32)
        rows["tone"] = rows["target_sentiment"].map({"positive": 1, "neutral": 0, "negative": -1}).astype(np.int32)
        counted = ["n_favor", "n_neutral", "n_against", "tone"]
        parts.append(rows.groupby([*_KEY, "person_name", "target_name", "article_id"], as_index=False)[counted].sum())
    return pd.concat(parts, ignore_index=True)


def _members(lake: Snapshot) -> pd.DataFrame:
    """A row for each member of each joint speaker: article_id, speaker_id, and the member's id, kind and name."""
    speakers = lake.read(
        "speakers", ["article_id", "speaker_id", "speaker_kind", "speaker_name", "members"]
    ).to_pandas()
    joint = speakers.loc[speakers["members"].str.len() > 0, ["article_id", "speaker_id", "members"]]
    joint = joint.explode("members").rename(columns={"members": "member_id"})
    own = speakers[["article_id", "speaker_id", "speaker_kind", "speaker_name"]]
    own = own.add_prefix("member_").rename(
        columns={"member_article_id": "article_id", "member_speaker_id": "member_id"}
    )
    members: pd.DataFrame = joint.merge(own)
    return members


def _by_member(rows: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The rows of joint speakers once for each member, in the member's name."""
    if members.empty:
        return rows
    joint = rows.merge(members, on=["article_id", "speaker_id"])
    for column in ("speaker_id", "speaker_kind", "speaker_name"):
        joint[column] = joint["member_id" if column == "speaker_id" else f"member_{column}"]
    together = pd.MultiIndex.from_frame(members[["article_id", "speaker_id"]])
    alone = ~pd.MultiIndex.from_frame(rows[["article_id", "speaker_id"]]).isin(together)
    return pd.concat([rows[alone], joint[rows.columns]], ignore_index=True)


def stances(opinions: pd.DataFrame) -> pd.DataFrame:
    """Rows of speaker_stances: each person and organization toward each target in each month.

    Args:
        opinions: of each article: person_id, person_name, target_id, target_name, period (as text, "" for undated),
            n_favor, n_neutral, n_against, tone (positive minus negative).
    """
    labels = ["n_favor", "n_neutral", "n_against"]
    named = opinions.assign(n_statements=opinions[labels].sum(axis=1))
    named["score"] = named["n_favor"] - named["n_against"]
    # The name that most statements use, of equals the first in the alphabet.
    uses = named.groupby(["target_id", "target_name"], as_index=False)[["n_statements"]].sum()
    uses = uses.sort_values(["n_statements", "target_name"], ascending=[False, True]).drop_duplicates("target_id")
    of_article = named.groupby([*_KEY, "article_id"], as_index=False)[labels].sum()
    rows = named.groupby(_KEY, as_index=False).agg(
        person_name=("person_name", "first"),
        n_statements=("n_statements", "sum"),
        n_articles=("article_id", "nunique"),
        **{label: (label, "sum") for label in labels},
        score=("score", "sum"),
        tone=("tone", "sum"),
    )
    rows = rows.merge(uses[["target_id", "target_name"]], on="target_id")
    rows["stance_mean"] = rows["score"] / rows["n_statements"]
    rows["target_sentiment_mean"] = rows["tone"] / rows["n_statements"]
    enough = rows.loc[rows["n_articles"] >= MIN_CLUSTERS, _KEY].merge(of_article, on=_KEY)
    bounds = {key: _interval(group[labels].to_numpy()) for key, group in enough.groupby(_KEY)}
    ends = [bounds.get(key, (np.nan, np.nan, None)) for key in rows[_KEY].itertuples(index=False, name=None)]
    columns = ["stance_low", "stance_high", "interval_method"]
    rows[columns] = pd.DataFrame(ends, columns=columns, index=rows.index)
    rows["period"] = pd.Series([date.fromisoformat(p) if p else None for p in rows["period"]], dtype=object)
    rows[_CORRECTED] = np.nan
    return rows[[*SPEAKER_STANCES.names]]


def _periods(lake: Snapshot) -> pd.Series:
    """article_id → first of the month as text, "" for undated and guessed."""
    dated = lake.read("articles", ["article_id", "published_at", "published_from"]).to_pandas().set_index("article_id")
    # Months as text: they sort, and no calendar of pandas reaches back to the first newspapers.
    months: pd.Series = dated["published_at"].dt.strftime("%Y-%m-01").fillna("")
    return months.where(dated["published_from"] != "guessed", "")


def _with_corrected(rows: pd.DataFrame, told: Mapping[tuple[str, str, str], Ratio]) -> pd.DataFrame:
    """speaker_stances with what an audit says of them."""
    if not told:
        return rows
    keys = zip(rows["person_id"], rows["target_id"], (str(p or "") for p in rows["period"]), strict=True)
    found = [told.get(key) for key in keys]
    values = [(r.value, r.low, r.high) if r else (None, None, None) for r in found]
    rows[_CORRECTED] = pd.DataFrame(values, columns=_CORRECTED, index=rows.index, dtype=float)
    return rows


def _interval(counts: np.ndarray) -> tuple[float | None, float | None, str | None]:
    """Bounds and method of the mean stance; a row of statements for, neutral and against is an article's."""
    n = len(counts)
    found = mean_by(np.repeat([1, 0, -1], n), np.tile(np.arange(n), 3), counts.T.ravel())
    return found.low, found.high, found.method
