"""What speaks for and against two groups of names being one; the weights are log odds, each a reason to be read.

They add up as in record linkage (Fellegi and Sunter 1969): the prior of how the names relate, plus for each thing known
of both the log of how much more often it is seen of one person than of two. `training/identities.py` fits them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sayso.tasks.identities.names import Name

Around = Callable[[str], frozenset[str]]  # article_id → ids of what else it names, the commonplace left out

# Fitted on news of one election, where hardly two share a full name: the priors of full names are set below the fit.
PRIOR = {"same name": 2.7, "middle name": 2.4, "nickname": 1.0, "initial": -0.1, "spelling": 0.4, "surname": -1.5}
EVIDENCE = {
    "same field": 0.3,
    "another field": -1.1,
    "same body": 2.6,
    "another body": -0.65,
    "another country": -0.75,
    "nobody in common": -1.05,
    "one in common": 0.45,
    "several in common": 1.6,
    "far better known": 1.2,
}
SEVERAL = 3


@dataclass(slots=True)
class Profile:
    """What is known of a group of names; `around` is without themselves."""

    fields: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    articles: set[str] = field(default_factory=set)
    around: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, group: Iterable[Name], around: Around) -> "Profile":
        profile = cls()
        for name in group:
            profile.fields |= name.fields
            profile.bodies |= name.body
            profile.articles.add(name.article_id)
            if name.country:
                profile.countries.add(name.country)
            profile.around |= around(name.article_id) - {name.local_id}
        return profile

    def add(self, other: "Profile") -> None:
        self.fields |= other.fields
        self.bodies |= other.bodies
        self.countries |= other.countries
        self.articles |= other.articles
        self.around |= other.around


def evidence(one: Profile, other: Profile) -> list[str]:
    """What speaks for and against two groups of names being one, as names of `EVIDENCE`."""
    found = []
    if one.fields and other.fields:
        found.append("same field" if one.fields & other.fields else "another field")
    if one.bodies and other.bodies:
        found.append("same body" if one.bodies & other.bodies else "another body")
    if one.countries and other.countries and not one.countries & other.countries:
        found.append("another country")
    if one.around and other.around:
        common = len(one.around & other.around)
        found.append(
            "nobody in common" if not common else "several in common" if common >= SEVERAL else "one in common"
        )
    return found


def weigh(why: str, found: Iterable[str]) -> float:
    """Log odds; above 0 the two are taken for one."""
    return PRIOR[why] + sum(EVIDENCE[name] for name in found)
