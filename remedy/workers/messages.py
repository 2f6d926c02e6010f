"""What a worker process sends to its parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remedy.training import EpochRecord, JobResult


@dataclass(frozen=True)
class Ready:
    """Sent once, when the worker has loaded what it trains with."""


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


@dataclass(frozen=True)
class Answer:
    """What a request to run user code has returned."""

    value: Any


@dataclass(frozen=True)
class Failure:
    """A request to run user code has failed.

    Attributes:
        error: one line: what went wrong.
        details: the traceback.
        users: the fault lies in what the user has written, so that the line is all there is to say.
    """

    error: str
    details: str
    users: bool
