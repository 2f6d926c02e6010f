"""The end of a run: the test split is read, and everything that was found is written down."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remedy.ablation import Ablation, FixProof
from remedy.comparison import compare
from remedy.diagnosis import Learnability
from remedy.errors import RemedyError
from remedy.export import export_training
from remedy.fixes import apply_recipe
from remedy.inert import legible
from remedy.phases import Phases
from remedy.results.best import remove_best, write_best
from remedy.results.decision import (
    baseline_result,
    beats,
    best_result,
    confirmed_results,
    cost,
    decide,
    is_fine,
    learnability_result,
    minimal_result,
)
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder
from remedy.results.model_store import ModelStore
from remedy.results.study import Study
from remedy.results.verdict import AblationState, MinimalResult, Verdict
from remedy.search import Confirmation, TrialRecord, fix_effects, rank
from remedy.training import Status


@dataclass(frozen=True)
class Findings:
    """What a run has found out on the training and validation splits.

    Attributes:
        bar: the skill that counts as a cure.
        confirmations: of the search's best recipes.
        winner: the one of them with the highest lower bound; a cure goes before the others.
        ablation: of the winner; `None` if it is no cure, or none was asked for.
    """

    baseline: Sequence[TrialRecord]
    learnability: Learnability
    bar: float
    confirmations: Sequence[Confirmation] = ()
    winner: Confirmation | None = None
    ablation: Ablation | None = None


def conclude(findings: Findings, phases: Phases) -> Verdict:
    """Read the test split, for baseline, winner and smallest recipe only, decide, and write the results."""
    prepared, folder, models = phases.prepared, phases.folder, phases.models
    baseline, winner = findings.baseline, findings.winner
    records = phases.records()
    ranked = rank(records["search"])
    best = None
    if winner is not None:
        trial = next(record.number for record in ranked if record.recipe == winner.recipe)
        best = best_result(winner, models.evaluate(winner.records), trial)
    fine = is_fine(baseline, findings.bar)
    minimal = _minimal(findings.ablation, models)
    name = decide(
        best,
        findings.confirmations,
        improved=winner is not None and beats(winner.records, baseline),
        bar=findings.bar,
        smallest=minimal.recipe if minimal else winner.recipe if winner else None,
        has_signal=findings.learnability.has_signal
        or not findings.learnability.is_measured
        or any(record.status is Status.LEARNING for record in baseline),
    )
    cured = name in {"unstuck", "undertrained"} and not fine
    verdict = Verdict(
        verdict="already_learning" if fine else name,
        baseline=baseline_result(baseline, models.evaluate(baseline), fine=fine),
        best=best,
        minimal=minimal if cured else None,
        confirmed=confirmed_results(findings.confirmations, ranked),
        fixes=_fixes(findings) if cured else (),
        effects=tuple(fix_effects(phases.search_study, list(prepared.space.fixes))),
        learnability=learnability_result(findings.learnability),
        ablation=_state(findings.ablation) if cured else None,
        cost=cost(records, lambda recipe: apply_recipe(prepared.baseline, recipe).epochs),
    )
    phases.write_trials()
    phases.copy_studies()
    compare(prepared, folder, phases.pool, models, baseline, winner.records if winner else ())
    if winner is not None and cured:
        write_best(folder.best, winner, models, prepared.dataset, prepared.baseline)
    else:
        remove_best(folder.best)
    write_json(folder.verdict, verdict.to_plain())
    if folder.best.exists() and (reason := _write_script(folder)):
        sys.stderr.write(legible(f"{folder.best / 'train.py'} is not written: {reason}") + "\n")
    return verdict


def _write_script(folder: StudyFolder) -> str | None:
    """Put the winner's training as a script beside its model; return why that is impossible."""
    try:
        with tempfile.TemporaryDirectory(dir=folder.path, prefix=f".{folder.best.name}-") as scratch:
            exported = Path(scratch) / "script"
            export_training(Study(folder), exported, tell=lambda _: None)
            for path in exported.iterdir():
                if not (folder.best / path.name).exists():
                    path.rename(folder.best / path.name)
    except Exception as error:  # noqa: BLE001 - nothing about a script may take the verdict away
        return str(error) if isinstance(error, RemedyError) else f"{type(error).__name__}: {error}"
    return None


def _minimal(ablation: Ablation | None, models: ModelStore) -> MinimalResult | None:
    if ablation is None or ablation.minimal is None:
        return None
    summary = ablation.minimal.summary()
    return minimal_result(summary, models.evaluate(summary.records))


def _fixes(findings: Findings) -> tuple[FixProof, ...]:
    if findings.ablation is not None:
        return findings.ablation.fixes
    assert findings.winner is not None  # noqa: S101 - something has cured the baseline
    return tuple(FixProof(fix, value) for fix, value in findings.winner.recipe.items())


def _state(ablation: Ablation | None) -> AblationState:
    if ablation is None:
        return "off"
    return "done" if ablation.finished else "unfinished"
