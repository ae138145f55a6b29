"""Audits out to Label Studio and CSV, and what was labelled there back as a file of corrections.

In Label Studio a statement is a region "content" whose id is the statement's, with its labels as choices and texts of
that region; relations lead from it to its source, its cue and further pieces of content. In CSV a row is a statement
toward a target. Of an article that comes back, what is equal was accepted, what is gone was deleted.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sayso.tasks.articles import Analysis, Span, UsageError
from sayso.tasks.scores import SENTIMENTS
from sayso.tasks.tables.judgements import Label, Toward, labels_of, plain, sha256_of

FORMAT = "sayso corrections 1"
PARTS = ("source", "cue", "further content")
KINDS = ("person", "organization", "group", "anonymous", "author", "unknown")
CONFIG = f"""<View>
  <Header value="$title"/>
  <Labels name="part" toName="text">
    <Label value="content" background="#0072b2"/><Label value="source" background="#009e73"/>
    <Label value="cue" background="#e69f00"/><Label value="further content" background="#56b4e9"/>
  </Labels>
  <Relations><Relation value="source"/><Relation value="cue"/><Relation value="further content"/></Relations>
  <Text name="text" value="$text" granularity="word"/>
  <View visibleWhen="region-selected" whenTagName="part" whenLabelValue="content">
    <TextArea name="speaker" toName="text" perRegion="true" maxSubmissions="1" placeholder="speaker"/>
    <Choices name="speaker_kind" toName="text" perRegion="true">
      {"".join(f'<Choice value="{kind}"/>' for kind in KINDS)}
    </Choices>
    <Choices name="sentiment" toName="text" perRegion="true">
      {"".join(f'<Choice value="{tone}"/>' for tone in SENTIMENTS)}
    </Choices>
    <TextArea name="targets" toName="text" perRegion="true"
      placeholder="name | person, organization, place, group or issue | against, neutral or favor | negative, …"/>
  </View>
</View>
"""
COLUMNS = (
    *("coder", "article_id", "text_sha256", "statement_id", "said", "content", "source", "cue"),
    *("speaker_id", "speaker", "speaker_kind", "sentiment"),
    *("target_id", "target", "target_kind", "stance", "target_sentiment"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "'")  # what a spreadsheet would run, or has in front of what it must not


class Coded(NamedTuple):
    """An article as a coder has it; `statements` are (statement_id or None, label)."""

    article_id: str
    text_sha256: str
    coder: str
    made_at: str
    statements: list[tuple[str | None, Label]]


def label_studio(audit_id: str, analyses: Iterable[Analysis]) -> str:
    """Tasks for Label Studio, Sayso's statements as predictions."""
    tasks = []
    for analysis in analyses:
        article = analysis.article
        result = [r for i, label in labels_of(analysis).items() for r in _regions(i, label, article.text)]
        known = {"article_id": article.article_id, "text_sha256": sha256_of(article.text), "audit_id": audit_id}
        data = {"text": article.text, "title": article.title, **known, **_known_ids(analysis)}
        tasks.append({"data": data, "predictions": [{"model_version": "sayso", "result": result}]})
    return json.dumps(tasks, ensure_ascii=False, indent=1)


def _known_ids(analysis: Analysis) -> dict[str, dict[str, str]]:
    """Names of speakers and targets → ids, so that names that come back are theirs again."""
    speakers = {f"{s.kind} {s.name}": s.speaker_id for s in analysis.resolution.speakers}
    return {"speaker_ids": speakers, "target_ids": {t.name: t.target_id for t in analysis.targets.targets}}


def _regions(statement_id: str, label: Label, text: str) -> Iterator[dict[str, Any]]:
    pieces = [(statement_id, "content", label.content[0])]
    pieces += [(f"{statement_id} {i}", "further content", s) for i, s in enumerate(label.content[1:], start=1)]
    pieces += [(f"{statement_id} {part}", part, s) for part in ("source", "cue") if (s := getattr(label, part))]
    common = {"to_name": "text", "origin": "prediction"}
    for region, part, (start, end) in pieces:
        value = {"start": start, "end": end, "text": text[start:end]}
        yield common | {"id": region, "from_name": "part", "type": "labels", "value": value | {"labels": [part]}}
    start, end = label.content[0]
    of_region = common | {"id": statement_id}
    targets = [" | ".join((t.name, _kind(t), t.stance, t.target_sentiment)) for t in label.targets]
    for name, kind, values in (
        ("speaker", "textarea", [label.speaker.name]),
        ("speaker_kind", "choices", [label.speaker.kind]),
        ("sentiment", "choices", [label.sentiment]),
        *([("targets", "textarea", targets)] if targets else []),
    ):
        field = "text" if kind == "textarea" else kind
        yield of_region | {"from_name": name, "type": kind, "value": {"start": start, "end": end, field: values}}
    for region, part, _ in pieces[1:]:
        yield {"type": "relation", "from_id": statement_id, "to_id": region, "direction": "right", "labels": [part]}


def _kind(target: Toward) -> str:
    return "issue" if target.kind == "issue" else target.entity_type or "entity"


def from_label_studio(text: str, coder: str | None, now: str) -> tuple[str | None, list[Coded]]:
    """(audit_id, what coders have) of an export; annotations that were skipped are no labels.

    Raises:
        UsageError: it is no export of such tasks; the message says where.
    """
    found, audit_id, number = [], None, 0
    try:
        for task in json.loads(text):
            number += 1
            data = task["data"]
            audit_id = data["audit_id"]
            for annotation in task.get("annotations", ()):
                if annotation.get("was_cancelled"):
                    continue
                by = annotation.get("completed_by", "")
                name = coder or str(by.get("email") or by.get("id") if isinstance(by, dict) else by)
                at = annotation.get("updated_at") or annotation.get("created_at") or now
                said = _statements(annotation["result"], data)
                found.append(Coded(data["article_id"], data["text_sha256"], name, at, said))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"task {number}: {' '.join(str(error).split())[:200]}") from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(f"task {number} is none that sayso audit writes ({error!r})") from error
    return audit_id, found


def _statements(result: Sequence[Mapping[str, Any]], data: Mapping[str, Any]) -> list[tuple[str | None, Label]]:
    text = data["text"]
    parts = {r["id"]: (r["value"]["labels"][0], _span(r["value"], text)) for r in result if r["type"] == "labels"}
    more = {(r["id"], r["from_name"]): r["value"] for r in result if r["type"] in ("textarea", "choices")}
    led: dict[str, list[tuple[str, Span]]] = {}
    for r in result:
        if r["type"] == "relation":
            ends = [r["from_id"], r["to_id"]]
            if parts[ends[0]][0] != "content":
                ends.reverse()
            led.setdefault(ends[0], []).append(parts[ends[1]])
    statements = []
    for region, (part, span) in parts.items():
        if part != "content":
            continue

        def choice(name: str, region: str = region, default: str = "") -> str:
            value = more.get((region, name), {})
            found: str = (value.get("text") or value.get("choices") or [default])[0]
            return found.strip()

        of = {part: [s for p, s in led.get(region, ()) if p == part] for part in PARTS}
        name, kind = choice("speaker", default="unknown"), choice("speaker_kind", default="unknown")
        who = {"speaker_id": data["speaker_ids"].get(f"{kind} {name}"), "name": name, "kind": kind}
        targets = [_target(line, data["target_ids"]) for line in more.get((region, "targets"), {}).get("text", ())]
        label = {
            "content": sorted([span, *of["further content"]]),
            "source": next(iter(of["source"]), None),
            "cue": next(iter(of["cue"]), None),
            "statement_kind": "indirect",
            "speaker": who,
            "sentiment": choice("sentiment", default="neutral"),
            "targets": targets,
        }
        statements.append((region, plain(label)))
    return statements


def _span(value: Mapping[str, Any], text: str) -> Span:
    """Of code points; older versions of Label Studio count in units of UTF-16."""
    start, end, said = int(value["start"]), int(value["end"]), value.get("text")
    if said is not None and text[start:end] != said:
        units = text.encode("utf-16-le")
        a, b = (len(units[: 2 * at].decode("utf-16-le", "ignore")) for at in (start, end))
        if text[a:b] == said:
            return Span(a, b)
        raise ValueError(f"the text at {start} is not {said[:40]!r}")
    return Span(start, end)


def _target(line: str, ids: Mapping[str, str]) -> dict[str, Any]:
    fields = [field.strip() for field in line.split("|")]
    if len(fields) != 4:
        raise ValueError(f"a target is name | kind | stance | portrayal, not {line[:60]!r}")
    name, kind, stance, tone = fields
    return _toward(ids.get(name), name, kind, stance, tone)


def _toward(target_id: str | None, name: str, kind: str, stance: str, tone: str) -> dict[str, Any]:
    entity = None if kind in ("issue", "entity") else kind
    whom = {"target_id": target_id, "name": name, "kind": "issue" if kind == "issue" else "entity"}
    return whom | {"entity_type": entity, "stance": stance, "target_sentiment": tone}


def as_csv(analyses: Iterable[Analysis]) -> str:
    """A row a statement and target; a coder fills in their name and changes, adds or takes out rows."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    for analysis in analyses:
        article = analysis.article
        for statement_id, label in labels_of(analysis).items():
            common = {
                "article_id": article.article_id,
                "text_sha256": sha256_of(article.text),
                "statement_id": statement_id,
                "said": " … ".join(article.text[a:b] for a, b in label.content),
                "content": _spans(label.content),
                "source": _spans([label.source] if label.source else []),
                "cue": _spans([label.cue] if label.cue else []),
                "speaker_id": label.speaker.speaker_id,
                "speaker": label.speaker.name,
                "speaker_kind": label.speaker.kind,
                "sentiment": label.sentiment,
            }
            for t in label.targets or [None]:
                toward = {} if t is None else {"target_id": t.target_id, "target": t.name, "target_kind": _kind(t)}
                toward |= {} if t is None else {"stance": t.stance, "target_sentiment": t.target_sentiment}
                rows.writerow({name: _safe(value) for name, value in (common | toward).items()})
    return out.getvalue()


def from_csv(text: str, coder: str | None, now: str) -> list[Coded]:
    """What a coder has, of such a file; rows of one statement belong together.

    Raises:
        UsageError: a row or column is not as it should be; the message says which.
    """
    reader = csv.DictReader(io.StringIO(text))
    if lacking := set(COLUMNS) - set(reader.fieldnames or ()):
        raise UsageError(f"it has no column {min(lacking)}")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    try:
        for row in reader:
            given = {name: _unsafe(row[name] or "") for name in COLUMNS}
            name = coder or given["coder"]
            article = found.setdefault((given["article_id"], name), {"sha": given["text_sha256"], "said": {}})
            key = given["statement_id"], given["content"]
            label = article["said"].setdefault(key, _label_of(given))
            if given["target"]:
                kind = given["target_kind"], given["stance"], given["target_sentiment"]
                label["targets"].append(_toward(given["target_id"] or None, given["target"], *kind))
        return [
            Coded(i, of["sha"], name, now, [(key[0] or None, plain(label)) for key, label in of["said"].items()])
            for (i, name), of in found.items()
        ]
    except (ValueError, csv.Error) as error:
        raise UsageError(f"line {reader.line_num}: {' '.join(str(error).split())[:200]}") from error


def _label_of(given: Mapping[str, str]) -> dict[str, Any]:
    source, cue = (_spans_of(given[part]) for part in ("source", "cue"))
    who = {"speaker_id": given["speaker_id"] or None, "name": given["speaker"], "kind": given["speaker_kind"]}
    return {
        "content": _spans_of(given["content"]),
        "source": next(iter(source), None),
        "cue": next(iter(cue), None),
        "statement_kind": "indirect",
        "speaker": who,
        "sentiment": given["sentiment"],
        "targets": [],
    }


def _spans(spans: Iterable[Span]) -> str:
    return "; ".join(f"{a} to {b}" for a, b in spans)


def _spans_of(text: str) -> list[Span]:
    return [Span(*(int(at) for at in piece.split(" to "))) for piece in text.split(";") if piece.strip()]


def _safe(value: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _unsafe(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def as_file(audit_id: str | None, coder: str, coded: Sequence[Coded], made: Mapping[str, Analysis]) -> dict[str, Any]:
    """What one coder has, as the page would have saved it."""
    articles = []
    for each in coded:
        labels = labels_of(made[each.article_id]) if each.article_id in made else {}
        statements = []
        for statement_id, label in each.statements:
            before = labels.get(statement_id or "")
            alike = before is not None and _same(before, label)
            action = "added" if before is None else "accepted" if alike else "changed"
            record = {"statement_id": statement_id if before else None, "action": action, "before": before}
            statements.append(record | {"after": None if alike else label})
        gone = labels.keys() - {i for i, _ in each.statements}
        lost = [{"statement_id": i, "action": "deleted", "before": labels[i], "after": None} for i in sorted(gone)]
        head = {"article_id": each.article_id, "text_sha256": each.text_sha256, "finished": True}
        articles.append(head | {"made_at": each.made_at, "statements": statements + lost})
    return {
        "format": FORMAT,
        "audit_id": audit_id,
        "coder": coder,
        "saved_at": max(e.made_at for e in coded),
        "articles": articles,
    }


def _same(one: Label, other: Label) -> bool:
    """Whether two labels say the same; the kind of a statement follows from its text."""
    facts = [(e.content, e.source, e.cue, e.sentiment) for e in (one, other)]
    who = [(e.speaker.name, e.speaker.kind) for e in (one, other)]
    toward = [{(t.name, t.kind, t.stance, t.target_sentiment) for t in e.targets} for e in (one, other)]
    return facts[0] == facts[1] and who[0] == who[1] and toward[0] == toward[1]
