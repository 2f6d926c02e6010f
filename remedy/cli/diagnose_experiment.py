"""`remedy diagnose`: the findings, the likeliest cause first."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from remedy.cli.console import make_console, print_json
from remedy.diagnosis import Diagnosis, Evidence, Finding
from remedy.examination import examine
from remedy.inert import legible
from remedy.preparation import prepare
from remedy.wording.text import count_text, recipe_text, value_text
from remedy.workers import WorkerPool, head_start

_STYLES = {"error": "bold red", "warning": "bold yellow", "advice": "bold"}


def diagnose_experiment(file: Path, settings: Sequence[str], *, json: bool) -> None:
    """Measure and print.

    Raises:
        ConfigError, DataError: something is wrong with the experiment or its data.
        TrainingError: the baseline cannot be trained at all.
    """
    console = make_console()
    with head_start(backend="tensorflow") as ahead:
        prepared = prepare(file, settings)
        with WorkerPool(prepared.dataset, 1, ahead=ahead, backend="tensorflow") as pool:
            if json:
                print_json(examine(prepared, pool).to_plain())
                return
            with console.status("training the baseline for a few hundred batches"):
                diagnosis = examine(prepared, pool)
    print_diagnosis(console, diagnosis)
    if diagnosis.is_stuck:
        console.print()
        console.print(f"next:    remedy run {legible(shlex.quote(str(file)))}", soft_wrap=True)


def print_diagnosis(console: Console, diagnosis: Diagnosis) -> None:
    """Print the likely cause, and every finding with its evidence and what to do.

    Args:
        console: where to.
        diagnosis: may be without findings.
    """
    console.print(legible(diagnosis.sentence))
    for number, finding in enumerate(diagnosis.findings, start=1):
        console.print()
        severity = (finding.severity, _STYLES[finding.severity])
        console.print(Text.assemble(f"{number}. {finding.symptom} (", severity, ")"))
        for line in _lines(finding):
            console.print(Padding.indent(Text(legible(line)), 3))
    if len(diagnosis.findings) > 1:
        found = count_text(len(diagnosis.findings), "finding")
        console.print()
        console.print(f"{found}; what stands first is closest to the cause, the rest often follows from it.")


def _lines(finding: Finding) -> Iterator[str]:
    yield finding.explanation
    for evidence in finding.evidence:
        yield f"- {evidence_text(evidence)}"
    if finding.recipe:
        yield f"try first: {recipe_text(finding.recipe)}"
    others = [fix for fix in finding.fixes if fix not in finding.recipe]
    if others:
        yield f"{'also treated' if finding.recipe else 'treated'} by: {', '.join(others)}"
    if finding.advice:
        yield finding.advice


def evidence_text(evidence: Evidence) -> str:
    """A number with its threshold and place.

    >>> evidence_text(Evidence("largest magnitude", 255.0, 10.0, "pixel"))
    "largest magnitude of 'pixel': 255 (threshold 10)"
    """
    place = "" if evidence.at is None else f" of {evidence.at!r}"
    threshold = evidence.threshold
    if isinstance(threshold, tuple):
        beside = f" (usual {value_text(float(threshold[0]))} to {value_text(float(threshold[1]))})"
    else:
        beside = "" if threshold is None else f" (threshold {value_text(float(threshold))})"
    return f"{evidence.what}{place}: {evidence.value:.3g}{beside}"
