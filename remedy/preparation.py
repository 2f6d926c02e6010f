"""Everything that can be said about an experiment without training: is it valid, what would be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remedy.config import Experiment, FixSetting, load_experiment, parse_experiment
from remedy.data import Dataset, load_dataset
from remedy.models import baseline_plan
from remedy.plan import Plan
from remedy.search import SearchSpace, build_search_space, check_sampler


@dataclass(frozen=True)
class Prepared:
    """An experiment with everything that follows from it before any training.

    Attributes:
        experiment: resolved: nothing is left to be inferred, every default is filled in.
        baseline: the plan of the user's training as it is.
        space: the recipes to choose from.
    """

    experiment: Experiment
    dataset: Dataset
    baseline: Plan
    space: SearchSpace


def prepare(source: str | Path | Mapping[str, Any], overrides: Sequence[str] = ()) -> Prepared:
    """Validate an experiment and its data; nothing is trained or written.

    Args:
        source: path of an experiment file, or the same as a dict (paths relative to the working folder).
        overrides: `key=value` each, put in place of what the source says.

    Raises:
        ConfigError, DataError: something is wrong; one line that says where.
    """
    if isinstance(source, Mapping):
        experiment = parse_experiment(source, overrides=overrides)
    else:
        experiment = load_experiment(source, overrides)
    dataset = load_dataset(experiment.data, experiment.task)
    baseline = baseline_plan(experiment, dataset)
    space = build_search_space(experiment.fixes, baseline)
    check_sampler(experiment.search.sampler, space)
    return Prepared(_resolve(experiment, dataset, baseline, space), dataset, baseline, space)


def _resolve(experiment: Experiment, dataset: Dataset, baseline: Plan, space: SearchSpace) -> Experiment:
    """The experiment with everything written out that was inferred or left to a default."""
    data = experiment.data
    return experiment.model_copy(
        update={
            "task": dataset.task,
            "metric": baseline.metric,
            "data": data.model_copy(
                update={
                    "features": list(dataset.features),
                    "split": data.split.model_copy(update={"by": dataset.split_by}),
                }
            ),
            "training": experiment.training.model_copy(update={"loss": baseline.loss}),
            "fixes": {
                name: FixSetting(space.fixes[name].space, setting.required)
                if name in space.fixes
                else setting
                for name, setting in experiment.fixes.items()
            },
        }
    )
