"""A study as an object: what `remedy.load` returns and the command line reads from."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from remedy.ablation import FixProof
from remedy.config import Experiment, load_experiment
from remedy.errors import StudyError
from remedy.html_pieces import paragraph
from remedy.plan import Plan
from remedy.results.curves import Curves
from remedy.results.folder import StudyFolder, find_study
from remedy.results.notebook_view import trials_html, verdict_html
from remedy.results.trials_file import read_rows, read_trials
from remedy.search import FixEffect, TrialRecord, fix_effects, read_records, read_study


class Study:
    """The results of one experiment, finished or not. Reading them changes nothing.

    Args:
        folder: where they are.
    """

    def __init__(self, folder: StudyFolder) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"Study({str(self.path)!r})"

    def _repr_html_(self) -> str:
        """What Jupyter shows: the verdict, if there is one by now, and the first trials."""
        verdict = self.verdict
        rows = read_rows(self._folder.trials)[1] if self._folder.trials.exists() else []
        state = "" if verdict else f"no verdict yet; trials finished: {len(rows)}"
        parts = [paragraph(self.path.name, state)]
        parts += [verdict_html(verdict)] if verdict else []
        parts += [trials_html(rows)] if rows else []
        return "".join(parts)

    @property
    def path(self) -> Path:
        """The folder of the study."""
        return self._folder.path

    @cached_property
    def experiment(self) -> Experiment:
        """The resolved experiment, every default filled in."""
        return load_experiment(self._folder.experiment)

    @cached_property
    def baseline(self) -> Plan:
        """The plan that all recipes are applied to; the user's own fixes in them are loaded.

        Raises:
            StudyError: the file is missing or damaged.
        """
        _ = self.experiment  # loads the fixes
        try:
            return Plan.model_validate_json(self._folder.baseline.read_bytes())
        except (OSError, ValueError) as error:
            raise StudyError(
                f"{self._folder.baseline}: cannot be read ({error}); "
                "delete it, and remedy run writes it again"
            ) from error

    @property
    def verdict(self) -> dict[str, Any] | None:
        """What `verdict.json` holds; `None` as long as there is no verdict."""
        return self._folder.read_verdict()

    @property
    def minimal(self) -> dict[str, Any] | None:
        """The smallest recipe that is as good as the best one, and its skill; `None` if there is none."""
        verdict = self.verdict
        return verdict.get("minimal") if verdict else None

    def fixes(self) -> pd.DataFrame:
        """What the ablation says of each fix of the best recipe, a row per fix.

        Columns: fix, value, alone, without, drop, drop_low, drop_high, role, in_minimal, role_in_minimal,
        without_status, substitutes. Empty as long as there is no recipe that unsticks the loss.
        """
        verdict = self.verdict
        return _frame(verdict.get("fixes", []) if verdict else [], FixProof)

    def effects(self) -> pd.DataFrame:
        """How often trials of the search learned with and without each fix: association, not cause.

        A row per fix: how many ended in either group, how many and which share of them learned, that share's
        95 % interval, and Optuna's PED-ANOVA importance. Trials that are finished by now are counted.
        """
        study = read_study(self._folder.journal, "search")
        effects = fix_effects(study, list(self.experiment.fixes)) if study else []
        return _frame([asdict(effect) for effect in effects], FixEffect)

    def trials(self) -> pd.DataFrame:
        """The trials of the search, ranked, with a column per fix; cells of fixes that are off are empty.

        Raises:
            StudyError: no trial has finished yet.
        """
        return read_trials(self._folder.trials)

    def curves(self, study: str = "search") -> pd.DataFrame:
        """The curves: trial, epoch, loss, val_loss, skill, val_skill, learning_rate, gradient_norm.

        Args:
            study: `search`, `baseline`, `confirmation` or `ablation`.
        """
        return Curves(self.path, study).read()

    def records(self, study: str = "search") -> list[TrialRecord]:
        """The finished trainings with their recipes, in the order in which they were started.

        Args:
            study: `search`, `baseline`, `confirmation` or `ablation`.
        """
        return read_records(self._folder.journal, study)


def _frame(rows: list[dict[str, Any]], kind: type) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[field.name for field in fields(kind)])


def load(study: str | Path) -> Study:
    """The study in a results folder, or of that name under `results/`.

    Raises:
        StudyError: there is none.
    """
    return Study(find_study(str(study), Path("results")))
