"""Articles a second and peak memory of `sayso analyze`, start-up taken off.

python benchmarks/throughput.py ARTICLES.jsonl [--articles 200]

The command runs twice, each time in a process of its own and into a lake of its own: on one article and on
all of them. The difference of the two times is the time of the articles between.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(source: Path, lake: Path) -> tuple[float, float]:
    """Seconds, and peak megabytes of the command with all the processes that it starts, of one run."""
    began, peak = time.monotonic(), 0.0
    command = [sys.executable, "-m", "sayso.commands.cli", "analyze", str(source), "--lake", str(lake)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).resolve().parents[1])
    while process.poll() is None:
        peak = max(peak, sum(map(proportional_set_size, tree(process.pid))))
        time.sleep(0.25)
    if process.returncode != 0:
        raise SystemExit(f"sayso analyze failed with {process.returncode}")
    return time.monotonic() - began, peak


def tree(pid: int) -> list[int]:
    """A process and its descendants (Linux)."""
    try:
        children = [int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(p for child in children for p in tree(child))]


def proportional_set_size(pid: int) -> float:
    """Megabytes of a process, pages that it shares counted in part."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(row.split()[1]) / 1024 for row in rows if row.startswith("Pss:")), 0.0)


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
    print(f"{(len(lines) - 1) / (whole - start):.2f} articles a second, peak memory {peak:,.0f} MB (all processes)")


if __name__ == "__main__":
    main()
