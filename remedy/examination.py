"""The way to a diagnosis: a worker measures the baseline's first batches while the data are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from remedy.diagnosis import Case, Diagnosis, Learnability, describe_data, diagnose, probe_learnability
from remedy.errors import TrainingError
from remedy.preparation import Prepared
from remedy.training import JobFailed, Measurements, ProbeJob
from remedy.workers import WorkerPool


def examine(
    prepared: Prepared,
    pool: WorkerPool,
    *,
    learnability: Learnability | None = None,
    known_stuck: bool | None = None,
    measuring: int | None = None,
) -> Diagnosis:
    """Find out what keeps a baseline from learning.

    Args:
        prepared: the experiment.
        pool: has an idle worker, and none that is busy. If it trains with another backend than TensorFlow,
            a worker of its own measures.
        learnability: what simple models learn, if that is known already.
        known_stuck: whether whole trainings of the baseline are stuck, if there were any.
        measuring: what `measure_meanwhile` returned for this pool.

    Raises:
        TrainingError: the baseline's first batches cannot be trained on as `fit` does, or not at all.
    """
    with _with_tensorflow(prepared, pool) as measurer:
        job = measurer.later(_probe(prepared)) if measuring is None else measuring
        measurer.begin_queued()
        data = describe_data(prepared.dataset, prepared.baseline)
        if learnability is None:
            learnability = probe_learnability(prepared.dataset, prepared.baseline)
        result = measurer.result(job)
    if isinstance(result, JobFailed):
        raise TrainingError(f"the first batches of the baseline cannot be measured: {result.error}")
    assert isinstance(result, Measurements)  # noqa: S101 - the answer to a ProbeJob
    return diagnose(Case(prepared.baseline, data, result, learnability, known_stuck))


def measure_meanwhile(prepared: Prepared, pool: WorkerPool) -> int | None:
    """Have the baseline's first batches measured as soon as a worker has nothing else to do.

    Returns:
        What `examine` takes as `measuring`; `None` if the pool's workers cannot measure.
    """
    return pool.later(_probe(prepared)) if pool.backend == "tensorflow" else None


def _probe(prepared: Prepared) -> ProbeJob:
    return ProbeJob(prepared.baseline, prepared.experiment.search.seed)


@contextmanager
def _with_tensorflow(prepared: Prepared, pool: WorkerPool) -> Iterator[WorkerPool]:
    if pool.backend == "tensorflow":
        yield pool
        return
    with WorkerPool(prepared.dataset, 1, backend="tensorflow") as own:
        yield own
