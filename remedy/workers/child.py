"""A worker process: reads jobs from a pipe, trains, and answers until the pipe closes.

Started by `remedy.workers.pool` as `python -m remedy.workers.child FILE_DESCRIPTOR`. Keras keeps memory of
every model it has built, so trainings never run in the process of the user.
"""

from __future__ import annotations

import resource
import sys
import traceback
from multiprocessing.connection import Connection
from typing import Any

from remedy.data import Dataset, fit_preprocessing
from remedy.training import EpochRecord, EvaluateJob, Evaluations, Job, JobFailed, JobResult, TrainJob
from remedy.training.evaluation import evaluate
from remedy.training.saved_model import load_model, save_model
from remedy.training.trial import train
from remedy.workers.messages import EpochEnd, JobEnd


def main() -> None:
    """Serve jobs until the other end of the pipe is closed: the process that wanted the results is gone."""
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        dataset: Dataset = pipe.recv()
        while True:
            job: Job = pipe.recv()
            pipe.send(JobEnd(_run(job, dataset, pipe), _peak_memory()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit(0)


def _run(job: Job, dataset: Dataset, pipe: Connection[Any, Any]) -> JobResult:
    try:
        return _train(job, dataset, pipe) if isinstance(job, TrainJob) else _evaluate(job, dataset)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever Keras raises is the job's result, not the worker's end
        lines = str(error).strip().splitlines() or [""]
        return JobFailed(f"{type(error).__name__}: {lines[0]}", traceback.format_exc())


def _train(job: TrainJob, dataset: Dataset, pipe: Connection[Any, Any]) -> JobResult:
    def ask_whether_to_go_on(record: EpochRecord) -> bool:
        pipe.send(EpochEnd(record))
        return bool(pipe.recv())

    trained = train(job.plan, dataset, job.seed, min_skill=job.min_skill, on_epoch=ask_whether_to_go_on)
    if job.model_path is not None:
        save_model(trained.model, job.plan, job.model_path)
    return trained.outcome


def _evaluate(job: EvaluateJob, dataset: Dataset) -> Evaluations:
    model = load_model(job.model_path)
    preprocessor = fit_preprocessing(job.plan.preprocessing, dataset.train)
    return Evaluations(
        validation=evaluate(model, job.plan, preprocessor, dataset.validation),
        test=evaluate(model, job.plan, preprocessor, dataset.test),
    )


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


if __name__ == "__main__":
    main()
