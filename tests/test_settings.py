import dataclasses
from pathlib import Path

import pytest

from sayso.tasks.articles import UsageError
from sayso.tasks.settings import Settings, load_settings, with_workers

ROOT = Path(__file__).resolve().parents[1]


def test_the_settings_file_shows_every_default():
    assert load_settings(ROOT / "sayso.toml") == Settings() == load_settings(None)
    text = (ROOT / "sayso.toml").read_text()
    for section in dataclasses.fields(Settings):
        assert f"[{section.name}]" in text
        for setting in dataclasses.fields(section.type):
            assert f"\n{setting.name} =" in text


def test_what_is_given_wins(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("[targets]\nper_statement = 1\n[stance]\nhypothesis = ['for {target}']\n")
    settings = load_settings(path)
    assert settings.targets.per_statement == 1 and settings.targets.per_paragraph == 3
    assert settings.stance.hypothesis == ("for {target}",)
    assert with_workers(settings, 3).run.threads == 3
    assert with_workers(settings, None) is settings
    assert settings.run.threads >= 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[target]\nx = 1", "unknown section"),
        ("[targets]\nper_sentence = 1", "no setting 'per_sentence'"),
        ("[targets]\nper_statement = '1'", "type int"),
        ("[targets]\nper_statement = -1", "negative"),
        ("[run]\nshard_size = 0", "at least 1"),
        ("[run]\nworkers = true", "type int"),
        ("targets = 1", "not a table"),
        ("[targets", "not valid TOML"),
    ],
)
def test_wrong_settings_are_told(tmp_path, content, message):
    path = tmp_path / "s.toml"
    path.write_text(content)
    with pytest.raises(UsageError, match=message):
        load_settings(path)
    with pytest.raises(UsageError, match="cannot read"):
        load_settings(tmp_path / "none.toml")
