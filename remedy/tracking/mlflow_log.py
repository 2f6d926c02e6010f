"""MLflow: a run for each finished training, in an experiment that has the study's name."""

from __future__ import annotations

import os

# Before it is loaded: it would tell its makers that it is used, and ask a server that is away for minutes.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus
from mlflow.exceptions import MlflowException

from remedy.errors import ConfigError
from remedy.tracking.finished import FinishedTraining

_KEY = "remedy.training"
_MOST = 1000
"""Metrics that MLflow takes at once."""


class MlflowLog:
    """The runs of one study.

    Args:
        uri: of the tracking server or the database.
        study: name of the study.

    Raises:
        ConfigError: MLflow cannot be used there.
    """

    key = "tracking.mlflow"
    errors: tuple[type[Exception], ...] = (MlflowException, OSError)

    def __init__(self, uri: str, study: str) -> None:
        try:
            self._client = MlflowClient(uri)
            known = self._client.get_experiment_by_name(study)
            self._experiment = known.experiment_id if known else self._client.create_experiment(study)
            self._runs = self._read_runs()
        except (MlflowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise ConfigError(f"tracking.mlflow: MLflow cannot be used there: {reason}") from error

    def has(self, training: FinishedTraining) -> bool:
        """Whether the training is there as a whole."""
        return training.key in self._runs and self._runs[training.key] is None

    def log(self, training: FinishedTraining) -> None:
        """Write the training as a run; one that was begun and never ended is deleted."""
        if (begun := self._runs.get(training.key)) is not None:
            self._client.delete_run(begun)
        record = training.record
        finished = _milliseconds(record.finished.timestamp())
        tags = {
            _KEY: training.key,
            "remedy.phase": training.phase,
            "remedy.trial": str(record.number),
            "remedy.status": str(record.status),
            "remedy.seed": str(record.seed),
        }
        run = self._client.create_run(
            self._experiment,
            start_time=_milliseconds(record.started.timestamp()),
            tags=tags,
            run_name=f"{training.phase} {record.number}",
        ).info.run_id
        self._runs[training.key] = run
        params = [Param(name, str(value)) for name, value in training.settings().items()]
        self._client.log_batch(run, params=params)
        metrics = [Metric(column, value, finished, epoch) for column, epoch, value in training.points()]
        for start in range(0, len(metrics), _MOST):
            self._client.log_batch(run, metrics=metrics[start : start + _MOST])
        status = RunStatus.FAILED if training.has_failed else RunStatus.FINISHED
        self._client.set_terminated(run, RunStatus.to_string(status), finished)
        self._runs[training.key] = None

    def _read_runs(self) -> dict[str, str | None]:
        """The trainings that are there already; of those that were not ended, the number of the run."""
        found: dict[str, str | None] = {}
        token = None
        while True:
            page = self._client.search_runs([self._experiment], page_token=token)
            for run in page:
                if (key := run.data.tags.get(_KEY)) is not None:
                    ended = RunStatus.is_terminated(RunStatus.from_string(run.info.status))
                    found[key] = None if ended else run.info.run_id
            token = page.token
            if not token:
                return found


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
