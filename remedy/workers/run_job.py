"""Does one job in this process; loads Keras and its backend."""

from __future__ import annotations

from collections.abc import Callable

from remedy.data import Dataset, fit_preprocessing
from remedy.training import (
    EpochRecord,
    EvaluateJob,
    Evaluations,
    Job,
    Outcome,
    Predictions,
    PredictJob,
    ProbeJob,
    RangeTestJob,
    TrainJob,
)
from remedy.training.compiled_models import CompiledModels
from remedy.training.evaluation import evaluate
from remedy.training.measurements import Measurements, RangeTest
from remedy.training.predictions import predict_targets
from remedy.training.saved_model import load_model, save_model
from remedy.training.trial import train
from remedy.training.whole_batches import fixed_batch_size, whole_batches

_COMPILED = CompiledModels()
"""Of this process, which trains on one data set all its life."""


def run_job(
    job: Job, dataset: Dataset, on_epoch: Callable[[EpochRecord], bool]
) -> Outcome | Evaluations | Predictions | Measurements | RangeTest:
    """Train, measure, predict or evaluate.

    Args:
        job: what to do.
        dataset: raw data, the same in every call.
        on_epoch: called after every epoch of a training; a false answer ends it.
    """
    if isinstance(job, TrainJob):
        return _train(job, dataset, on_epoch)
    if isinstance(job, ProbeJob | RangeTestJob):
        # Measures with TensorFlow, which a worker that trains with another backend need not load.
        from remedy.training.probe.measure import measure_rates, measure_training

        measure = measure_training if isinstance(job, ProbeJob) else measure_rates
        return measure(job.plan, dataset, job.seed)
    if isinstance(job, PredictJob):
        return _predict(job, dataset)
    return _evaluate(job, dataset)


def _train(job: TrainJob, dataset: Dataset, on_epoch: Callable[[EpochRecord], bool]) -> Outcome:
    trained = train(
        job.plan,
        dataset,
        job.seed,
        min_skill=job.min_skill,
        on_epoch=on_epoch,
        compiled_models=_COMPILED,
    )
    if job.model_path is not None:
        save_model(trained.model, job.plan, job.model_path)
    return trained.outcome


def _evaluate(job: EvaluateJob, dataset: Dataset) -> Evaluations:
    model = load_model(job.model_path, job.plan)
    preprocessor = fit_preprocessing(job.plan.preprocessing, dataset.train)
    return Evaluations(
        validation=evaluate(model, job.plan, preprocessor, dataset.validation, name="validation"),
        test=evaluate(model, job.plan, preprocessor, dataset.test, name="test"),
    )


def _predict(job: PredictJob, dataset: Dataset) -> Predictions:
    model = load_model(job.model_path, job.plan)
    preprocessor = fit_preprocessing(job.plan.preprocessing, dataset.train)
    split = whole_batches(dataset.test, fixed_batch_size(model), "test")
    return Predictions(predict_targets(model, job.plan, preprocessor, split))
