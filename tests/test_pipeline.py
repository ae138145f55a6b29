"""Fingerprints: what makes rows other rows makes another mark, for the stages that it touches and no others."""

import shutil

import pytest

from sayso.tasks import stages
from sayso.tasks.articles import UsageError
from sayso.tasks.pipeline import Pipeline
from sayso.tasks.runtime import BUNDLED
from sayso.tasks.settings import Model, Names, Reading, Settings, Speakers, Targets
from sayso.tasks.targets import ConfiguredTarget


def marks(*configured: ConfiguredTarget, **sections) -> dict[str, str]:
    return Pipeline(Settings(**sections), configured).fingerprints()


def changed(*configured: ConfiguredTarget, **sections) -> set[str]:
    before, after = marks(), marks(*configured, **sections)
    assert before.keys() == after.keys()
    return {stage for stage in before if before[stage] != after[stage]}


@pytest.mark.parametrize(
    ("sections", "stages"),
    [
        ({"reading": Reading(min_words=7)}, {"reading"}),
        ({"reading": Reading(max_words=7000)}, {"reading"}),
        ({"reading": Reading(max_bytes=7_000_000)}, {"reading"}),
        ({"names": Names(model="en_core_web_lg")}, {"speakers"}),
        ({"speakers": Speakers(threshold=0.4)}, {"speakers"}),
        ({"targets": Targets(per_statement=2)}, {"targets"}),
        ({"sentiment": Model(model="owner/sentiment")}, {"sentiment"}),
        ({"stance": Model(model="owner/nli", hypothesis=("It favors {target}.",))}, {"stance"}),
        ({"attribution": Model(model="owner/tagger")}, {"attribution"}),
    ],
    ids=str,
)
def test_a_setting_touches_the_stages_that_it_decides(sections, stages):
    assert changed(**sections) == stages


def test_configured_targets_touch_the_targets():
    assert changed(ConfiguredTarget("harbor toll", "issue")) == {"targets"}


def test_two_hub_models_of_one_owner_are_told_apart():
    one, other = (marks(stance=Model(model=f"some-long-owner/stance-{size}")) for size in ("small", "large"))
    assert one["stance"] != other["stance"]


def test_two_revisions_of_a_hub_model_are_told_apart(tmp_path):
    one, other = (marks(stance=Model("owner/stance", revision=r)) for r in ("", "9f3c2d1"))
    assert one["stance"] != other["stance"]
    with pytest.raises(UsageError, match=r"\[stance\] revision is for a hub id"):
        marks(stance=Model(str(tmp_path), revision="9f3c2d1"))


def test_every_file_of_a_model_counts_but_its_documentation(tmp_path):
    folder = tmp_path / "stance"
    shutil.copytree(BUNDLED / "stance", folder)
    seen = [marks(stance=Model(str(folder)))["stance"]]
    for name in ("model.onnx.data", "model.onnx_data", "parts/weights.bin"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"1")
        seen.append(marks(stance=Model(str(folder)))["stance"])
    assert len(set(seen)) == len(seen)
    (folder / "README.md").write_text("Another card.")
    assert marks(stance=Model(str(folder)))["stance"] == seen[-1]


def test_the_linker_beside_a_tagger_counts(tmp_path):
    folder = tmp_path / "attribution"
    shutil.copytree(BUNDLED / "attribution", folder)
    before = marks(attribution=Model(str(folder)))["attribution"]
    linker = folder / "linker.json"
    linker.write_text(linker.read_text().replace("0.", "0.1", 1))
    assert marks(attribution=Model(str(folder)))["attribution"] != before


def test_the_bundled_linker_counts_for_a_tagger_that_has_none(tmp_path, monkeypatch):
    before = marks(attribution=Model("owner/tagger"))["attribution"]
    linker = tmp_path / "linker.json"
    linker.write_text("{}")
    monkeypatch.setattr("sayso.tasks.attribution.LINKER", linker)
    assert marks(attribution=Model("owner/tagger"))["attribution"] != before


def test_versions_of_libraries_count(monkeypatch):
    before, real = marks(), __import__("importlib.metadata").metadata.version
    monkeypatch.setattr("sayso.tasks.pipeline.version", lambda name: "0" if name in ("ftfy", "spacy") else real(name))
    after = marks()
    assert {stage for stage in before if before[stage] != after[stage]} == {"reading", "speakers"}


def test_every_stage_has_a_mark_and_fills_a_field_of_its_own():
    assert set(marks()) == {"reading", *(s.name for s in stages.STAGES), "tables"}
    filled = [s.fills for s in stages.STAGES]
    assert len(set(filled)) == len(filled)
    for i, stage in enumerate(stages.STAGES):
        assert set(stage.needs) <= set(filled[:i]), f"{stage.name} needs what no stage before it fills"
