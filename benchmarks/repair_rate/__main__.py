"""Measures how many of the gallery's stuck trainings are repaired, and how fast.

Run as `python -m benchmarks.repair_rate`; see README.md one folder up.
"""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.gallery import gallery
from benchmarks.repair_rate.page import markdown
from benchmarks.repair_rate.processes import Task, run_tasks
from benchmarks.repair_rate.rows import Row
from benchmarks.repair_rate.summary import goals, summarise
from benchmarks.table import append_row, read_rows, say

OUT = Path("results/reference/repair_rate.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the CSV file does not hold yet, and write page and picture.

    Returns:
        The exit status: 1 if a goal is missed or a case fails, 2 if no case fits, 130 if interrupted.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(given)
    cases = gallery(options.only)
    if not cases:
        say(f"no case is called {options.only}; there are: {', '.join(case.name for case in gallery())}")
        return 2
    tasks = [Task(case.name, seed, options.budget) for seed in range(options.seeds) for case in cases]
    done = {row.key for row in read_rows(Row, options.out)}
    missing = [task for task in tasks if task.key not in done]
    if len(missing) < len(tasks):
        say(f"{len(tasks) - len(missing)} of {len(tasks)} were done before")
    failed, interrupted = 0, False
    try:
        with closing(run_tasks(missing, options.workers)) as results:
            for number, (task, result) in enumerate(results, start=1):
                place = f"{len(tasks) - len(missing) + number}/{len(tasks)}"
                if isinstance(result, str):
                    failed += 1
                    say(f"{place:>7} FAILED {task.case} seed {task.seed}: {result}")
                    continue
                append_row(options.out, result)
                say(f"{place:>7} {_line(result)}")
    except KeyboardInterrupt:
        interrupted = True
    rows = [row for row in read_rows(Row, options.out) if row.budget == options.budget]
    if rows:
        command = shlex.join(["python", "-m", "benchmarks.repair_rate", *given])
        _write(rows, options.budget, options.out, command)
    if interrupted:
        say(f"interrupted; {options.out} holds what is done, the same command goes on")
        return 130
    found = goals(summarise(rows), options.budget)
    for goal in found:
        say(f"{'reached' if goal.is_reached else 'MISSED '} {goal.text}; found {goal.found}")
    return int(failed > 0 or not all(goal.is_reached for goal in found))


def _write(rows: Sequence[Row], budget: float, out: Path, command: str) -> None:
    picture = out.with_suffix(".svg")
    if not any(row.is_curable for row in rows):
        name = None
    elif importlib.util.find_spec("matplotlib") is None:
        say("no picture without matplotlib; install it with: pip install -e '.[benchmarks]'")
        name = picture.name if picture.exists() else None
    else:
        from benchmarks.repair_rate.picture import draw

        draw(rows, budget, picture)
        name = picture.name
    out.with_suffix(".md").write_text(markdown(rows, budget, command, name), encoding="utf-8")


def _line(row: Row) -> str:
    mark = "ok   " if row.verdict_right else "WRONG"
    start = f"{mark} {row.case} seed {row.seed}: {row.verdict}"
    if not row.is_curable:
        return f"{start}, a control, {row.seconds:.0f} s"
    remedy, random, first_fit = (row.gap_closed(name, "full") for name in ("remedy", "random", "first_fit"))
    return (
        f"{start}, gap closed {remedy:.2f} (random search {random:.2f}, first-fit rules {first_fit:.2f}), "
        f"{row.first_symptom or 'nothing'} named first, {row.seconds:.0f} s"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair_rate", description=__doc__)
    parser.add_argument(
        "--budget", type=float, default=20, help="of every search, in trainings of the baseline (default: 20)"
    )
    parser.add_argument("--seeds", type=int, default=3, help="of every case (default: 3)")
    parser.add_argument("--only", default="*", metavar="GLOB", help="cases whose name fits the pattern")
    parser.add_argument(
        "--out", type=Path, default=OUT, help=f"CSV file (default: {OUT}); page and picture are beside it"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=3,
        help="cases at once, of which one is measured while the others prove what they found (default: 3)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
