"""One training of one plan with one seed, and what it measures.

Only the plain-data parts are re-exported here; `remedy.training.trial` and the modules it needs load
TensorFlow and are imported where a training really runs, in a worker process.
"""

from remedy.training.jobs import (
    EvaluateJob,
    Evaluations,
    Job,
    JobFailed,
    JobResult,
    Limits,
    Predictions,
    PredictJob,
    ProbeJob,
    RangeTestJob,
    TrainJob,
)
from remedy.training.measurements import Measurements
from remedy.training.outcome import STUCK, EpochRecord, Evaluation, Outcome, Status
from remedy.training.status import training_status

__all__ = [
    "STUCK",
    "EpochRecord",
    "EvaluateJob",
    "Evaluation",
    "Evaluations",
    "Job",
    "JobFailed",
    "JobResult",
    "Limits",
    "Measurements",
    "Outcome",
    "PredictJob",
    "Predictions",
    "ProbeJob",
    "RangeTestJob",
    "Status",
    "TrainJob",
    "training_status",
]
