"""remedy on the benchmark's space: `python -m benchmarks.speed.remedy_search`."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.speed.report import Report
from remedy.workers import head_start, most_workers


def main() -> None:
    """Search, and report every trial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--full", action="store_true", help="every trial to its end, and no diagnosis")
    parser.add_argument("--workers", default="auto")
    options = parser.parse_args()
    # As `remedy run` does.
    with head_start(min(4, most_workers())) as ahead:
        from benchmarks.speed.reported_run import run_reported

        run_reported(
            Report(options.out),
            trials=options.trials,
            seed=options.seed,
            full=options.full,
            workers=options.workers if options.workers == "auto" else int(options.workers),
            ahead=ahead,
        )


if __name__ == "__main__":
    main()
