"""Finished trainings in TensorBoard and MLflow, for those who look there."""

from remedy.tracking.finished import FinishedTraining
from remedy.tracking.tracker import Tracker, open_tracker, require_installed

__all__ = ["FinishedTraining", "Tracker", "open_tracker", "require_installed"]
