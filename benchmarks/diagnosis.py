"""Counts right and wrong diagnoses: planted faults that are named first, and findings in healthy trainings.

Run as `python -m benchmarks.diagnosis`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.faults import FAULTS, HEALTHY, Patient
from remedy.examination import examine
from remedy.preparation import prepare
from remedy.workers import WorkerPool

OUT = Path("results/reference/diagnosis.csv")


@dataclass(frozen=True)
class Row:
    """One diagnosis, as a line of the CSV file.

    Attributes:
        expected: the symptoms of which one is the cause, empty for a healthy training.
        place: of the first of these among the findings, from 1; 0 if it was not found.
        first: the first finding.
        errors: findings of that severity.
        warnings: likewise.
        others: all findings but the first, in order.
    """

    name: str
    model: str
    seed: int
    expected: str
    place: int
    first: str
    errors: int
    warnings: int
    others: str
    seconds: float

    @property
    def is_right(self) -> bool:
        """The planted fault is named first, or a healthy training is not complained about."""
        return self.place == 1 if self.expected else self.errors == self.warnings == 0


def examine_patient(patient: Patient, seed: int) -> Row:
    """Diagnose one training in a temporary folder."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as folder:
        prepared = prepare(patient.experiment(seed, Path(folder)))
        with WorkerPool(prepared.dataset, 1) as pool:
            diagnosis = examine(prepared, pool)
    found = [finding.symptom for finding in diagnosis.findings]
    severities = [finding.severity for finding in diagnosis.findings]
    return Row(
        patient.name,
        patient.model,
        seed,
        " or ".join(patient.causes),
        next((place for place, name in enumerate(found, start=1) if name in patient.causes), 0),
        found[0] if found else "",
        severities.count("error"),
        severities.count("warning"),
        " ".join(found[1:]),
        round(time.monotonic() - started, 1),
    )


def summary(rows: Sequence[Row]) -> list[str]:
    """How many faults were named first, and what healthy trainings were accused of."""
    planted = [row for row in rows if row.expected]
    healthy = [row for row in rows if not row.expected]
    lines = []
    if planted:
        first, found = sum(row.place == 1 for row in planted), sum(row.place > 0 for row in planted)
        lines.append(f"planted: {first} of {len(planted)} named first, {found} found at all")
    if healthy:
        errors, warnings = sum(row.errors for row in healthy), sum(row.warnings for row in healthy)
        lines.append(f"healthy: {errors} errors and {warnings} warnings in {len(healthy)} trainings")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Diagnose every training, write the table, and sum up.

    Returns:
        The exit status: 1 if a diagnosis is wrong, 2 if no training fits.
    """
    options = _parser().parse_args(arguments)
    chosen = [
        patient for patient in (*FAULTS, *HEALTHY) if fnmatch(f"{patient.name} {patient.model}", options.only)
    ]
    if not chosen:
        _say(f"no training is called {options.only}")
        return 2
    rows = []
    for number, patient in enumerate(chosen, start=1):
        row = examine_patient(patient, options.seed)
        rows.append(row)
        mark = "ok   " if row.is_right else "WRONG"
        _say(
            f"{number:>3}/{len(chosen)} {mark} {row.name}, {row.model}: {row.first or 'nothing found'}"
            f"{f' (expected {row.expected}, place {row.place})' if not row.is_right and row.expected else ''}"
            f"{f'; then {row.others}' if row.others else ''}; {row.seconds:.0f} s"
        )
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        with options.out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
            writer.writeheader()
            writer.writerows(map(asdict, rows))
    for line in summary(rows):
        _say(line)
    return int(not all(row.is_right for row in rows))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("--only", default="*", metavar="GLOB", help="trainings whose name and model fit")
    parser.add_argument("--seed", type=int, default=0, help="of data and training (default: 0)")
    parser.add_argument("--out", type=Path, default=OUT, help=f"CSV file (default: {OUT})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
