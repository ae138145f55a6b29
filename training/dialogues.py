"""Paragraphs of our own in which several people are quoted, for the linker: PolNeAR has few."""

import random
from itertools import cycle

PEOPLE = ("Ines Calder", "Tomas Rehn", "Calder", "Rehn", "she", "he", "the ferryman", "Dr. Wren")
CUES = ("said", "says", "asked", "added", "replied", "told the board", "recalled", "warned")
WORDS = (
    "The bridge was shut before noon",
    "We lost the whole field",
    "Nobody rang us",
    "I would do it again tomorrow if they let me",
    "The pump cost more than the barn did",
    "It rained",
    "Are they mad",
    "My father built that wall and I will not see it fall",
)
SHAPES = ("behind", "turned", "before", "split")
N_PARAGRAPHS = 400


def dialogues(seed: int = 0) -> list[dict]:
    """Articles of one paragraph each, in the form of `read_jsonl`'s: text and attributions."""
    rng = random.Random(seed)
    return [_paragraph(rng) for _ in range(N_PARAGRAPHS)]


def _paragraph(rng: random.Random) -> dict:
    """Two or three people, each quoted in one of the shapes that news has."""
    marks = rng.choice((("“", "”"), ('"', '"'), ("‘", "’")))
    text, attributions = "", []
    people = cycle(rng.sample(PEOPLE, 3))
    for _ in range(rng.choice((2, 2, 2, 3))):
        shape, who, cue = rng.choice(SHAPES), next(people), rng.choice(CUES[:-3] if rng.random() < 0.5 else CUES)
        first, second = rng.sample(WORDS, 2)
        inner = "?" if first == WORDS[6] else "!" if rng.random() < 0.1 else ","
        subject = who[0].upper() + who[1:]
        one, full = f"{marks[0]}{first}{inner}{marks[1]}", f"{marks[0]}{second}.{marks[1]}"
        parts = {
            "behind": [("content", one), who, cue, "."],
            "turned": [("content", one), cue.split()[0], who, "."],
            "before": [subject, cue, ",", ("content", full)],
            "split": [("content", one), who, cue, ".", ("content", full)],
        }[shape]
        group: dict[str, list] = {"source": [], "cue": [], "content": []}
        for part in parts:
            kind, words = part if isinstance(part, tuple) else ("", part)
            kind = kind or (
                "source" if words.lower() == who.lower() else "cue" if words in (cue, cue.split()[0]) else ""
            )
            if words not in ".,":
                text += " " if text else ""
            if kind:
                group[kind].append([len(text), len(text) + len(words)])
            text += words
        attributions.append(group)
    return {"text": text, "attributions": attributions}
