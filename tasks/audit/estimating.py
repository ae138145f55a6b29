"""Estimates over all articles: as Sayso's labels have it, and as an audit corrects them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sayso.tasks.audit.drawing import articles_of
from sayso.tasks.audit.quantities import SPEAKERS, Quantity
from sayso.tasks.estimates import Estimate, mean_by
from sayso.tasks.surveys import Ratio, Sums, corrected_difference, corrected_ratio
from sayso.tasks.tables import Snapshot
from sayso.tasks.tables.audited import Audit, machine_labels, person_labels

MOST_CELLS = 30


@dataclass(frozen=True, slots=True)
class Estimated:
    """A quantity of the articles that an audit could draw; without an audit, of all.

    Attributes:
        naive: as Sayso's labels have it; None where it found nothing to count.
        corrected, alone: by the audit with and without Sayso's labels; None where there is no audit.
    """

    quantity: str
    naive: Estimate | None
    corrected: Ratio | None
    alone: Ratio | None

    @property
    def note(self) -> str:
        """Why there is no corrected interval; empty where there is one."""
        if self.corrected is None:
            return "no audit was labelled yet"
        if self.corrected.value is None:
            return "the articles read say nothing of it"
        few = self.corrected.n_informative
        return "" if self.corrected.method else f"only {few} of the articles read say{'s' * (few == 1)} something of it"


class Estimator:
    """Estimates of one lake and audit; labels are read once."""

    def __init__(self, lake: Snapshot, audit: Audit | None) -> None:
        self._audit = audit if audit and audit.read else None
        self.articles = articles_of(lake)
        self.later = 0
        if self._audit:
            known = self.articles["article_id"].isin(self._audit.frame["article_id"])
            self.later = int((~known).sum())
            self.articles = self.articles[known].reset_index(drop=True)
            kept = self._audit.frame["article_id"].isin(self.articles["article_id"])
            self._audit = replace(self._audit, frame=self._audit.frame[kept].reset_index(drop=True))
            self._person = person_labels(lake, self._audit)
        self._machine = machine_labels(lake, self.articles["article_id"])

    def estimate(self, wanted: Quantity, minus: Quantity | None = None) -> Estimated:
        """A quantity, or how much more it is than another."""
        one = self._naive(wanted)
        if minus is None:
            ratios: list[Ratio | None] = [None, None]
            if self._audit:
                sums = self._sums(wanted)
                ratios = [corrected_ratio(sums, wanted.bounds, tuned) for tuned in (True, False)]
            return Estimated(wanted.text, one, *ratios)
        other, text = self._naive(minus), f"{wanted.text} minus {minus.text}"
        naive = None
        if one and other:
            naive = Estimate(one.value - other.value, None, None, min(one.n_clusters, other.n_clusters), None)
        if not self._audit:
            return Estimated(text, naive, None, None)
        pair = self._sums(wanted), self._sums(minus)
        ratios = [corrected_difference(*pair, wanted.bounds, tuned) for tuned in (True, False)]
        return Estimated(text, naive, *ratios)

    def by(self, wanted: Quantity, part: str) -> Iterator[Estimated]:
        """A quantity in each outlet, month or kind of speaker; the largest first."""
        values = list(SPEAKERS)
        if part != "speaker":
            values = self.articles.loc[self.articles[part] != "", part].value_counts().head(MOST_CELLS).index.tolist()
        for value in sorted(values) if part == "month" else values:
            where = {**wanted.where, part: value}
            yield self.estimate(replace(wanted, text=f"{wanted.text}: {value}", where=where))

    def common_targets(self, n: int) -> list[str]:
        """Names of what is spoken of most."""
        names = self._machine.dropna(subset="target_id")["target_name"].value_counts()
        return [str(name) for name in names.index if " in " not in str(name)][:n]

    def _naive(self, wanted: Quantity) -> Estimate | None:
        rows = wanted.rows(self._machine, self.articles)
        return mean_by(rows["y"].to_numpy(), rows["article_id"].to_numpy(), bounds=wanted.bounds) if len(rows) else None

    def _sums(self, wanted: Quantity) -> Sums:
        assert self._audit
        return self._audit.sums(wanted.sums(self._machine, self.articles), wanted.sums(self._person, self.articles))


USUAL = (
    "share of direct",
    "share of persons",
    "share of organizations",
    "share of women",
    "share of women quoted",
)  # in a report
