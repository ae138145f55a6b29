"""The tables of the lake: explicit Arrow schemas, each field with what it means."""

import pyarrow as pa

from sayso.tasks.scores import scores_of

# 2: analyses are kept for later runs, identities have a reason. 3: a manifest names the files of every table;
# identities of targets too; published_from, interval_method. 4: audits, corrections; what was corrected is marked;
# factuality and role of statements, members of speakers
FORMAT_VERSION = 4

_STRING, _INT, _FLOAT = pa.string(), pa.int32(), pa.float32()
_TIME = pa.timestamp("us", tz="UTC")
_SPAN = pa.struct(
    [
        pa.field("start", _INT, nullable=False),
        pa.field("end", _INT, nullable=False),
        pa.field("paragraph_index", _INT, nullable=False),
    ]
)


def _field(name: str, kind: pa.DataType, what: str, null: bool = False, unit: str | None = None) -> pa.Field:
    metadata = {"description": what} | ({"unit": unit} if unit else {})
    return pa.field(name, kind, nullable=null, metadata=metadata)


def _scores(table: str, null: bool = False) -> list[pa.Field]:
    """The scored columns of a table; `null` where it is joined to rows that have none."""
    fields = []
    for score in scores_of(table):
        may_lack = null or score.null
        fields.append(_field(score.name, _STRING, f"{score.about}: {', '.join(score.labels)}", may_lack))
        for label, column in zip(score.labels, score.probabilities, strict=True):
            what = f"probability that {score.name} is {label}"
            fields.append(_field(column, _FLOAT, what, may_lack, "probability 0-1"))
    return fields


def _schema(key: tuple[str, ...], about: str, fields: list[pa.Field]) -> pa.Schema:
    metadata = {"primary_key": ",".join(key), "description": about, "sayso_format": str(FORMAT_VERSION)}
    return pa.schema(fields, metadata=metadata)


_ARTICLE_ID = _field(
    "article_id",
    _STRING,
    "the article; a hash of its url, else of its collection, path and record id, else of its text",
)
_RUN_ID = _field("run_id", _STRING, "the run that wrote this row")
_PARAGRAPH = _field("paragraph_index", _INT, "number of the paragraph in its article, from 0")
_SPEAKER_ID = _field("speaker_id", _STRING, "the speaker within the article")
_TARGET_ID = _field("target_id", _STRING, "the target within the article")
_CORRECTED = _field("corrected", pa.bool_(), "whether a person corrected it; null in rows of older lakes", True)
_STATEMENT_ID = _field("statement_id", _STRING, "hash of article_id, cue and content spans")


def _char(name: str, what: str, null: bool = False) -> pa.Field:
    return _field(name, _INT, what, null, "code points into articles.text")


ARTICLES = _schema(
    ("article_id",),
    "one row an article",
    [
        _ARTICLE_ID,
        _field("source_uri", _STRING, "the record's url, else the file's URI, with #id for a record of many"),
        _field("outlet", _STRING, "who published it", True),
        _field("title", _STRING, "headline; the opening words where there is none"),
        _field("byline", pa.list_(_STRING), "names of the authors"),
        _field("published_at", _TIME, "when it was published; midnight where only the day is known", True, "UTC"),
        _field("published_from", _STRING, "stated by the article, filed (dated by its url or path) or guessed", True),
        _field("language", _STRING, "ISO 639-1 code"),
        _field("text", _STRING, "title and body, paragraphs separated by blank lines"),
        _field("n_paragraphs", _INT, "paragraphs, boilerplate included"),
        _field("n_words", _INT, "white-space separated words of text"),
        _field("input_sha256", _STRING, "of the raw bytes or record"),
        _field("duplicate_of", _STRING, "article_id of the article that this one nearly repeats", True),
        _field("fingerprints", pa.map_(_STRING, _STRING), "stage to what made these rows: code, model, settings"),
        _RUN_ID,
        _field("ingested_at", _TIME, "when this row was written", unit="UTC"),
    ],
)
PARAGRAPHS = _schema(
    ("article_id", "paragraph_index"),
    "one row a paragraph; sentiment is of it as printed, author_sentiment of what is left without statements",
    [
        _ARTICLE_ID,
        _PARAGRAPH,
        _char("char_start", "where it starts"),
        _char("char_end", "where it ends"),
        _field("text", _STRING, "the paragraph"),
        _field("role", _STRING, "title, body, heading or boilerplate"),
        *_scores("paragraphs"),
        _RUN_ID,
    ],
)
MENTIONS = _schema(
    ("article_id", "char_start", "char_end"),
    "one row a span that names or stands for an entity: the evidence for every speaker and target",
    [
        _ARTICLE_ID,
        _char("char_start", "where it starts"),
        _char("char_end", "where it ends"),
        _field("entity_id", _STRING, "speaker_id or target_id of what is meant"),
        _field("text", _STRING, "the span"),
        _field("form", _STRING, "name, partial name, nominal or pronoun"),
        _PARAGRAPH,
        _RUN_ID,
    ],
)
SPEAKERS = _schema(
    ("article_id", "speaker_id"),
    "one row a speaker of an article",
    [
        _ARTICLE_ID,
        _SPEAKER_ID,
        _field("speaker_name", _STRING, "fullest name in the article; a short description for the unnamed"),
        _field("speaker_kind", _STRING, "person, organization, group, anonymous, author or unknown"),
        _field("job_title", _STRING, "as stated in this article", True),
        _field("affiliation", _STRING, "as stated in this article", True),
        _field("aliases", pa.list_(_STRING), "other forms of the name in this article"),
        _field("members", pa.list_(_STRING), "speaker_ids of those who speak together; null in old rows", True),
        _field("n_statements", _INT, "statements in this article"),
        _RUN_ID,
    ],
)
STATEMENTS = _schema(
    ("statement_id",),
    "one row an attribution: who (source) said (cue) what (content)",
    [
        _STATEMENT_ID,
        _ARTICLE_ID,
        _field("paragraph_index", _INT, "paragraph of the first content span"),
        _SPEAKER_ID,
        _field("statement_kind", _STRING, "direct, indirect or mixed"),
        _field("content", _STRING, "what is said; spans joined by ' … '"),
        _field("content_spans", pa.list_(_SPAN), "where it is said"),
        _field("cue", _STRING, "the word that attributes; null for a quotation without one", True),
        _char("cue_start", "where the cue starts", True),
        _char("cue_end", "where the cue ends", True),
        _field("source", _STRING, "the words that name the speaker; null where there are none", True),
        _char("source_start", "where the source starts", True),
        _char("source_end", "where the source ends", True),
        *_scores("statements"),
        _field("factuality", _STRING, "asserted, negated (did not say) or possible (may say); null in old rows", True),
        _field("role", _STRING, "title or body: where the first content span stands; null in old rows", True),
        _field("confidence", _FLOAT, "that content and source are right", unit="probability 0-1"),
        _CORRECTED,
        _RUN_ID,
    ],
)
TARGETS = _schema(
    ("article_id", "target_id"),
    "one row a target of an article: salient entities, and the user's own",
    [
        _ARTICLE_ID,
        _TARGET_ID,
        _field("target_name", _STRING, "fullest name in the article, or the configured one"),
        _field("target_kind", _STRING, "entity or issue"),
        _field("entity_type", _STRING, "person, organization, place or group", True),
        _field("origin", _STRING, "discovered or configured"),
        _field("n_mentions", _INT, "mentions in the article"),
        _RUN_ID,
    ],
)
OPINIONS = _schema(
    ("statement_id", "target_id"),
    "the speaker's voice: stance and sentiment of a statement toward a target",
    [_STATEMENT_ID, _TARGET_ID, _ARTICLE_ID, _PARAGRAPH, _SPEAKER_ID, *_scores("opinions"), _CORRECTED, _RUN_ID],
)
PARAGRAPH_OPINIONS = _schema(
    ("article_id", "paragraph_index", "target_id"),
    "the author's voice: stance and sentiment of a paragraph, its statements left out, toward a target",
    [_ARTICLE_ID, _PARAGRAPH, _TARGET_ID, *_scores("paragraph_opinions"), _RUN_ID],
)
QUOTES = _schema(
    ("statement_id", "target_id"),
    "everything in one row, for notebooks; a statement without a target has one row with nulls",
    [
        _STATEMENT_ID,
        _field("target_id", _STRING, "the target within the article", True),
        _field("published_at", _TIME, "when the article was published", True, "UTC"),
        _field("outlet", _STRING, "who published it", True),
        _field("title", _STRING, "headline"),
        _field("source_uri", _STRING, "where the article came from"),
        *[SPEAKERS.field(n) for n in ("speaker_id", "speaker_name", "speaker_kind", "job_title", "affiliation")],
        STATEMENTS.field("statement_kind"),
        STATEMENTS.field("factuality"),
        STATEMENTS.field("role"),
        STATEMENTS.field("content"),
        _field("target_name", _STRING, "the target", True),
        _field("target_kind", _STRING, "entity or issue", True),
        *_scores("opinions", null=True),
        STATEMENTS.field("confidence"),
        _CORRECTED,
        _ARTICLE_ID,
        ARTICLES.field("duplicate_of"),
    ],
)
IDENTITIES = _schema(
    ("article_id", "local_id"),
    "who or what is the same across articles, speakers and entity targets alike",
    [
        _ARTICLE_ID,
        _field("local_id", _STRING, "speaker_id or target_id within the article"),
        _field("entity_id", _STRING, "the same for all that are one; minted once, kept as the lake grows"),
        _field("entity_name", _STRING, "the name they go by most often, or the user's own"),
        _field("reason", _STRING, "how this name came to be the entity: same name, nickname, listed …; or unnamed"),
    ],
)
REDIRECTS = _schema(
    ("old_id",),
    "ids of entities that were found to be one with others",
    [
        _field("old_id", _STRING, "the entity_id that was in use"),
        _field("entity_id", _STRING, "the one to use instead, as in identities"),
    ],
)
SPEAKER_STANCES = _schema(
    ("person_id", "target_id", "period"),
    "a speaker's stances toward a target, month by month",
    [
        _field("person_id", _STRING, "entity_id of the speaker, as in identities"),
        _field("person_name", _STRING, "entity_name of the speaker, as in identities"),
        _field("target_id", _STRING, "entity_id of an entity, as in identities; target_id of an issue"),
        _field("target_name", _STRING, "entity_name of an entity; name of an issue"),
        _field("period", pa.date32(), "first of the month of published_at; null when undated or guessed", True, "UTC"),
        _field("n_statements", _INT, "statements toward this target"),
        _field("n_articles", _INT, "articles that they stand in"),
        *[_field(f"n_{each}", _INT, f"statements whose stance is {each}") for each in ("favor", "neutral", "against")],
        _field("stance_mean", _FLOAT, "mean of favor minus against over statements", unit="-1 to 1"),
        _field("stance_low", _FLOAT, "95 % interval over articles; null where they are too few", True, "-1 to 1"),
        _field("stance_high", _FLOAT, "95 % interval over articles; null where they are too few", True, "-1 to 1"),
        _field("interval_method", _STRING, "how the interval was made; null where there is none", True),
        _field("stance_corrected", _FLOAT, "stance_mean as an audit corrects it; null without", True, "-1 to 1"),
        _field("corrected_low", _FLOAT, "95 % interval of stance_corrected; null without one", True, "-1 to 1"),
        _field("corrected_high", _FLOAT, "95 % interval of stance_corrected; null without one", True, "-1 to 1"),
        _field("target_sentiment_mean", _FLOAT, "mean of positive minus negative over statements", unit="-1 to 1"),
    ],
)
RUNS = _schema(
    ("run_id",),
    "one row a run",
    [
        _field("run_id", _STRING, "time of its start and a random part"),
        _field("started_at", _TIME, "when it started", unit="UTC"),
        _field("finished_at", _TIME, "when it ended; null while it runs, and for ever if it was killed", True, "UTC"),
        _field("status", _STRING, "running, completed, interrupted or failed"),
        _field("version", _STRING, "of Sayso"),
        _field("settings", _STRING, "settings in force", unit="JSON"),
        _field("models", _STRING, "name and sha256 of each model", unit="JSON"),
        *[
            _field(f"n_{each}", _INT, f"articles {what}")
            for each, what in (
                ("seen", "found in the inputs, rejects included"),
                ("new", "added"),
                ("updated", "replaced"),
                ("skipped", "already there, unchanged"),
                ("rejected", "rejected"),
            )
        ],
        _field("seconds", _STRING, "time of each stage", unit="JSON, seconds"),
    ],
)
REJECTS = _schema(
    ("run_id", "source_uri"),
    "one row an input that could not be analysed; nothing is dropped in silence",
    [
        _RUN_ID,
        _field("source_uri", _STRING, "the input"),
        _field("stage", _STRING, "where it failed"),
        _field("code", _STRING, "kind of fault, one word"),
        _field("message", _STRING, "what is wrong"),
        _field("at", _TIME, "when", unit="UTC"),
    ],
)

AUDITS = _schema(
    ("audit_id", "article_id"),
    "one row an article that an audit could have drawn, with the probability that it did",
    [
        _field("audit_id", _STRING, "the audit: time of the draw and a random part"),
        _ARTICLE_ID,
        _field("stratum", _INT, "articles of one stratum are alike, and were drawn with equal probability"),
        _field("sampled", pa.bool_(), "whether it was drawn"),
        _field("inclusion_probability", pa.float64(), "of its being drawn", unit="probability 0-1"),
        _field("position", _INT, "place in the order of labelling, which is random; null where it was not drawn", True),
        _field("text_sha256", _STRING, "of articles.text at the time of the draw"),
        _field("design", _STRING, "seed, size, what it was drawn for, how strata were made", unit="JSON"),
        _field("drawn_at", _TIME, "when it was drawn", unit="UTC"),
    ],
)
CORRECTIONS = _schema(
    ("correction_id",),
    "one row a judgement of a person: of a statement, or that an article was read to its end",
    [
        _field("correction_id", _STRING, "hash of coder, time, article and what was judged"),
        _field("audit_id", _STRING, "the audit that the article was drawn for", True),
        _ARTICLE_ID,
        _field("statement_id", _STRING, "the statement as Sayso had it; null for what it missed", True),
        _field("action", _STRING, "accepted, changed, deleted or added; finished for an article read to its end"),
        _field("coder", _STRING, "who judged"),
        _field("made_at", _TIME, "when; an article's judgements of one coder are replaced by later ones", unit="UTC"),
        _field("before", _STRING, "the statement as Sayso had it", True, "JSON"),
        _field("after", _STRING, "the statement as it should be", True, "JSON"),
        _field("text_sha256", _STRING, "of articles.text that was judged; offsets are into it"),
        _field("applied", pa.bool_(), "whether it overrides the rows of the tables"),
    ],
)

# Not part of what users read: its folder is hidden.
ANALYSES_TABLE = ".analyses"
ANALYSES = _schema(
    ("article_id",),
    "what the stages made of each article, for runs that change only some of them",
    [
        _ARTICLE_ID,
        _field("analysis", _STRING, "Analysis without its text", unit="JSON"),
        _field("sketch", pa.binary(), "MinHash of the text's word 5-grams"),
    ],
)
HISTORY_TABLE = ".history"
FORMER_TABLE = ".former"
FORMER = _schema(
    ("article_id", "person_id"),
    "persons whom speakers of an article were taken for earlier, as long as the history may have them",
    [
        _ARTICLE_ID,
        _field("person_id", _STRING, "who it was, in identities of then"),
        _field("number", pa.int64(), "of the first manifest in which it was so no longer"),
    ],
)

# Written with each shard, one file a table; every one has article_id.
PER_ARTICLE = {
    "articles": ARTICLES,
    "paragraphs": PARAGRAPHS,
    "mentions": MENTIONS,
    "speakers": SPEAKERS,
    "statements": STATEMENTS,
    "targets": TARGETS,
    "opinions": OPINIONS,
    "paragraph_opinions": PARAGRAPH_OPINIONS,
    "quotes": QUOTES,
    ANALYSES_TABLE: ANALYSES,
}
# Rebuilt whole from those.
DERIVED = {"identities": IDENTITIES, "redirects": REDIRECTS, "speaker_stances": SPEAKER_STANCES}
SCHEMAS = {
    **PER_ARTICLE,
    **DERIVED,
    "audits": AUDITS,
    "corrections": CORRECTIONS,
    "runs": RUNS,
    "rejects": REJECTS,
    HISTORY_TABLE: SPEAKER_STANCES,
    FORMER_TABLE: FORMER,
}


def key_of(table: str) -> list[str]:
    """The columns of a table's primary key."""
    key: bytes = SCHEMAS[table].metadata[b"primary_key"]
    return key.decode().split(",")
