"""Who is told what a run is doing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from remedy.plan import Recipe
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder
from remedy.search import Progress, TrialRecord
from remedy.training import EpochRecord

Step = Literal["diagnosis", "conclusion"]
"""What a run does while no recipe is trained."""


class RunProgress(Progress, Protocol):
    """Someone who watches a whole run."""

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """The experiment is valid; work begins or goes on."""

    def noticed(self, message: str) -> None:
        """Something was found, and mended, that the user should know of."""

    def phase(self, study: str, total: int, done: Sequence[TrialRecord]) -> None:
        """Trainings of a study begin, or turn out to be more; those in `done` are there already."""

    def step(self, name: Step) -> None:
        """The baseline is looked at, or the results are written; the next phase ends it."""

    def diagnosed(self, sentence: str) -> None:
        """The baseline was examined; the sentence says what was found."""


class Silent:
    """Watches without a word."""

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Say nothing."""

    def noticed(self, message: str) -> None:
        """Say nothing."""

    def phase(self, study: str, total: int, done: Sequence[TrialRecord]) -> None:
        """Say nothing."""

    def step(self, name: Step) -> None:
        """Say nothing."""

    def diagnosed(self, sentence: str) -> None:
        """Say nothing."""

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """Say nothing."""

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """Say nothing."""

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Say nothing."""


class Bookkeeper:
    """Keeps the files of a study up to date while passing everything on.

    Args:
        progress: told as if there were no bookkeeper.
        forget_verdict: called when a training starts, since an earlier verdict may not hold any more.
        write_trials: called when a trial of the search is over.
        track: called with every training that is over, and the study it belongs to.
    """

    def __init__(
        self,
        progress: RunProgress,
        forget_verdict: Callable[[], None],
        write_trials: Callable[[], None],
        track: Callable[[str, TrialRecord], None],
    ) -> None:
        self._forget_verdict = forget_verdict
        self._write_trials = write_trials
        self._track = track
        self.epoch_finished = progress.epoch_finished
        self._progress = progress

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """Forget the verdict and pass it on."""
        self._forget_verdict()
        self._progress.trial_started(study, number, recipe)

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Write the table of trials, log the training and pass it on."""
        if study == "search":
            self._write_trials()
        self._track(study, record)
        self._progress.trial_finished(study, record)
