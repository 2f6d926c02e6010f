"""Several processes, on one machine or many, that work on one study."""

from remedy.distributed.helpers import Helpers
from remedy.distributed.leadership import lead
from remedy.distributed.published import (
    Published,
    check_same_experiment,
    check_same_training,
    describe,
    experiments_in,
    publish,
    read_published,
    say_it_is_over,
)
from remedy.distributed.registry import REGISTRY, Job, Registry
from remedy.distributed.worker import Duty, Worker

__all__ = [
    "REGISTRY",
    "Duty",
    "Helpers",
    "Job",
    "Published",
    "Registry",
    "Worker",
    "check_same_experiment",
    "check_same_training",
    "describe",
    "experiments_in",
    "lead",
    "publish",
    "read_published",
    "say_it_is_over",
]
