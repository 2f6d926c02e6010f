"""Worker processes: trainings run there, never in the process of the user."""

from remedy.workers.pool import WorkerPool, worker_count

__all__ = ["WorkerPool", "worker_count"]
