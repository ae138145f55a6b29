"""Colours of the terminal, and text made safe for it."""

STANCE_STYLE = {"favor": "green", "neutral": "dim", "against": "red"}
SENTIMENT_STYLE = {"positive": "green", "neutral": "dim", "negative": "red"}
# Colours for speakers, told apart by people with red-green blindness too.
SPEAKER_STYLES = ("cyan", "yellow", "magenta", "bright_blue", "bright_red", "green", "bright_magenta", "bright_cyan")
KIND_NOTE = "no clear stance"


def printable(text: object) -> str:
    """Text of an input, safe for a terminal: no control or direction characters."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def printable_lines(text: str) -> str:
    """The same number of characters, none of which a terminal obeys."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
