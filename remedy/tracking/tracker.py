"""Passes finished trainings on to whoever keeps them as well."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from remedy.config import Tracking
from remedy.errors import ConfigError
from remedy.tracking.finished import FinishedTraining


class Log(Protocol):
    """Where trainings are kept."""

    key: str
    """Of the experiment file."""
    errors: tuple[type[Exception], ...]
    """What it raises when it is away or full."""

    def has(self, training: FinishedTraining) -> bool:
        """Whether the training is there as a whole."""

    def log(self, training: FinishedTraining) -> None:
        """Write the training."""


class Tracker:
    """Keeps trainings in some logs, each of them once, however often it is told of it.

    A log that fails does not hold up the run: this is said, and the next run of the study adds the rest.

    Args:
        logs: where.
        tell: is told when one of them fails.
    """

    def __init__(self, logs: Sequence[Log], tell: Callable[[str], None]) -> None:
        self._logs = list(logs)
        self._tell = tell

    @property
    def is_needed(self) -> bool:
        """Whether there is any log to keep."""
        return bool(self._logs)

    def add(self, trainings: Iterable[FinishedTraining]) -> None:
        """Log those that are not there yet."""
        for training in trainings:
            for log in list(self._logs):
                try:
                    if not log.has(training):
                        log.log(training)
                except log.errors as error:
                    reason = " ".join(str(error).split())
                    self._tell(
                        f"{log.key}: {reason}; the run goes on without, and the next one adds the rest"
                    )
                    self._logs.remove(log)


def require_installed(tracking: Tracking) -> None:
    """Check that there is what the logs need.

    Raises:
        ConfigError: a package is missing.
    """
    if tracking.tensorboard is not None and importlib.util.find_spec("tensorboardX") is None:
        raise ConfigError(
            "tracking.tensorboard needs tensorboardX; install it with: pip install 'remedy[tensorboard]'"
        )
    if tracking.mlflow is not None and importlib.util.find_spec("mlflow") is None:
        raise ConfigError("tracking.mlflow needs MLflow; install it with: pip install 'remedy[mlflow]'")


def open_tracker(tracking: Tracking, study: str, tell: Callable[[str], None]) -> Tracker:
    """The logs that an experiment asks for; their libraries are loaded only then.

    Args:
        tracking: the section of the experiment.
        study: its name.
        tell: is told when a log fails.

    Raises:
        ConfigError: one of them cannot be used.
    """
    require_installed(tracking)
    logs: list[Log] = []
    if tracking.tensorboard is not None:
        from remedy.tracking.tensorboard_log import TensorBoardLog

        try:
            logs.append(TensorBoardLog(tracking.tensorboard, study))
        except OSError as error:
            raise ConfigError(f"tracking.tensorboard: the folder cannot be used: {error}") from error
    if tracking.mlflow is not None:
        from remedy.tracking.mlflow_log import MlflowLog

        logs.append(MlflowLog(tracking.mlflow, study))
    return Tracker(logs, tell)
