"""Measures how fast remedy searches, next to a plain Optuna loop and KerasTuner.

Run as `python -m benchmarks.speed`; see README.md one folder up.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.rows import Row
from benchmarks.speed.subject_list import SUBJECTS
from benchmarks.speed.subjects import measure
from benchmarks.speed.table import markdown
from benchmarks.table import append_row, read_rows, say

ROWS = Path("results/reference/speed.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is missing, one subject after the other in every repeat, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--trials", type=int, default=60, help="of each search (default: 60)")
    parser.add_argument("--repeats", type=int, default=3, help="of everything (default: 3)")
    parser.add_argument("--only", metavar="GLOB", default="*", help="subjects whose name fits the pattern")
    parser.add_argument(
        "--out", type=Path, default=ROWS, help=f"CSV file (default: {ROWS}); the table is beside it"
    )
    options = parser.parse_args(arguments)
    for repeat in range(options.repeats):
        for subject in SUBJECTS:
            done = {(row.subject, row.repeat) for row in read_rows(Row, options.out)}
            wanted = fnmatch.fnmatch(subject.name, options.only) and repeat < (
                subject.repeats or options.repeats
            )
            if not wanted or not subject.is_installed or (subject.name, repeat) in done:
                continue
            rows = measure(subject, repeat, options.trials)
            for row in rows:
                append_row(options.out, row)
            say(f"{subject.name}, repeat {repeat}: {len(rows)} trials in {rows[-1].ended:.0f} s")
    table = markdown(read_rows(Row, options.out))
    options.out.with_suffix(".md").write_text(table, encoding="utf-8")
    say(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
