"""The page of an audit in a browser, opened from disk: accept, correct, add, save, and give the file to `correct`."""

import json
import shutil

import pandas as pd
import pytest

from sayso.commands.cli import main
from sayso.tasks.articles import UsageError
from sayso.tasks.audit.drawing import draw_audit, write_page
from sayso.tasks.tables.verify import verify
from tests.flows.test_report_pages import chromium, page  # noqa: F401
from tests.report.test_report import AT, analysis, lake_of


@pytest.fixture
def audit(tmp_path):
    lake = lake_of(tmp_path / "lake", *(analysis(f"a{i}", 3) for i in range(4)))
    found = draw_audit(lake, "draw1", 4, AT, seed=1)
    return lake, found, write_page(lake, found, tmp_path / "audit")


def begin(page, path, name="Ada"):  # noqa: F811
    page.goto(path.as_uri())
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")


def select(page, words):  # noqa: F811
    """Select words of the text, as a mouse would."""
    assert page.evaluate(
        """(words) => {
          for (const piece of document.querySelectorAll('.text [data-start]')) {
            const at = piece.textContent.indexOf(words);
            if (at < 0) continue;
            getSelection().setBaseAndExtent(piece.firstChild, at, piece.firstChild, at + words.length);
            return true;
          }
        }""",
        words,
    )


def saved(page, tmp_path):  # noqa: F811
    with page.expect_download() as download:
        page.keyboard.press("Control+s")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_labels_go_from_the_page_into_the_lake(page, audit, tmp_path, capsys):  # noqa: F811
    lake, found, path = audit
    begin(page, path)
    page.keyboard.press("a")
    assert page.locator(".card.accepted").count() == 1
    page.keyboard.press("1")  # the stance is against
    page.keyboard.press("p")
    page.keyboard.type("Cy Marsh")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("x")
    title = page.locator(".text h1").inner_text()
    select(page, "Case of")
    page.keyboard.press("n")
    page.keyboard.type("Ada Quill")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+T")
    page.keyboard.type("Dee Fen")
    page.keyboard.press("Enter")
    page.keyboard.press("3")
    page.keyboard.press("f")
    assert "1 of 4 articles finished" in page.locator("header").inner_text()
    page.keyboard.press("f")  # of the next one nothing was looked at
    assert "Press f again" in page.locator("aside").inner_text()
    page.keyboard.press("f")
    assert "2 of 4" in page.locator("header").inner_text()
    file = saved(page, tmp_path)
    first = json.loads(file.read_text())["articles"]
    assert [s["action"] for a in first if a["finished"] for s in a["statements"]].count("accepted") == 4

    assert main(["correct", str(lake.path), str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["in_force"] == {"accepted": 4, "changed": 1, "deleted": 1, "added": 1, "finished": 2}
    rows = pd.read_parquet(lake.path / "corrections")
    assert set(rows["coder"]) == {"Ada"} and set(rows["audit_id"]) == {found.audit_id}
    added = json.loads(rows.set_index("action").loc["added", "after"])
    [article] = rows.loc[rows["action"] == "added", "article_id"]
    text = pd.read_parquet(lake.path / "articles").set_index("article_id").loc[article, "text"]
    assert title in text and text[slice(*added["content"][0])] == "Case of"
    assert added["speaker"] == {"speaker_id": "person:ada-quill", "name": "Ada Quill", "kind": "person"}
    assert added["targets"][0]["name"] == "Dee Fen" and added["targets"][0]["stance"] == "favor"
    changed = json.loads(rows.set_index("action").loc["changed", "after"])
    assert changed["speaker"]["name"] == "Cy Marsh" and changed["targets"][0]["stance"] == "against"

    assert main(["correct", str(lake.path), "--apply"]) == 0
    statements = pd.read_parquet(lake.path / "statements").query("article_id == @article")
    assert statements["corrected"].sum() == 2 and len(statements) == 3
    assert {"person:cy-marsh", "person:ada-quill"} == set(statements["speaker_id"])
    assert not [p for p in verify(lake) if p.table not in ("articles",)]


def test_work_stays_in_the_browser_and_comes_back_from_a_file(page, audit, tmp_path):  # noqa: F811
    _, _, path = audit
    begin(page, path)
    page.keyboard.press("a")
    page.keyboard.press("x")
    file = saved(page, tmp_path)
    page.reload()
    assert page.get_by_label("Your name").input_value() == "Ada"
    page.keyboard.press("Enter")
    assert page.locator(".card.accepted").count() == 1 and page.locator(".card.deleted").count() == 1
    page.keyboard.press("u")
    page.evaluate("localStorage.clear()")
    page.goto(path.as_uri())
    page.locator("#open").set_input_files(file)
    page.wait_for_selector(".card.deleted")
    page.locator("#open").set_input_files({"name": "odd.json", "mimeType": "application/json", "buffer": b"[1]"})
    page.wait_for_selector(".note")
    assert "odd.json could not be opened" in page.locator(".note").inner_text()


def test_spans_are_marked_with_the_keyboard_alone_in_code_points(page, tmp_path):  # noqa: F811
    lake = lake_of(tmp_path / "lake", analysis("𝔸🚢 b", 2))
    path = write_page(lake, draw_audit(lake, "draw1", 1, AT), tmp_path / "audit")
    begin(page, path)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("c")
    text = pd.read_parquet(lake.path / "articles")["text"][0]
    content = page.locator(".card[aria-current] blockquote").inner_text()
    after = json.loads(saved(page, tmp_path).read_text())["articles"][0]["statements"][0]["after"]
    assert text[slice(*after["content"][0])] == content and len(content.split()) == 2
    page.keyboard.press("u")
    page.wait_for_function(
        "document.querySelectorAll('.verdict').length && ![...document.querySelectorAll('.verdict')].some(v => v.textContent)"
    )


def test_markup_is_never_run(page, tmp_path):  # noqa: F811
    evil = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
    made = analysis(f"b {evil}", 2, speaker=f"Ada {evil}", target=f"Bo {evil}")
    lake = lake_of(tmp_path / "lake", made)
    path = write_page(lake, draw_audit(lake, "draw1", 1, AT), tmp_path / "audit")
    begin(page, path, name=evil)
    page.keyboard.press("p")
    page.keyboard.type(evil)
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+T")
    page.keyboard.type(evil + "2")
    page.keyboard.press("Enter")
    page.keyboard.press("f")
    page.keyboard.press("f")
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2
    assert main(["correct", str(lake.path), str(saved(page, tmp_path))]) == 0
    assert set(pd.read_parquet(lake.path / "corrections")["coder"]) == {evil}


def test_it_is_narrow_and_dark_too(chromium, audit):  # noqa: F811
    _, _, path = audit
    page = chromium.new_page(viewport={"width": 380, "height": 800}, color_scheme="dark")  # noqa: F811
    begin(page, path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(22, 24, 27)"
    page.close()


def test_a_page_of_somebody_else_stays(audit, tmp_path):
    lake, found, _ = audit
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("<p>mine</p>")
    with pytest.raises(UsageError, match="no audit's"):
        write_page(lake, found, tmp_path / "mine")
    with pytest.raises(UsageError, match="in the lake"):
        write_page(lake, found, lake.path / "audit")
    shutil.rmtree(tmp_path / "mine")
