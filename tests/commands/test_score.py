"""`sayso score`: every line is scored, or told on stderr; one bad line costs no other."""

import io
import json
import sys

import pytest

from sayso.commands.cli import main

PAIR = {"text": "Ada Quill praised the pier.", "target": "pier"}


@pytest.fixture
def score(tmp_path, capsys):
    """Scores the bytes of a file: exit code, the rows written, stderr."""

    def run(kind: str, data: bytes):
        (tmp_path / "in.jsonl").write_bytes(data)
        code = main(["score", kind, str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")])
        rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
        return code, rows, capsys.readouterr().err

    return run


def test_half_a_character_loses_nothing(score):
    cut = '{"text": "Ada Quill praised the pier \\ud83d", "target": "pier \\ude00"}'
    code, rows, err = score("stance", f"{json.dumps(PAIR)}\n{cut}\n{json.dumps(PAIR)}\n".encode())
    assert (code, err, len(rows)) == (0, "", 3)
    assert rows[1]["text"].endswith("\ud83d") and rows[1]["target"] == "pier \ude00" and rows[1]["label"]


def test_a_byte_order_mark_loses_no_line(score):
    code, rows, err = score("stance", json.dumps(PAIR).encode("utf-8-sig"))
    assert (code, err, len(rows)) == (0, "", 1)


def test_lines_that_are_no_pairs_cost_no_other(score):
    deep = "[" * 100_000
    bad = [b"\xff\xfe{}", b"no", b"3", b'{"text": " "}', b'{"text": "a", "target": 3}', deep.encode()]
    bad.append(b'{"text": "a", "target": "b", "start": 5, "end": 9}')
    code, rows, err = score("stance", b"\n".join([*bad, json.dumps(PAIR).encode()]))
    assert code == 1 and len(rows) == 1 and err.count("\n") == len(bad)
    assert all(f"line {n}: " in err for n in range(1, len(bad) + 1))


def test_who_speaks_can_be_told(score):
    text = "Ada Quill called Bo Lind a liar and a coward."
    ada, bo = {"start": 0, "end": 9}, {"start": 17, "end": 24}

    def line(who: dict, whom: dict) -> dict:
        target = text[whom["start"] : whom["end"]]
        return {"text": text, "target": target, **whom, "source_start": who["start"], "source_end": who["end"]}

    lines = [line(ada, bo), line(bo, ada), line(ada, bo) | {"source_end": 99}]
    code, rows, err = score("stance", "\n".join(map(json.dumps, lines)).encode())
    assert code == 1 and "line 3: source_start and source_end (0, 99)" in err
    assert rows[0]["label"] == "against" and rows[0]["against"] > rows[1]["against"] + 0.1


@pytest.mark.parametrize("target", [{}, {"target": None}, {"target": ""}, {"target": " "}])
def test_a_stance_wants_a_target_and_a_sentiment_does_not(score, target):
    line = json.dumps({"text": PAIR["text"]} | target).encode()
    code, rows, err = score("stance", line)
    assert (code, rows) == (1, []) and "line 1: no target" in err
    code, rows, err = score("sentiment", line)
    assert (code, err, rows[0]["label"]) == (0, "", "positive")


def test_from_standard_input_to_standard_output(capsysbinary, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PAIR).encode())))
    assert main(["score", "stance", "-", "-"]) == 0
    out, err = capsysbinary.readouterr()
    assert json.loads(out)["label"] == "favor" and not err
