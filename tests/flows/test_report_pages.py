"""The report in a browser, opened from disk: clicked through, typed into, with nothing fetched and no error."""

import os
import shutil
from urllib.parse import quote

import pandas as pd
import pytest
from playwright.sync_api import sync_playwright

from sayso.commands.cli import main
from sayso.tasks.report import write_report
from tests.report.test_report import analysis, lake_of

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium; on a machine without one these tests are skipped, in CI they fail."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A page that must see no error and ask for nothing but files of the report."""
    page, troubles = chromium.new_page(viewport={"width": 1280, "height": 900}), []
    page.set_default_timeout(20_000)
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else troubles.append(r.url))
    yield page
    page.close()
    assert not troubles


@pytest.fixture(scope="module")
def report(demo, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "report"
    assert main(["report", str(demo[0]), "-o", str(out)]) == 0
    return out.as_uri() + "/index.html"


def heading(page) -> str:
    return page.locator("h1:visible").inner_text()


def test_from_the_overview_to_the_text_behind_a_stance(page, report):
    page.goto(report)
    assert "16" in page.locator(".figures").inner_text()
    page.get_by_role("link", name="Lena Okafor").first.click()
    page.wait_for_selector(".said li")
    assert heading(page) == "Lena Okafor" and page.locator("h1:visible").evaluate("e => e === document.activeElement")
    assert page.locator("svg").count() >= 1
    page.get_by_role("button", name="harbor toll").click()
    page.wait_for_function("document.querySelectorAll('.said > li').length === 3")
    assert "target=issue" in page.url
    page.locator(".said a").first.click()
    page.wait_for_selector("mark.current")
    assert page.locator(".panel li.current").count() == 1
    assert "Lena Okafor" in page.locator(".panel li.current").inner_text()
    page.locator(".text a.number").first.click()
    page.wait_for_function("document.querySelector('.panel li').classList.contains('current')")
    assert page.locator("mark.current").first.inner_text() in page.locator(".panel li.current .excerpt").inner_text()


def test_speakers_are_searched_sorted_and_linked_to(page, report):
    page.goto(report + "#/speakers")
    page.get_by_label("Search").fill("okafor")
    page.wait_for_function("document.querySelectorAll('tbody:not(#overview *) tr').length === 1")
    assert "q=okafor" in page.url
    page.reload()
    assert page.get_by_label("Search").input_value() == "okafor"
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="speaker", exact=True).click()
    page.wait_for_function("document.querySelectorAll('#view tbody tr').length > 10")
    names = page.locator("#view tbody th a").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    page.get_by_role("button", name="statements").click()
    counts = [int(n) for n in page.locator("#view tbody td:nth-child(3)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert page.locator("[aria-sort=descending]").inner_text().startswith("statements")


def test_the_heatmap_leads_to_the_statements_of_a_cell(page, report, demo):
    page.goto(report + "#/heatmap")
    page.wait_for_selector(".heat a[aria-label*='harbor toll']")
    page.get_by_label("Show").select_option("issue")
    cell = page.locator(".heat td a[aria-label^='Lena Okafor on harbor toll']")
    assert "mean stance +0.67 over 3 statements" in cell.get_attribute("aria-label")
    stances = pd.read_parquet(demo[0] / "speaker_stances").query(
        "person_id == 'person:lena-okafor' and target_name == 'harbor toll'"
    )
    assert stances["n_statements"].sum() == 3 == int(cell.inner_text())
    cell.click()
    page.wait_for_function("document.querySelectorAll('.said > li').length === 3")


def test_the_annotated_article_is_the_text_of_the_table(page, report, demo):
    articles = pd.read_parquet(demo[0] / "articles").set_index("article_id")
    statements = pd.read_parquet(demo[0] / "statements")
    article_id = statements["article_id"].value_counts().index[0]
    page.goto(f"{report}#/article/{article_id}")
    page.wait_for_selector(".panel")
    page.evaluate("document.querySelectorAll('.text .number').forEach(a => a.remove())")
    shown = page.locator(".text > :not(.small)").all_inner_texts()
    assert "\n\n".join(shown).split() == articles.loc[article_id, "text"].split()
    assert page.locator(".panel > li").count() == (statements["article_id"] == article_id).sum()


def test_it_is_used_with_the_keyboard(page, report):
    page.goto(report)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".said li")
    assert page.evaluate("document.activeElement.tagName") == "H1"


@pytest.mark.parametrize(("place", "words"), [
    ("#/speaker/nobody", "no speaker nobody"),
    ("#/article/nothing", "no article nothing"),
    ("#/nowhere", "no such page"),
    ("#/speaker/%E0%A4%A", "no speaker"),
])  # fmt: skip
def test_a_wrong_address_is_told(page, report, place, words):
    page.goto(report + place)
    page.wait_for_selector("#view .note")
    assert words in page.locator("#view .note").inner_text()


def test_a_file_that_is_gone_is_told(chromium, demo, tmp_path):
    assert main(["report", str(demo[0]), "-o", str(tmp_path / "r")]) == 0
    [speakers] = (tmp_path / "r").glob("data-*/speakers.js")
    speakers.unlink()
    page = chromium.new_page()
    page.goto((tmp_path / "r" / "index.html").as_uri() + "#/speakers")
    page.wait_for_selector("#view .note")
    assert f"{speakers.parent.name}/speakers.js could not be loaded" in page.locator("#view .note").inner_text()
    page.close()


def test_markup_in_texts_stays_text(page, tmp_path):
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    made = analysis("javascript:alert(3)", 3, speaker=f"Ada {evil}", target=f"Bo {evil}")
    lake = lake_of(tmp_path / "lake", analysis(f"b {evil}".replace("/", "|"), 2), made)
    start = write_report(lake, tmp_path / "r").index.as_uri()
    article = quote("javascript:alert(3)", safe="")
    for place in ("", "#/speakers", "#/speaker/person:ada-quill", "#/heatmap", "#/articles", f"#/article/{article}"):
        page.goto("about:blank")
        page.goto(start + place)
        page.wait_for_selector("h1:visible")
        assert page.locator("img, main script, a[href^='javascript']").count() == 0
    assert evil in page.locator(".text").inner_text()


def test_a_speaker_of_5000_statements(page, tmp_path):
    lake = lake_of(tmp_path / "lake", *(analysis(f"a{i}", 50) for i in range(100)))
    start = write_report(lake, tmp_path / "r").index.as_uri()
    page.goto(start + "#/speaker/person:ada-quill")
    page.wait_for_selector(".said li")
    assert page.locator(".said > li").count() == 100
    page.get_by_role("button", name="Load all statements").click()
    page.get_by_role("button", name="Show 100 more of 4,900").click()
    page.wait_for_function("document.querySelectorAll('.said > li').length === 200")


def test_light_dark_narrow_and_print(chromium, report, tmp_path):
    page = chromium.new_page(viewport={"width": 380, "height": 800}, color_scheme="dark")
    page.goto(report)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 27)"
    for place in ("", "#/speakers", "#/articles"):
        page.goto(report + place)
        page.wait_for_selector("h1:visible")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    page.close()
