"""Processes that train, and a process for the user's own code."""

from remedy.workers.head_start import HeadStart, head_start
from remedy.workers.pool import WorkerPool
from remedy.workers.user_code_process import UserCodeProcess
from remedy.workers.worker_count import most_workers, worker_count

__all__ = ["HeadStart", "UserCodeProcess", "WorkerPool", "head_start", "most_workers", "worker_count"]
