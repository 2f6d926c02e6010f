"""TensorBoard: an event file for each finished training, written without TensorFlow."""

from __future__ import annotations

import math
from pathlib import Path

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

from remedy.tracking.finished import CURVES, FinishedTraining

_UNFINISHED = ".writing"


class TensorBoardLog:
    """A folder for each training, such as `DIR/sunspots/search-17`, with its curve and its recipe.

    Args:
        directory: what `tensorboard --logdir` is to be given.
        study: name of the study.
    """

    key = "tracking.tensorboard"
    errors: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, directory: Path, study: str) -> None:
        self._folder = directory / study
        self._folder.mkdir(parents=True, exist_ok=True)

    def has(self, training: FinishedTraining) -> bool:
        """Whether the training is there as a whole."""
        return any(self._of(training).glob(f"*.{training.key}"))

    def log(self, training: FinishedTraining) -> None:
        """Write the training, in the place of one that had its number before `--fresh`."""
        folder = self._of(training)
        folder.mkdir(exist_ok=True)
        for earlier in folder.glob("events.out.tfevents.*"):
            earlier.unlink()
        finished = training.record.finished.timestamp()
        with SummaryWriter(str(folder), filename_suffix=_UNFINISHED) as writer:
            for column, epoch, value in training.points():
                writer.add_scalar(CURVES[column], value, epoch, walltime=finished)
            # Without the summary of the experiment, in which there would be the fixes of one recipe only,
            # TensorBoard puts the columns of its table together from all trainings.
            skill = training.record.skill
            _, start, end = hparams(
                training.settings(), {CURVES["val_skill"]: skill} if math.isfinite(skill) else {}
            )
            writer.file_writer.add_summary(start)
            writer.file_writer.add_summary(end)
        for written in folder.glob(f"*{_UNFINISHED}"):
            written.rename(written.with_suffix(f".{training.key}"))

    def _of(self, training: FinishedTraining) -> Path:
        return self._folder / f"{training.phase}-{training.record.number}"
