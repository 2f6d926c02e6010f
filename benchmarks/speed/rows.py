"""What is written down of every trial of every run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One trial of one run.

    Attributes:
        began: seconds from the start of the process to the start of the search.
        ended: seconds from the start of the process to the end of the trial.
        skill: on the validation windows.
        epochs: that were trained.
        seconds: of the trial within its worker, 0 where nothing tells.
        step_seconds: of it in training and validation steps, 0 where nothing tells.
        graph: what is trained, as far as that decides about the time of a step; empty where nothing tells.
        memory: resident memory of the largest process of the run at the end of the trial, MiB.
    """

    subject: str
    repeat: int
    trial: int
    began: float
    ended: float
    skill: float
    epochs: int
    seconds: float
    step_seconds: float
    graph: str
    memory: float
