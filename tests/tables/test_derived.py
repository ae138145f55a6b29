"""What speaker_stances counts: asserted statements, and those of several speakers for each of them."""

import dataclasses

import pandas as pd

from sayso.tasks.articles import Resolution, Speaker
from sayso.tasks.tables import aggregate, is_stale
from tests.report.test_report import analysis, lake_of


def counted(lake) -> dict[str, int]:
    stances = pd.read_parquet(lake.path / "speaker_stances")
    return stances.groupby("person_id")["n_statements"].sum().to_dict()


def test_a_statement_of_two_counts_once_for_each(tmp_path):
    one = analysis("one", 2)
    names = {"person:ada-quill": "Ada Quill", "person:cy-marsh": "Cy Marsh"}
    both = Speaker("group:one:both", "Ada Quill and Cy Marsh", "group", members=tuple(names))
    each = tuple(Speaker(i, name, "person") for i, name in names.items())
    one = dataclasses.replace(one, resolution=Resolution(("person:ada-quill", both.speaker_id), (*each, both), (), ()))
    assert counted(lake_of(tmp_path / "lake", one)) == {"person:ada-quill": 2, "person:cy-marsh": 1}


def test_what_was_not_said_counts_where_the_settings_say_so(tmp_path):
    one = analysis("one", 3)
    said = [
        dataclasses.replace(s, factuality=f)
        for s, f in zip(one.statements, ("asserted", "negated", "possible"), strict=True)
    ]
    lake = lake_of(tmp_path / "lake", dataclasses.replace(one, statements=tuple(said)))
    assert counted(lake) == {"person:ada-quill": 1}
    wanted = ("asserted", "possible")
    assert is_stale(lake, False, factuality=wanted)
    aggregate(lake, "run2", factuality=wanted)
    assert counted(lake) == {"person:ada-quill": 2} and not is_stale(lake, False, factuality=wanted)
