"""Processes that train, and a process for the user's own code."""

from remedy.workers.head_start import head_start
from remedy.workers.pool import WorkerPool, worker_count
from remedy.workers.user_code_process import UserCodeProcess

__all__ = ["UserCodeProcess", "WorkerPool", "head_start", "worker_count"]
