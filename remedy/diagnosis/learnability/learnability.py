"""Is there anything to learn? What simple learners make of the data, before any network is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Split
from remedy.diagnosis.learnability.boosting_probe import can_boost, gradient_boosting
from remedy.diagnosis.learnability.bootstrap import block_length, measured_skill, skill_interval
from remedy.diagnosis.learnability.condense import condense
from remedy.diagnosis.learnability.deviance import constant_errors, errors
from remedy.diagnosis.learnability.features import raw_tables
from remedy.diagnosis.learnability.linear_probe import logistic, ridge
from remedy.diagnosis.learnability.neighbours_probe import nearest_neighbours
from remedy.diagnosis.learnability.problem import Probe, Problem
from remedy.diagnosis.learnability.rows import Rows, overlapping_samples, pick_rows
from remedy.plan import Plan, Task

_CONFIDENCE = 0.95
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ProbeResult:
    """What one probe has learned.

    Attributes:
        name: `ridge`, `logistic`, `nearest_neighbours` or `gradient_boosting`.
        skill: on the validation split; minus infinity if the rows looked at do not vary.
        skill_low: lower end of the interval, which holds for all probes at once.
        skill_high: upper end.
    """

    name: str
    skill: float
    skill_low: float
    skill_high: float


@dataclass(frozen=True)
class Learnability:
    """What the probes say together."""

    probes: tuple[ProbeResult, ...]

    @property
    def best(self) -> ProbeResult:
        """The probe with the highest lower bound."""
        return max(self.probes, key=lambda probe: (probe.skill_low, probe.skill))

    @property
    def is_measured(self) -> bool:
        """Whether any output varied on the rows that were looked at; a very rare class may be on none."""
        return self.best.skill > -math.inf

    @property
    def has_signal(self) -> bool:
        """Whether some probe is surely better than the best constant, by more than rounding errors."""
        return self.best.skill_low > _ROUNDING

    def to_plain(self) -> dict[str, Any]:
        """As JSON data; figures that are not finite are `None`."""
        return {"probes": [_finite(asdict(probe)) for probe in self.probes]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Learnability:
        """What `to_plain` wrote; `None` becomes minus infinity."""
        return cls(
            tuple(
                ProbeResult(
                    probe["name"], *(_figure(probe[key]) for key in ("skill", "skill_low", "skill_high"))
                )
                for probe in plain["probes"]
            )
        )


def load_probes() -> None:
    """Import scikit-learn's models, which takes about a second; else the first probe does it."""
    for package in ("decomposition", "ensemble", "linear_model", "neighbors"):
        import_module(f"sklearn.{package}")


def probe_learnability(dataset: Dataset, plan: Plan, *, seed: int = 0) -> Learnability:
    """Let simple learners try the training split, and measure their skill on the validation split.

    At most 5,000 rows of either are looked at, none of the test split. Skill is that of trials
    (`data.reference`); its interval is a bootstrap over validation samples, in blocks where neighbours may
    depend on each other, and holds with 95 % for all probes at once (Bonferroni), since the best one is
    looked at.

    Args:
        dataset: of any task.
        plan: the baseline's; its metric and the names of the inputs that hold tokens are used.
        seed: of the rows that are picked, of the probes and of the bootstrap.

    Returns:
        One result per probe.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    generator = np.random.default_rng(seed)
    train, validation = (
        (split, pick_rows(split, generator)) for split in (dataset.train, dataset.validation)
    )
    overlap = overlapping_samples(*validation)
    # Rows of a group lie together and depend on each other, as neighbours in time do.
    ordered = dataset.split_by in ("time", "given", "group") or overlap > 1
    tails = (1 - _CONFIDENCE) / 2
    with threadpool_limits(1):  # trainings may be going on beside it
        problem, y = _problem(dataset, plan, train, validation, ordered=ordered, seed=seed)
        chosen = _probes(dataset.task, dataset.output_units)
        constant = _per_sample(constant_errors(y, plan.task, plan.metric), validation[1])
        results = []
        for name, probe in chosen.items():
            wrong = _per_sample(errors(y, probe(problem), plan.task, plan.metric), validation[1])
            block = block_length(_gains(wrong, constant), overlap) if ordered else 1
            low, high = skill_interval(
                wrong, constant, tail=tails / len(chosen), block=block, generator=generator
            )
            results.append(ProbeResult(name, measured_skill(wrong, constant), low, high))
    return Learnability(tuple(results))


def _probes(task: Task, outputs: int) -> dict[str, Probe]:
    probes: dict[str, Probe] = {"ridge": ridge} if task == "regression" else {"logistic": logistic}
    probes["nearest_neighbours"] = nearest_neighbours
    if can_boost(outputs):
        probes["gradient_boosting"] = gradient_boosting
    return probes


def _problem(
    dataset: Dataset,
    plan: Plan,
    train: tuple[Split, Rows],
    validation: tuple[Split, Rows],
    *,
    ordered: bool,
    seed: int,
) -> tuple[Problem, NDArray[Any]]:
    """What the probes are given, and the validation targets in the same units."""
    y, y_validation = (rows.of(split.y) for split, rows in (train, validation))
    if dataset.task == "regression":
        # Skill does not depend on the unit; sums of squares lose fewer digits in this one.
        centre, spread = y.mean(axis=0), y.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        y, y_validation = ((values - centre) / spread for values in (y, y_validation))
    else:
        y, y_validation = y.astype(np.int64), y_validation.astype(np.int64)
    classes = {"regression": 0, "multiclass": dataset.output_units}.get(dataset.task, 2)
    columns = y == np.arange(classes) if dataset.task == "multiclass" else y
    X, other = condense(
        *raw_tables(train, validation, plan.preprocessing.tokens), columns.astype(np.float64), seed
    )
    return Problem(dataset.task, plan.metric, X, other, y, classes, ordered, seed), y_validation


def _per_sample(row_errors: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Errors of rows summed up for each sample, whose steps are not drawn apart."""
    starts = np.flatnonzero(np.diff(rows.samples, prepend=-1))
    return np.asarray(np.add.reduceat(row_errors, starts, axis=0))


def _gains(wrong: NDArray[np.float64], constant: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much each sample is predicted better than by the constant, each output in its own unit."""
    total = constant.sum(axis=0)
    return np.asarray(((constant - wrong)[:, total > 0] / total[total > 0]).sum(axis=1))


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: None if value in (math.inf, -math.inf) else value for key, value in plain.items()}


def _figure(value: float | None) -> float:
    return -math.inf if value is None else value
