"""How long a report takes to write, how large it is, and how soon a browser shows it.

python benchmarks/report.py LAKE [LAKE …]

`sayso report` in a process of its own, then Chromium opens the pages from disk, the cache empty: time to the first
contentful paint of the overview, and to the whole view of the speakers, the heatmap and the newest article.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, sync_playwright

TRIES = 5
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
READY = (
    "() => {const v = document.querySelector('#view'); return !v.hidden && v.querySelector('h1') && performance.now()}"
)


def first_paint(browser: Browser, index: str) -> float:
    """Milliseconds."""
    page = browser.new_context().new_page()
    page.goto(index)
    return page.wait_for_function(f"() => {PAINT}").json_value()


def ready(browser: Browser, address: str) -> float:
    """Milliseconds until a view is there."""
    page = browser.new_context().new_page()
    page.goto(address)
    return page.wait_for_function(READY).json_value()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lakes", nargs="+", type=Path, metavar="LAKE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if chromium is None:
            raise SystemExit("no chromium: apt-get install chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for lake in args.lakes:
            out = Path(scratch, lake.name)
            began = time.monotonic()
            subprocess.run([sys.executable, "-m", "sayso.commands.cli", "report", lake, "-o", out], check=True)
            seconds = time.monotonic() - began
            size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
            newest = pd.read_parquet(lake / "articles", columns=["article_id", "published_at"]).sort_values(
                "published_at"
            )
            index = (out / "index.html").as_uri()
            views = ("speakers", "heatmap", f"article/{newest['article_id'].iloc[-1]}")
            print(f"{lake}: {len(newest):,} articles written in {seconds:.1f} s, {size / 1e6:.1f} MB")
            paint = statistics.median(first_paint(browser, index) for _ in range(TRIES))
            print(f"  first contentful paint {paint:.0f} ms (median of {TRIES})")
            for view in views:
                whole = statistics.median(ready(browser, f"{index}#/{view}") for _ in range(TRIES))
                print(f"  {view.split('/')[0]} whole after {whole:.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()
