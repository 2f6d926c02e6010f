"""The experiment file: its schema, reading it with clear messages, and writing it back."""

from remedy.config.dump import dump_experiment, to_plain, yaml_entry
from remedy.config.duration import parse_duration
from remedy.config.experiment import (
    Confirm,
    Data,
    Experiment,
    FixSetting,
    ModelSettings,
    Optimizer,
    Search,
    Split,
    Thresholds,
    Tracking,
    Training,
    Window,
    is_on_cluster,
)
from remedy.config.json_schema import experiment_schema
from remedy.config.load import load_experiment, parse_experiment

__all__ = [
    "Confirm",
    "Data",
    "Experiment",
    "FixSetting",
    "ModelSettings",
    "Optimizer",
    "Search",
    "Split",
    "Thresholds",
    "Tracking",
    "Training",
    "Window",
    "dump_experiment",
    "experiment_schema",
    "is_on_cluster",
    "load_experiment",
    "parse_duration",
    "parse_experiment",
    "to_plain",
    "yaml_entry",
]
