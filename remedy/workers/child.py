"""A worker process: reads jobs from a pipe, trains, and answers until the pipe closes.

Started by `remedy.workers.process` as `python -m remedy.workers.child FILE_DESCRIPTOR [--ahead]`. Keras keeps
memory of every model it has built, so trainings never run in the process of the user.
"""

from __future__ import annotations

import gc
import importlib
import resource
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from remedy.data import Dataset
from remedy.errors import RemedyError, StudyError, machine_fault
from remedy.training import EpochRecord, Job, JobFailed, JobResult
from remedy.workers.messages import EpochEnd, JobEnd, Ready

_RUN_JOB = "remedy.workers.run_job"
"""Loads TensorFlow."""

_PARENT_IS_GONE = (EOFError, BrokenPipeError, ConnectionResetError)


def main() -> None:
    """Serve jobs until the other end of the pipe is closed: the process that wanted the results is gone."""
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        if "--ahead" in sys.argv:
            importlib.import_module(_RUN_JOB)
        dataset: Dataset = pipe.recv()
        # Else not before the data has been read: the parent waits for that before it starts the next worker.
        run_job = importlib.import_module(_RUN_JOB).run_job

        pipe.send(Ready())
        gc.freeze()  # every training collects garbage, and need not look through TensorFlow
        while True:
            job: Job = pipe.recv()
            pipe.send(JobEnd(_run(run_job, job, dataset, pipe), _peak_memory()))
    except _PARENT_IS_GONE:
        sys.exit(0)


def _run(
    run_job: Callable[..., JobResult], job: Job, dataset: Dataset, pipe: Connection[Any, Any]
) -> JobResult:
    def ask_whether_to_go_on(record: EpochRecord) -> bool:
        pipe.send(EpochEnd(record))
        return bool(pipe.recv())

    began = time.monotonic()
    try:
        return run_job(job, dataset, ask_whether_to_go_on)
    except _PARENT_IS_GONE:
        raise
    except RemedyError as error:
        details, source = traceback.format_exc(), job.plan.model.source
        if source is not None and not Path(source.file).exists():
            gone = f"{source.file} does not exist any more; put it back, then the same command goes on"
            return JobFailed(gone, details, is_fault=True)
        return JobFailed(str(error), details, time.monotonic() - began, isinstance(error, StudyError))
    except Exception as error:  # noqa: BLE001 - whatever Keras raises is the job's result, not the worker's end
        if (fault := machine_fault(error)) is not None:
            return JobFailed(str(fault), traceback.format_exc(), is_fault=True)
        lines = str(error).strip().splitlines() or [""]
        message = f"{type(error).__name__}: {lines[0]}"
        return JobFailed(message, traceback.format_exc(), time.monotonic() - began)


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


if __name__ == "__main__":
    main()
