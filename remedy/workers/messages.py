"""What a worker process sends to its parent."""

from __future__ import annotations

from dataclasses import dataclass

from remedy.training import EpochRecord, JobResult


@dataclass(frozen=True)
class EpochEnd:
    """Sent after every epoch; the worker then waits for a bool, whether to go on."""

    record: EpochRecord


@dataclass(frozen=True)
class JobEnd:
    """Sent when a job is over.

    Attributes:
        memory: peak resident memory of the worker so far, bytes.
    """

    result: JobResult
    memory: int
