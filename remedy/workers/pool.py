"""Several worker processes that train side by side."""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from types import TracebackType

from remedy.data import Dataset
from remedy.training import EpochRecord, Job, JobFailed, JobResult, Limits, TrainJob
from remedy.workers.excess import excess_memory, excess_time, own_memory
from remedy.workers.head_start import HeadStart, head_start
from remedy.workers.keras_backend import KerasBackend, keras_backend
from remedy.workers.messages import EpochEnd, Ready
from remedy.workers.process import WorkerDiedError, WorkerProcess
from remedy.workers.shared_data import SharedData
from remedy.workers.worker_count import gpus

MEMORY_GROWTH_LIMIT = 1 << 30
"""A worker whose peak memory has grown by this many bytes since its first job is replaced."""

LOOK_EVERY = 0.5
"""Seconds between two looks at trainings that have limits."""

ATTEMPTS = 2
"""How often a job is given to a worker before one that takes its worker down counts as failed."""


@dataclass
class _Assignment:
    """A job that is done or waits to be.

    Attributes:
        began: when a worker that was ready had it; `None` before that.
    """

    job_id: int
    job: Job
    on_epoch: Callable[[EpochRecord], bool]
    attempts: int = 0
    began: float | None = None

    @property
    def limits(self) -> Limits:
        return self.job.limits if isinstance(self.job, TrainJob) else Limits()


@dataclass
class _Desk:
    """A place in the pool: its current process, if one was started, and what it is working on.

    Attributes:
        gpu: the one that its processes may use; `None` leaves it to TensorFlow.
    """

    gpu: str | None = None
    process: WorkerProcess | None = None
    first_memory: int | None = None
    assignment: _Assignment | None = None

    def dismiss(self) -> None:
        if self.process is not None:
            self.process.stop()
        self.process, self.first_memory = None, None


class WorkerPool:
    """A fixed number of long-lived worker processes, replaced when they die or their memory has grown.

    Args:
        dataset: what the workers train on.
        count: how many jobs run at once.
        ahead: processes that were started ahead; the pool ends those that it has no use for.
        backend: Keras' backend; `None` is the one that trains.

    Attributes:
        backend: Keras' backend.

    Raises:
        ConfigError: there is no such backend here.
        DataError: there is no room on the disk to share large data.
    """

    def __init__(
        self,
        dataset: Dataset,
        count: int,
        *,
        ahead: HeadStart | None = None,
        backend: KerasBackend | None = None,
    ) -> None:
        self.backend = backend or keras_backend()
        self._data = SharedData(dataset)
        self._folders = contextlib.ExitStack()
        ahead = ahead or self._folders.enter_context(head_start(0, backend=self.backend))
        self._compiled = ahead.compiled
        # With a single one there is nothing to share out.
        devices: Sequence[str | None] = gpus() if count > 1 else ()
        self._desks = [_Desk(devices[number % len(devices)] if devices else None) for number in range(count)]
        # They are tied to no GPU.
        useful = 0 if devices else count
        self._ahead = deque(ahead.processes[:useful])
        for process in ahead.processes[useful:]:
            process.stop()
        self._submitted = 0
        self._looked = -math.inf
        self._queue: deque[_Assignment] = deque()
        self._results: dict[int, JobResult | None] = {}

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for desk in self._desks:
            desk.dismiss()
        for process in self._ahead:
            process.stop()
        self._folders.close()
        self._data.close()

    @property
    def size(self) -> int:
        """How many jobs run at once."""
        return len(self._desks)

    @property
    def has_idle_worker(self) -> bool:
        """Whether `submit` may be called."""
        return any(desk.assignment is None for desk in self._desks)

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool] = lambda _: True) -> int:
        """Start a job on an idle worker.

        Args:
            job: what to do.
            on_epoch: called within `wait` after every epoch of a training; a false answer ends it. If a
                worker dies, its job starts anew and epochs are reported again.

        Returns:
            A number by which `wait` names the job.
        """
        desk = next(desk for desk in self._desks if desk.assignment is None)
        self._submitted += 1
        self._start(desk, _Assignment(self._submitted, job, on_epoch))
        return self._submitted

    def later(self, job: Job) -> int:
        """Keep a job until a worker has nothing else to do while `wait` listens, or `result` is asked for.

        Returns:
            A number by which `result` knows the job.
        """
        self._submitted += 1
        self._results[self._submitted] = None
        self._queue.append(_Assignment(self._submitted, job, lambda _: True))
        return self._submitted

    def begin_queued(self) -> None:
        """Give what is kept for later to idle workers."""
        idle = (desk for desk in self._desks if desk.assignment is None)
        while self._queue and (desk := next(idle, None)) is not None:
            self._start(desk, self._queue.popleft())

    def drop_queued(self) -> None:
        """Forget what is kept for later and has not begun."""
        self._queue.clear()

    def wait(self) -> tuple[int, JobResult]:
        """Listen to all workers until one job that was submitted is over.

        Returns:
            The job's number and its result.
        """
        while (ended := self.wait_for(math.inf)) is None:
            pass
        return ended

    def wait_for(self, seconds: float) -> tuple[int, JobResult] | None:
        """Like `wait`, but for that time at most.

        Returns:
            `None` if no job was over by then.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.begin_queued()
            ended = self._next(deadline)
            if ended is None or ended[0] not in self._results:
                return ended
            self._results[ended[0]] = ended[1]

    def result(self, number: int) -> JobResult:
        """Wait for a job that `later` took; no job that was submitted is under way.

        Args:
            number: what `later` returned.
        """
        while (result := self._results[number]) is None:
            self.begin_queued()
            if (ended := self._next(math.inf)) is not None:
                self._results[ended[0]] = ended[1]
        del self._results[number]
        return result

    def _next(self, deadline: float) -> tuple[int, JobResult] | None:
        while (left := deadline - time.monotonic()) >= 0:
            busy = {
                desk.process.pipe: (desk, desk.process, desk.assignment)
                for desk in self._desks
                if desk.process is not None and desk.assignment is not None
            }
            is_limited = any(assignment.limits != Limits() for _, _, assignment in busy.values())
            timeout = min(left, LOOK_EVERY) if is_limited else left
            for pipe in wait(list(busy), timeout=None if math.isinf(timeout) else timeout):
                finished = self._listen(*busy[pipe])  # type: ignore[index]
                if finished is not None:
                    return finished
            if is_limited and time.monotonic() - self._looked >= LOOK_EVERY:
                self._looked = time.monotonic()
                for desk, process, assignment in busy.values():
                    if desk.process is not process:  # it has just been replaced
                        continue
                    stopped = self._look_after(desk, process, assignment)
                    if stopped is not None:
                        return stopped
        return None

    def _listen(
        self, desk: _Desk, process: WorkerProcess, assignment: _Assignment
    ) -> tuple[int, JobResult] | None:
        try:
            message = process.receive()
            if isinstance(message, Ready):
                assignment.began = time.monotonic()
                return None
            if isinstance(message, EpochEnd):
                process.answer(assignment.on_epoch(message.record))
                return None
        except WorkerDiedError as death:
            return self._retry(desk, assignment, death)
        desk.assignment = None
        desk.first_memory = desk.first_memory or message.memory
        if message.memory - desk.first_memory > MEMORY_GROWTH_LIMIT:
            desk.dismiss()
        return assignment.job_id, message.result

    def _start(self, desk: _Desk, assignment: _Assignment) -> None:
        self._data.check()
        desk.assignment = assignment
        assignment.attempts += 1
        is_new = desk.process is None
        assignment.began = None if is_new else time.monotonic()
        if desk.process is None:
            desk.process = (
                self._ahead.popleft()
                if self._ahead
                else WorkerProcess(compiled=self._compiled, gpu=desk.gpu, backend=self.backend)
            )
        # A process that is dead already is noticed, and replaced, by the next `wait`.
        with contextlib.suppress(WorkerDiedError):
            if is_new:
                desk.process.load(self._data.dataset)
            desk.process.start(assignment.job)

    def _look_after(
        self, desk: _Desk, process: WorkerProcess, assignment: _Assignment
    ) -> tuple[int, JobResult] | None:
        """Stop what takes more than it may."""
        limits = assignment.limits
        if assignment.began is None:
            return None
        seconds = time.monotonic() - assignment.began
        reason = excess_time(limits, seconds)
        if reason is None and limits.memory is not None:
            reason = excess_memory(limits, own_memory(process.pid))
            if reason is not None and desk.first_memory is not None:
                # Part of it is left from other jobs: a new process shows what this one takes.
                desk.dismiss()
                self._start(desk, assignment)
                return None
        if reason is None:
            return None
        desk.dismiss()
        desk.assignment = None
        return assignment.job_id, JobFailed(reason, "", seconds)

    def _retry(
        self, desk: _Desk, assignment: _Assignment, death: WorkerDiedError
    ) -> tuple[int, JobResult] | None:
        desk.dismiss()
        if assignment.attempts < ATTEMPTS:
            self._start(desk, assignment)
            return None
        self._data.check()
        desk.assignment = None
        seconds = math.nan if assignment.began is None else time.monotonic() - assignment.began
        return assignment.job_id, JobFailed(str(death), death.details, seconds)
