"""Made-up articles in any number, each different, about invented people and places."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

_FIRST = "Ada Bo Clementine Dario Edda Falk Greta Hugo Ines Jonas Kaia Leopold Mira Nils Orla Per Rosa Tobias".split()
_LAST = "Aasen Brandt Castell Duarte Ekwall Falkner Grieg Harker Iversen Kranz Lind Nyberg Okafor Pratt Quill".split()
_JOBS = ["mayor", "senator", "harbor master", "teacher", "union leader", "economist", "judge", "minister"]
_TOWNS = ["Port Ellery", "Corran", "Skarvik", "Velden", "Northwater", "Iriarte", "Tarn Hollow", "Marrow Bay"]
_ISSUES = ["harbor toll", "night ferry", "school merger", "wind park", "tram line", "fish quota", "water levy"]
_CUES = ["said", "argued", "denied", "warned", "insisted", "announced"]
_VIEWS = ["was fair", "was a mistake", "would cost too much", "had saved the town", "needed more time", "must end now"]


def article(number: int, revision: int = 0) -> dict[str, str]:
    """A record with id, title, text and date; another revision has other words in it."""
    rng = random.Random(f"{number} {revision}")
    town, issue = rng.choice(_TOWNS), rng.choice(_ISSUES)
    names = [f"{rng.choice(_FIRST)} {rng.choice(_LAST)}" for _ in range(2)]
    one, two = names
    text = (
        f"{one}, the {rng.choice(_JOBS)} of {town}, {rng.choice(_CUES)} on day {number} that the {issue} "
        f"{rng.choice(_VIEWS)}. “I have told {two} what I think of it {number} times,” {one.split()[1]} added.\n\n"
        f"According to {two}, the {rng.choice(_ISSUES)} {rng.choice(_VIEWS)}. The council of {town} meets again in "
        f"{rng.randrange(2, 60)} days. Nobody from {rng.choice(_TOWNS)} wanted to comment in round {revision}."
    )
    day = f"20{rng.randrange(10, 27)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    return {"id": f"a{number}", "title": f"{town} and the {issue}", "text": text, "published_at": day}


def articles(count: int) -> Iterator[dict[str, str]]:
    return (article(number) for number in range(count))


def write(path: Path, count: int) -> None:
    """A JSONL file of articles."""
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in articles(count))
