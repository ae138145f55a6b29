"""What a run did."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sayso.tasks.articles import Reject
from sayso.tasks.tables import RUNS


@dataclass(slots=True)
class RunSummary:
    """What a run did; `as_row` is its row in the table `runs`."""

    run_id: str
    lake: str
    started_at: datetime
    settings: str
    models: str
    finished_at: datetime | None = None
    status: str = "running"
    n_seen: int = 0
    n_new: int = 0
    n_updated: int = 0
    n_skipped: int = 0
    n_forgotten: int = 0
    n_rejected: int = 0
    n_statements: int = 0
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was passed over, dates that could not be read

    def as_row(self) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in RUNS.names if hasattr(self, name)}
        return row | {
            "version": version("sayso"),
            "seconds": json.dumps({k: round(v, 3) for k, v in self.seconds.items()}),
        }
