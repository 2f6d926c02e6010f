"""From a data file to an experiment file that runs as it is, with the reason for every choice."""

from remedy.drafting.draft import draft_experiment
from remedy.drafting.experiment_text import experiment_text

__all__ = ["draft_experiment", "experiment_text"]
