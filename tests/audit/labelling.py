"""Files of corrections as the page saves them, made by a coder of our own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sayso.tasks.audit.drawing import sample
from sayso.tasks.audit.page import article_record
from sayso.tasks.tables import Lake
from sayso.tasks.tables.audited import Audit

Statement = dict[str, Any]


def accepted(number: int, statement: Statement) -> Statement:
    return statement


def record(
    lake: Lake,
    audit: Audit,
    coder: str = "Ada",
    judge: Callable[[int, Statement], Statement] = accepted,
    articles: int | None = None,
    made_at: str = "2026-03-05T10:00:00Z",
) -> dict[str, Any]:
    """What the page saves after a coder has finished some of the articles.

    Args:
        judge: (number of the statement in the sample, the statement as accepted) → as the coder has it.
    """
    found, number = [], 0
    for analysis in sample(lake, audit)[:articles]:
        page, statements = article_record(analysis), []
        for s in page["statements"]:
            given = {"statement_id": s["statement_id"], "action": "accepted", "before": s["label"], "after": None}
            statements.append(judge(number, given))
            number += 1
        found.append(
            {key: page[key] for key in ("article_id", "text_sha256")}
            | {"finished": True, "made_at": made_at, "statements": statements}
        )
    head = {"format": "sayso corrections 1", "audit_id": audit.audit_id, "coder": coder, "saved_at": made_at}
    return head | {"articles": found}


def written(path: Path, record: dict[str, Any]) -> Path:
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def changed(statement: Statement, **fields: Any) -> Statement:
    return statement | {"action": "changed", "after": statement["before"] | fields}


def deleted(statement: Statement) -> Statement:
    return statement | {"action": "deleted", "after": None}
