import dataclasses
import json
import pickle
import re
import tomllib
from pathlib import Path
from typing import Annotated

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.settings import (
    NO_ROWS,
    Decides,
    Fields,
    Model,
    Reading,
    Run,
    Settings,
    load_settings,
    stages_decided,
    with_workers,
)

ROOT = Path(__file__).resolve().parents[1]


def test_the_settings_file_names_every_setting_with_its_default():
    shown = tomllib.loads((ROOT / "sayso.toml").read_text(encoding="utf-8"))
    assert shown == json.loads(json.dumps(dataclasses.asdict(Settings())))
    assert load_settings(ROOT / "sayso.toml") == Settings() == load_settings(None)


def test_what_is_given_wins(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("[targets]\nper_statement = 1\n[stance]\nmodel = 'a/nli'\nhypothesis = ['for {target}']\n")
    settings = load_settings(path)
    assert settings.targets.per_statement == 1 and settings.targets.per_paragraph == 3
    assert settings.stance.hypothesis == ("for {target}",)
    assert with_workers(settings, 3).run.threads == 3
    assert with_workers(settings, None) is settings
    assert settings.run.threads >= 1
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[target]\nx = 1", r"unknown table \[target\]; there are \[reading\], .*\[run\]"),
        ("[[target]]\nx = 1", r"unknown table \[\[target\]\]"),
        ("workers = 1", "workers is in no table; there are"),
        ("[targets]\nper_sentence = 1", r"\[targets\] has no setting 'per_sentence'; there are per_statement, "),
        ("[targets]\nper_statement = '1'", r"\[targets\] per_statement is '1'; it must be a whole number"),
        ("[targets]\nper_statement = -1", "at least 0"),
        ("[targets]\nmin_mentions = 0", "at least 1"),
        ("[run]\nshard_size = 0", "at least 1"),
        ("[run]\narticle_seconds = 0", "at least 1"),
        ("[run]\narticle_seconds = 1.5", "a whole number"),
        ("[run]\nworkers = true", r"\[run\] workers is true; it must be a whole number"),
        ("[aggregates]\ncount_copies = 1", "count_copies is 1; it must be true or false"),
        ("[speakers]\nthreshold = 7.5", "threshold is 7.5; it must be at most 1"),
        ("[speakers]\nthreshold = -0.5", "at least 0"),
        ("[speakers]\nthreshold = nan", "threshold is nan"),
        ("[speakers]\nthreshold = true", "threshold is true; it must be a number"),
        ("[reading]\nlanguage = 'klingon'", "language is 'klingon'; it must be the ISO 639-1 code"),
        ("[reading]\nlanguage = 'xx'", "ISO 639-1"),
        ("[reading]\nlanguage = 'EN'", "ISO 639-1"),
        ("[reading]\nmin_words = 10\nmax_words = 9", r"\[reading\] min_words is 10, more than max_words, which is 9"),
        ("[reading]\nmax_bytes = 0", "at least 1"),
        ("[stance]\nruntime = 'gpu'", r"\[stance\] runtime is 'gpu'; it must be auto, onnx or torch"),
        ("[stance]\nmodel = 1", "model is 1; it must be a text"),
        ("[stance]\nmodel = 'a/b'\nhypothesis = ['for {target}', 'x']", r"hypothesis 2 is 'x'; .*\{target\}"),
        ("[stance]\nmodel = 'a/b'\nhypothesis = ['{target}', '{target}']", "one template, or of three"),
        ("[stance]\nmodel = 'a/b'\nhypothesis = '{target}'", "a list of texts"),
        ("[stance]\nhypothesis = ['for {target}']", r"\[stance\] hypothesis is for an NLI model"),
        ("[sentiment]\nmodel = 'a/b'\nruntime = 'onnx'\nhypothesis = ['{target}']", "for an NLI model"),
        ("[attribution]\nmodel = 'a/b'\nhypothesis = ['{target}']", r"\[attribution\] takes no hypothesis"),
        ("[names]\nmodel = ' '", r"\[names\] model is ' '; it must be a text that is not blank"),
        ("targets = 1", r"\[targets\] is not a table"),
        ("[targets", "not valid TOML"),
    ],
)
def test_wrong_settings_are_told_in_one_line(tmp_path, content, message):
    path = tmp_path / "s.toml"
    path.write_text(content)
    with pytest.raises(UsageError, match=message) as told:
        load_settings(path)
    assert str(path) in str(told.value) and "\n" not in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "content", ["[speakers]\nthreshold = 1", "[reading]\nlanguage = 'de'", "[run]\nworkers = 0", ""]
)
def test_what_is_allowed(tmp_path, content):
    path = tmp_path / "s.toml"
    path.write_text(content)
    assert isinstance(load_settings(path), Settings)


@pytest.mark.parametrize(("section", "key"), stages_decided(Settings))
def test_every_type_is_strict(tmp_path, section, key):
    default, path = getattr(getattr(Settings(), section), key), tmp_path / "s.toml"
    if isinstance(default, Fields):  # a table
        section, key, default = f"{section}.{key}", "text", default.text
    wrong = {bool: "1", int: "true", float: "true", str: "1", tuple: "1"}[type(default)]
    path.write_text(f"[{section}]\n{key} = {wrong}")
    with pytest.raises(UsageError, match=rf"\[{re.escape(section)}\] {key} is {wrong}; it must be "):
        load_settings(path)


def test_settings_made_in_code_are_held_to_the_same():
    assert dataclasses.replace(Settings(), run=Run(workers=2)).run.threads == 2
    with pytest.raises(ValueError, match="workers"):
        Run(workers=-1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().run.workers = 1


def test_stages_know_the_settings_that_decide_their_rows():
    settings = Settings(reading=Reading(min_words=9), stance=Model("a/nli", hypothesis=("for {target}",)))
    assert settings.of_stage("reading") == {
        "reading.max_bytes": 20_000_000,
        "reading.max_words": 100_000,
        "reading.min_words": 9,
        "reading.language": "en",
        "reading.date_order": "auto",
        "reading.timezone": "auto",
        "reading.fields": Fields(),
    }
    assert settings.of_stage("speakers") == {"names.model": "en_core_web_sm", "speakers.threshold": 0.2}
    assert settings.of_stage("stance")["stance.hypothesis"] == ("for {target}",)
    assert settings.of_stage("tables") == {}


def test_every_setting_decides_one_stage_or_is_marked_to_decide_none():
    decided = stages_decided(Settings)
    keys = {(s.name, f.name) for s in dataclasses.fields(Settings) for f in dataclasses.fields(s.default)}
    assert decided.keys() == keys
    assert {section for (section, _), stage in decided.items() if stage is None} == {"aggregates", "run"}
    assert set(decided.values()) == {"reading", "attribution", "speakers", "targets", "sentiment", "stance", None}


def test_a_setting_without_a_mark_is_refused():
    @dataclasses.dataclass(frozen=True)
    class Section:
        one: Annotated[int, NO_ROWS] = 1
        two: int = 2

    marked = dataclasses.make_dataclass("Marked", [("part", Annotated[Section, Decides("reading")], Section())])
    assert stages_decided(marked) == {("part", "one"): None, ("part", "two"): "reading"}
    unmarked = dataclasses.make_dataclass("Unmarked", [("part", Section, Section())])
    with pytest.raises(TypeError, match=r"\[part\] two"):
        stages_decided(unmarked)
