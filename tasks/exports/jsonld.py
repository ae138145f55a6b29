"""Quotations by the words of schema.org, as JSON-LD."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sayso.tasks.questions import quotes
from sayso.tasks.tables import Snapshot

CONTEXT = "https://schema.org"
_TYPES = {"person": "Person", "author": "Person", "organization": "Organization", "group": "Organization"}


def write_jsonld(lake: Snapshot, folder: Path) -> str:
    """quotations.jsonld: a graph of Quotations, those that stand inside quotation marks at least in part.

    Indirect speech is no quotation. Source: https://schema.org/Quotation.
    """
    with (folder / "quotations.jsonld").open("w", encoding="utf-8") as file:
        file.write(f'{{"@context": "{CONTEXT}", "@graph": [')
        for i, node in enumerate(quotations(lake)):
            file.write(",\n" if i else "\n")
            file.write(json.dumps(node, ensure_ascii=False).replace("</", "<\\/"))
        file.write("\n]}\n")
    return ""


def quotations(lake: Snapshot) -> Iterator[dict[str, Any]]:
    """A node for each statement that is quoted, with its targets."""
    for rows in quotes(lake):
        rows = rows[rows["statement_kind"] != "indirect"]
        for _, group in rows.groupby("statement_id", sort=False):
            yield _node(group.iloc[0], [n for n in group["target_name"] if isinstance(n, str)])


def _node(row: Any, targets: list[str]) -> dict[str, Any]:
    node: dict[str, Any] = {"@type": "Quotation", "@id": f"urn:sayso:{row.statement_id}", "text": row.content}
    if row.speaker_kind in _TYPES:
        node["creator"] = {"@type": _TYPES[row.speaker_kind], "name": row.person_name, "identifier": row.person_id}
        for column, name in (("job_title", "jobTitle"),) if row.speaker_kind == "person" else ():
            if isinstance(row[column], str):
                node["creator"][name] = row[column]
        if row.speaker_kind == "person" and isinstance(row.affiliation, str):
            node["creator"]["affiliation"] = {"@type": "Organization", "name": row.affiliation}
    if targets:
        node["about"] = [{"@type": "Thing", "name": name} for name in targets]
    article: dict[str, Any] = {"@type": "NewsArticle", "headline": row.title, "identifier": row.article_id}
    if row.source_uri.startswith(("http://", "https://")):
        article["url"] = row.source_uri
    if isinstance(row.outlet, str):
        article["publisher"] = {"@type": "Organization", "name": row.outlet}
    if row.published_at == row.published_at:  # no date is not itself
        article["datePublished"] = row.published_at.isoformat()
    node["isPartOf"] = article
    return node
