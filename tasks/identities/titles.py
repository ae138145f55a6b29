"""What a job title says of somebody's field: `fields_of`; a title can say several, and "director" alone says none."""

import re
from functools import lru_cache

# Words that mean something else together than apart come first.
_COMPOUNDS = {
    "chief executive officer": "business",
    "chief executive": "business politics",
    "chief operating officer": "business",
    "chief financial officer": "business",
    "chief of staff": "politics military",
    "chief strategist": "politics business",
    "executive director": "business politics research arts",
    "managing director": "business",
    "executive editor": "media",
    "managing editor": "media",
    "executive producer": "arts media",
    "executive chef": "arts",
    "attorney general": "politics law",
    "solicitor general": "politics law",
    "surgeon general": "politics health",
    "secretary general": "politics",
    "inspector general": "politics law",
    "press secretary": "politics media business",
    "communications director": "politics media business",
    "director of communications": "politics media business",
    "campaign manager": "politics",
    "campaign chairman": "politics",
    "party chairman": "politics",
    "general manager": "business sport",
    "team manager": "sport",
    "vice president": "politics business",
    "police chief": "law",
    "police officer": "law",
    "film director": "arts",
    "music director": "arts",
    "artistic director": "arts",
    "team doctor": "sport health",
    "team captain": "sport",
    "head coach": "sport",
    "justice minister": "politics law",
    "health secretary": "politics health",
    "health minister": "politics health",
    "law professor": "law research",
    "white house": "politics",
    "talk show host": "media",
}
_WORDS = {
    "politics": """president senator representative congressman congresswoman rep sen governor mayor secretary minister
        premier chancellor candidate nominee lawmaker legislator councilman councilwoman councillor delegate ambassador
        diplomat envoy politician strategist pollster undersecretary commissioner senators whip speaker leader consul
        chairman chairwoman chair""",
    "sport": """coach player striker goalkeeper midfielder defender quarterback pitcher captain referee athlete runner
        swimmer boxer golfer cyclist champion""",
    "research": """professor researcher scientist scholar economist historian sociologist biologist chemist physicist
        epidemiologist astronomer lecturer dean fellow geologist ecologist hydrologist president doctor""",
    "arts": """actor actress singer musician painter novelist poet filmmaker comedian playwright dancer sculptor
        composer""",
    "business": """ceo executive chairman chairwoman chair founder co-founder entrepreneur investor banker trader owner
        treasurer president partner businessman businesswoman developer""",
    "law": """judge justice attorney lawyer prosecutor counsel sheriff detective inspector""",
    "health": """doctor physician surgeon nurse paramedic dentist neurosurgeon psychiatrist""",
    "media": """reporter journalist columnist anchor editor correspondent blogger critic host commentator""",
    "faith": """bishop archbishop cardinal pope rabbi imam pastor priest reverend evangelist""",
    "military": """general colonel admiral lieutenant sergeant commander major captain""",
}
_FIELDS_OF: dict[str, frozenset[str]] = {phrase: frozenset(fields.split()) for phrase, fields in _COMPOUNDS.items()}
for _field, _words in _WORDS.items():
    for _word in _words.split():
        _FIELDS_OF[_word] = _FIELDS_OF.get(_word, frozenset()) | {_field}
_PHRASE = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(map(re.escape, _FIELDS_OF), key=len, reverse=True))})(?![a-z])")


@lru_cache(maxsize=100_000)
def fields_of(title: str) -> frozenset[str]:
    """Every field that a title could be of; empty where it says nothing of it."""
    plain = re.sub(r"[\s-]+", " ", title.lower().replace("co-founder", "founder"))
    return frozenset().union(*(_FIELDS_OF[m.group()] for m in _PHRASE.finditer(plain)))
