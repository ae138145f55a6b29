"""Drawing an audit: from the lake to a sample whose design the lake keeps, and the page to label it on."""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sayso.tasks.articles import Analysis, UsageError
from sayso.tasks.audit.design import draw
from sayso.tasks.audit.page import article_record, page
from sayso.tasks.audit.quantities import People, Quantity, moments, quantity
from sayso.tasks.tables import Lake, Snapshot, aggregate, is_current
from sayso.tasks.tables.audited import Audit, audit_of, machine_labels
from sayso.tasks.tables.corrections import texts_of
from sayso.tasks.tables.derived import left_out
from sayso.tasks.tables.schemas import AUDITS

PAGE = "index.html"
_GENERATOR = b'<meta name="generator" content="sayso audit">'
_USUAL = ("share of direct", "share of organizations", "share of women quoted")
_TARGETS = 2  # of those that are spoken of most


def draw_audit(
    lake: Lake,
    run_id: str,
    n: int,
    at: datetime,
    seed: int | None = None,
    purpose: str | None = None,
    people: People | None = None,
) -> Audit:
    """Draw articles to check by hand, and keep in the lake which, why, and with what probability.

    Strata are of outlet, month and what the run was unsure of; near copies of articles are not drawn.

    Args:
        purpose: a quantity; articles are then given to the strata where it helps that most.

    Raises:
        UsageError: there is no article, or the purpose is no quantity.
    """
    wanted = quantity(purpose, people) if purpose else None
    if not is_current(lake):
        aggregate(lake, run_id)
    snapshot = lake.snapshot()
    articles = articles_of(snapshot)
    if articles.empty:
        raise UsageError(f"{lake.path} holds no articles to audit; sayso analyze puts some into it")
    labels = machine_labels(snapshot, articles["article_id"])
    doubts = snapshot.read("statements", ["article_id", "confidence"]).to_pandas()
    doubt = (1 - doubts["confidence"]).groupby(doubts["article_id"]).sum()
    frame = articles.assign(doubt=doubt.reindex(articles["article_id"], fill_value=0).to_numpy().round(6))
    told = pd.DataFrame({q.text: moments(q, labels, articles) for q in _interesting(labels, wanted)})
    keys = ["outlet", "month", "doubt"]
    if wanted:
        sums = wanted.sums(labels, articles).reindex(frame["article_id"], fill_value=0)
        frame, keys = frame.assign(has=sums["x"].to_numpy()), ["has", *keys]
    seed = secrets.randbelow(2**32) if seed is None else seed
    drawn = draw(frame, n, seed, keys, told, neyman=wanted is not None)
    sizes = {"articles": len(drawn), "drawn": int(drawn["sampled"].sum()), "strata": int(drawn["stratum"].nunique())}
    design = {"seed": seed, "for": purpose, "strata_by": keys, "outstanding_by": list(told)} | sizes
    texts = texts_of(snapshot, drawn["article_id"])
    rows = drawn.assign(
        audit_id=run_id,
        text_sha256=drawn["article_id"].map(texts),
        design=json.dumps(design),
        drawn_at=pd.Timestamp(at),
        position=drawn["position"].astype("Int32"),
    )
    lake.append(run_id, "audits", pa.Table.from_pandas(rows[AUDITS.names], AUDITS, preserve_index=False))
    return audit_of(lake.snapshot(), run_id)


def articles_of(lake: Snapshot) -> pd.DataFrame:
    """article_id, outlet, month ("" for undated) of every article that counts, by article_id."""
    columns = ["article_id", "outlet", "published_at", "published_from"]
    rows = lake.read("articles", columns).to_pandas().sort_values("article_id", ignore_index=True)
    rows = rows[~rows["article_id"].isin(left_out(lake))].reset_index(drop=True)
    month = rows["published_at"].dt.strftime("%Y-%m").fillna("").where(rows["published_from"] != "guessed", "")
    kept: pd.DataFrame = rows.assign(month=month, outlet=rows["outlet"].fillna(""))[["article_id", "outlet", "month"]]
    return kept


def _interesting(labels: pd.DataFrame, wanted: Quantity | None) -> list[Quantity]:
    """What the audit should tell: the quantity it is for, else what is usually asked."""
    if wanted:
        return [wanted]
    common = labels.dropna(subset="target_id")["target_name"].value_counts().head(_TARGETS).index
    return [quantity(text) for text in (*_USUAL, *(f"stance toward {name}" for name in common if " in " not in name))]


def sample(lake: Lake, audit: Audit) -> list[Analysis]:
    """What the stages made of the drawn articles, in the order of labelling.

    Raises:
        UsageError: the lake has not kept it (an older version wrote them); analysing them again does.
    """
    drawn = audit.frame[audit.frame["sampled"]].sort_values("position")["article_id"].tolist()
    made = lake.analyses(drawn)
    index = lake.index()
    if lost := [i for i in drawn if i in index and i not in made]:
        raise UsageError(
            f"{len(lost)} of the articles drawn are an older Sayso's; sayso analyze --recipe-change renews them"
        )
    return [made[i][0] for i in drawn if i in made]


def write_page(lake: Lake, audit: Audit, out: Path) -> Path:
    """Write the page of an audit into a folder; where it is.

    Raises:
        UsageError: the folder lies in a lake, has an index.html of somebody else's, or cannot be written.
    """
    out = out.expanduser().absolute()
    path = out / PAGE
    if out.is_relative_to(lake.path):
        raise UsageError(f"{out} lies in the lake; name another folder for the audit")
    try:
        if path.exists() and _GENERATOR not in path.read_bytes()[:2000]:
            raise UsageError(f"{out} has an {PAGE} that is no audit's; name another folder")
        text = page(audit.audit_id, [article_record(a) for a in sample(lake, audit)])
        out.mkdir(parents=True, exist_ok=True)
        put(path, text)
    except OSError as error:
        raise UsageError(f"cannot write the audit to {out}: {error.strerror}") from error
    return path


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(text, encoding="utf-8")
    os.replace(scratch, path)
