"""Processes that train, and a process for the user's own code."""

from remedy.workers.head_start import head_start
from remedy.workers.pool import WorkerPool
from remedy.workers.user_code_process import UserCodeProcess
from remedy.workers.worker_count import worker_count

__all__ = ["UserCodeProcess", "WorkerPool", "head_start", "worker_count"]
