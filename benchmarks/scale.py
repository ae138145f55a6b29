"""Peak memory over many articles, and the time of a run with nothing new.

python benchmarks/scale.py [--small 2000] [--large 20000]

Made-up articles (benchmarks/made.py), `sayso analyze` in processes of its own: the small number, the large one, the
large one again, and one article again, which is what a run costs before it does anything.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import made
from benchmarks.throughput import timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=2_000)
    parser.add_argument("--large", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        peaks = {}
        for count in (1, args.small, args.large):
            source, lake = Path(scratch, f"{count}.jsonl"), Path(scratch, f"lake{count}")
            made.write(source, count)
            seconds, peaks[count] = timed(source, lake)
            print(f"{count:,} articles: {seconds:,.0f} s, peak memory {peaks[count]:,.0f} MB", flush=True)
        start, _ = timed(Path(scratch, "1.jsonl"), Path(scratch, "lake1"))
        again, _ = timed(Path(scratch, f"{args.large}.jsonl"), Path(scratch, f"lake{args.large}"))
    print(f"peak memory: {peaks[args.large] / peaks[args.small]:.2f} times that of {args.small:,} articles")
    print(f"nothing new over {args.large:,}: {again:.1f} s, of which {start:.1f} s are a run over one article")


if __name__ == "__main__":
    main()
