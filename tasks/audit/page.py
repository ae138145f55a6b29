"""The page that an audit is labelled on: one file that works from disk and asks the network for nothing."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import TypeAdapter

from sayso.tasks.articles import Analysis
from sayso.tasks.tables.judgements import Label, labels_of, sha256_of

_ESCAPED = "<>&\u2028\u2029"  # so that no text ends the script element it stands in
ASSETS = Path(__file__).parent / "assets"


def article_record(analysis: Analysis) -> dict[str, Any]:
    """What the page needs of an article: its text, and what the stages made of it."""
    article, spoken = analysis.article, set(analysis.resolution.speaker_ids)
    speakers = [s for s in analysis.resolution.speakers if s.speaker_id in spoken]
    plain = TypeAdapter(Label)
    return {
        "article_id": article.article_id,
        "title": article.title,
        "outlet": article.outlet,
        "date": f"{article.published_at:%Y-%m-%d}" if article.published_at else None,
        "text": article.text,
        "text_sha256": sha256_of(article.text),
        "paragraphs": [{"start": p.start, "end": p.end, "role": p.role} for p in article.paragraphs],
        "speakers": [{"speaker_id": s.speaker_id, "name": s.name, "kind": s.kind} for s in speakers],
        "targets": [
            {"target_id": t.target_id, "name": t.name, "kind": t.kind, "entity_type": t.entity_type}
            for t in analysis.targets.targets
        ],
        "statements": [
            {"statement_id": i, "label": plain.dump_python(label, mode="json")}
            for i, label in labels_of(analysis).items()
        ],
    }


def page(audit_id: str, records: Sequence[Mapping[str, Any]]) -> str:
    """The page as HTML. What comes out of articles is data, never markup: its policy allows no other script."""
    text = json.dumps({"audit_id": audit_id, "articles": records}, ensure_ascii=False, allow_nan=False)
    text = "".join(f"\\u{ord(c):04x}" if c in _ESCAPED else c for c in text)
    script, style = ((ASSETS / f"label.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    templates = Environment(loader=FileSystemLoader(ASSETS), autoescape=False, undefined=StrictUndefined)
    return templates.get_template("label.html.j2").render(
        data=text, script=script, style=style, script_hash=_hash(script), style_hash=_hash(style)
    )


def _hash(text: str) -> str:
    """As a Content-Security-Policy names an inline script or style."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
