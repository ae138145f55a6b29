"""Photo credits: "Photograph: Ada Quill/Corran Post", "(Photo by Ada Quill)"."""

import re

from sayso.tasks.articles import Span

_CREDIT = re.compile(
    r"\b(?:Photo(?:graph)?|Picture|Image|Illustration|Video|Graphic)s?(?: credit)?(?:: | by |: by )[^\n.)\]]*"
    r"|\b(?:Photo |Image |Picture )?Credit: [^\n.)\]]*"
)


def credits_in(text: str) -> list[Span]:
    """Where photo credits stand."""
    return [Span(*match.span()) for match in _CREDIT.finditer(text)]
