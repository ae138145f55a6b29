"""Articles a second and peak memory of `sayso analyze`, start-up taken off.

python benchmarks/throughput.py ARTICLES.jsonl [--articles 200]

The command runs twice, each time in a process of its own and into a lake of its own: on one article and on
all of them. The difference of the two times is the time of the articles between.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(source: Path, lake: Path) -> tuple[float, float]:
    """Seconds and peak resident megabytes of one run."""
    began = time.monotonic()
    command = [sys.executable, "-m", "flows.cli", "analyze", str(source), "--lake", str(lake)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).resolve().parents[1])
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"sayso analyze failed with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--articles", type=int, default=200)
    args = parser.parse_args()
    lines = args.source.read_text(encoding="utf-8").splitlines()[: args.articles]
    with tempfile.TemporaryDirectory() as scratch:
        one, all_of_them = Path(scratch, "one.jsonl"), Path(scratch, "all.jsonl")
        one.write_text(lines[0] + "\n", encoding="utf-8")
        all_of_them.write_text("\n".join(lines) + "\n", encoding="utf-8")
        start, _ = timed(one, Path(scratch, "lake-one"))
        whole, peak = timed(all_of_them, Path(scratch, "lake-all"))
    words = sum(len(json.loads(line)["text"].split()) for line in lines)
    print(f"{len(lines)} articles, {words:,} words: {whole:.1f} s, of which start-up and one article {start:.1f} s")
    print(f"{(len(lines) - 1) / (whole - start):.2f} articles a second, peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
