"""What symptoms look at: everything that is known of a training before a search."""

from __future__ import annotations

from dataclasses import dataclass

from remedy.diagnosis.data_statistics import DataStatistics
from remedy.diagnosis.learnability import Learnability
from remedy.plan import Plan
from remedy.surgery.graph import keeps_weights
from remedy.training.measurements import Measurements


@dataclass(frozen=True)
class Case:
    """A training to diagnose.

    Attributes:
        plan: the baseline.
        data: of the training split.
        measured: what the first batches of the training showed; `None` if it was not, or could not be run.
        learnability: what simple models learn; `None` if they were not asked.
        known_stuck: whether whole trainings of the baseline are stuck, and not at least learn the training
            samples by heart; `None` if there were none.
    """

    plan: Plan
    data: DataStatistics
    measured: Measurements | None = None
    learnability: Learnability | None = None
    known_stuck: bool | None = None

    @property
    def learns_by_heart(self) -> bool:
        """Whether whole trainings have learned the training samples, and nothing else."""
        return self.known_stuck is False

    @property
    def is_stuck(self) -> bool:
        """Whether the training was seen not to learn, or was not seen."""
        if self.known_stuck is not None:
            return self.known_stuck
        if self.measured is None or not self.measured.learns:
            return True
        # Weights that are drawn may be good by luck; what stays where it began has not learned.
        return not (self.measured.rises or keeps_weights(self.plan))
