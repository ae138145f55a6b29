"""Files of corrections: read, checked against the lake, and made corrections of; or told what is wrong with them."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from sayso.tasks.articles import Analysis, Span, UsageError
from sayso.tasks.audit.exchange import Coded, as_file, from_csv, from_label_studio
from sayso.tasks.reading.cleaning import one_line
from sayso.tasks.tables import Lake
from sayso.tasks.tables.audited import Audit, audits
from sayso.tasks.tables.corrections import Correction, texts_of
from sayso.tasks.tables.judgements import Judgement, Label, kind_of, labels_of
from sayso.tasks.text.spans import statement_id

MAX_BYTES = 20_000_000
MOST_FAULTS = 20
_MAX_NAME = 200
_STRICT = ConfigDict(extra="forbid")
_Text = Annotated[str, StringConstraints(min_length=1, max_length=_MAX_NAME, strip_whitespace=True)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


@checked(frozen=True, config=_STRICT)
class _Statement:
    statement_id: _Id | None
    action: Literal["accepted", "changed", "deleted", "added"]
    before: Label | None
    after: Label | None


@checked(frozen=True, config=_STRICT)
class _Article:
    article_id: _Id
    text_sha256: _Id
    finished: bool
    made_at: datetime
    statements: tuple[_Statement, ...]


@checked(frozen=True, config=_STRICT)
class _File:
    format: Literal["sayso corrections 1"]
    audit_id: _Id | None
    coder: _Text
    saved_at: datetime
    articles: Annotated[tuple[_Article, ...], Field(max_length=100_000)]


@dataclass
class Checked:
    """A file of corrections after the check.

    Attributes:
        corrections: what can be stored.
        faults: what is wrong with the file; nothing of it is stored where there is any.
        left_out: articles that are not stored, and why.
    """

    corrections: list[Correction] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_corrections(lake: Lake, path: Path, coder: str | None = None) -> Checked:
    """A file of the page, of Label Studio (a JSON list) or a CSV, checked: offsets, ids, names, and that articles are
    the same as when they were labelled.

    Args:
        coder: who labelled, where the file does not say.

    Raises:
        UsageError: it cannot be read, is too large, or is no file of corrections.
    """
    given = _bytes(path)
    try:
        if path.suffix.lower() == ".csv":
            return _exchanged(lake, None, from_csv(given.decode("utf-8-sig"), coder, _now()), path)
        if given.lstrip()[:1] == b"[":
            return _exchanged(lake, *from_label_studio(given.decode("utf-8-sig"), coder, _now()), path)
        return check(lake, TypeAdapter(_File).validate_json(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path} is no file of corrections: {where + ': ' if where else ''}{first['msg']}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no file of corrections: it is not UTF-8") from error
    except UsageError as error:
        raise UsageError(f"{path} is no file of corrections: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise UsageError(f"{path} has {size / 1e6:.0f} MB; corrections have {MAX_BYTES / 1e6:.0f} MB at most")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _exchanged(lake: Lake, audit_id: str | None, coded: list[Coded], path: Path) -> Checked:
    """What came back from elsewhere, a file for each coder; without an audit's id the newest that drew the articles."""
    if not coded:
        raise UsageError("nobody has labelled anything in it")
    if lacking := [each.article_id for each in coded if not each.coder]:
        raise UsageError(f"it does not say who labelled article {lacking[0]}; --coder NAME does")
    ids = {each.article_id for each in coded}
    audit_id = audit_id or next((a.audit_id for a in reversed(audits(lake.snapshot())) if ids <= _drawn(a)), None)
    made = {i: analysis for i, (analysis, _) in lake.analyses(ids).items()}
    together = Checked()
    for coder in sorted({each.coder for each in coded}):
        mine = [each for each in coded if each.coder == coder]
        found = check(lake, TypeAdapter(_File).validate_python(as_file(audit_id, coder, mine, made)))
        for name in ("corrections", "faults", "left_out"):
            getattr(together, name).extend(getattr(found, name))
    return together


def _drawn(audit: Audit) -> set[str]:
    return set(audit.frame.loc[audit.frame["sampled"], "article_id"])


def check(lake: Lake, given: _File) -> Checked:
    """What of a file can be stored."""
    found = Checked()
    snapshot = lake.snapshot()
    drawn = snapshot.read("audits", ["audit_id", "article_id", "sampled"]).to_pandas()
    if given.audit_id is not None:
        drawn = drawn[(drawn["audit_id"] == given.audit_id) & drawn["sampled"]]
        if drawn.empty:
            found.faults.append(f"{lake.path} has no audit {given.audit_id!r}; the file belongs to another lake")
            return found
    texts = texts_of(snapshot, {a.article_id for a in given.articles})
    made = lake.analyses(texts)
    seen: set[str] = set()
    now = datetime.now(UTC)
    for article in given.articles:
        where = f"article {article.article_id}"
        if article.article_id in seen:
            found.faults.append(f"{where} stands there twice")
        elif article.article_id not in texts:
            known = given.audit_id is not None and (drawn["article_id"] == article.article_id).any()
            if known:
                found.left_out.append(f"{where} is no longer in the lake")
            else:
                found.faults.append(f"{where} is not in the lake")
        elif given.audit_id is not None and not (drawn["article_id"] == article.article_id).any():
            found.faults.append(f"{where} was not drawn for this audit")
        elif texts[article.article_id] != article.text_sha256:
            found.left_out.append(f"{where} has changed since it was labelled; label it again")
        elif article.article_id not in made:
            found.left_out.append(f"{where} was analysed by an older Sayso; analyse it again first")
        else:
            _check_article(article, made[article.article_id][0], given, min(_utc(article.made_at), now), found)
        seen.add(article.article_id)
    return found


def _check_article(article: _Article, analysis: Analysis, given: _File, at: datetime, found: Checked) -> None:
    where = f"article {article.article_id}"
    labels = labels_of(analysis)
    speakers: set[str | None] = {s.speaker_id for s in analysis.resolution.speakers}
    targets: set[str | None] = {t.target_id for t in analysis.targets.targets}
    judged: list[Judgement] = []
    for number, s in enumerate(article.statements, start=1):
        at_statement = f"{where}, statement {s.statement_id or number}"
        faults = list(_faults(s, analysis, labels, speakers, targets))
        found.faults += [f"{at_statement}: {fault}" for fault in faults]
        if not faults:
            before, after = (label and _tidy(label, analysis) for label in (s.before, s.after))
            judged.append(Judgement(s.statement_id, s.action, before, after))
    ids = [j.statement_id for j in judged if j.statement_id]
    if len(set(ids)) < len(ids):
        found.faults.append(f"{where}: a statement is judged twice")
    if article.finished and not set(ids) - labels.keys() and (lack := labels.keys() - set(ids)):
        if len(judged) == len(article.statements):
            found.faults.append(f"{where} is finished, but {len(lack)} of its statements are not judged ({min(lack)})")
    if article.finished:
        judged.append(Judgement(None, "finished", None, None))
    coder = one_line(given.coder)
    found.corrections += [
        Correction(given.audit_id, article.article_id, coder, at, article.text_sha256, j) for j in judged
    ]


def _faults(
    s: _Statement, analysis: Analysis, labels: dict[str, Label], speakers: set[str | None], targets: set[str | None]
) -> Iterator[str]:
    article_id, size = analysis.article.article_id, len(analysis.article.text)
    if (s.statement_id is None) != (s.action == "added"):
        yield "only what was added has no id"
        return
    if (s.after is None) != (s.action in ("accepted", "deleted")) or (s.before is None) != (s.action == "added"):
        yield f"{s.action}, but before and after do not say so"
        return
    before, after = s.before, s.after
    if before and (fault := _spans_fault(before, size)):
        yield fault
    elif before and statement_id(article_id, before.cue, before.content) != s.statement_id:
        yield "the lake has no statement of this id"
    elif after and (fault := _spans_fault(after, size)):
        yield fault
    else:
        mine = labels.get(s.statement_id or "")
        held = speakers | targets | _ids(mine)
        # What an earlier analysis knew is known to the page, though it may not be to this one.
        held |= _ids(before) if before and mine is None else set()
        for label in filter(None, (before, after)):
            yield from _name_faults(label, held)


def _ids(label: Label | None) -> set[str | None]:
    return {label.speaker.speaker_id, *(t.target_id for t in label.targets)} if label else set()


def _name_faults(label: Label, held: set[str | None]) -> Iterator[str]:
    for unknown in sorted(_ids(label) - held - {None}, key=str):
        yield f"the article has no speaker or target {unknown!r}"
    names = [label.speaker.name, *(t.name for t in label.targets)]
    if any(not one_line(name) or len(name) > _MAX_NAME for name in names):
        yield f"a name is blank or longer than {_MAX_NAME} characters"
    if len({one_line(t.name).lower() for t in label.targets}) < len(label.targets):
        yield "a target stands there twice"


def _spans_fault(label: Label, size: int) -> str | None:
    if not label.content:
        return "it has no content"
    for part, spans in (("content", label.content), ("cue", (label.cue,)), ("source", (label.source,))):
        for span in filter(None, spans):
            if not 0 <= span.start < span.end <= size:
                return f"{part} [{span.start}, {span.end}) is no span of the article, which has {size} characters"
    if any(a.end > b.start for a, b in zip(label.content, label.content[1:], strict=False)):
        return "its spans of content overlap, or are not in order"
    return None


def _tidy(label: Label, analysis: Analysis) -> Label:
    """A label with names on one line, its kind by the quotation marks of the text, and known ids for known names."""
    who = dataclasses.replace(label.speaker, name=one_line(label.speaker.name))
    content = tuple(Span(*span) for span in label.content)
    return dataclasses.replace(
        label,
        content=content,
        speaker=who,
        statement_kind=kind_of(analysis.article, content),
        targets=tuple(dataclasses.replace(t, name=one_line(t.name)) for t in label.targets),
    )


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
