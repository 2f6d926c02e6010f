"""The error of the best constant prediction, against which skill is measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from remedy.errors import ConfigError
from remedy.plan import Metric, Task


def default_metric(task: Task) -> Metric:
    """The metric that skill is computed from unless the experiment names one.

    >>> default_metric("regression"), default_metric("multilabel")
    ('mse', 'log_loss')
    """
    return "mse" if task == "regression" else "log_loss"


def check_metric(task: Task, metric: Metric) -> None:
    """Check that a metric measures this kind of task.

    Raises:
        ConfigError: it does not; the message says which do.
    """
    fitting = ("mse", "mae") if task == "regression" else ("log_loss",)
    if metric not in fitting:
        raise ConfigError(f"metric: {metric} does not measure a {task} task; use {' or '.join(fitting)}")


def constant_reference(y: NDArray[np.generic], task: Task, metric: Metric) -> NDArray[np.float64]:
    """The metric of the constant prediction that is best on these very samples.

    That constant is the mean for `mse`, the median for `mae` and the class shares for `log_loss`. Skill is
    `1 - metric / reference`, averaged over the outputs: scikit-learn's `r2_score`,
    `d2_absolute_error_score` and `d2_log_loss_score`.

    Args:
        y: targets of one split in their own units, `(samples, outputs)`; for `multiclass` class indices
            `(samples, 1)`. With a target for every step, `(samples, steps, outputs)`, all steps of all
            samples count alike.
        task: the kind of task.
        metric: what skill is computed from.

    Returns:
        float64 `(outputs,)`; for `multiclass` `(1,)`.

    Raises:
        ConfigError: the metric does not measure this kind of task.

    >>> constant_reference(np.array([[1.0], [3.0]]), "regression", "mse")
    array([1.])
    """
    check_metric(task, metric)
    y = y.reshape(-1, y.shape[-1])
    if task == "multiclass":
        shares = np.unique(y, return_counts=True)[1] / len(y)
        return np.array([entr(shares).sum()], dtype=np.float64)
    values = y.astype(np.float64)
    if metric == "mse":
        return np.asarray(values.var(axis=0))
    if metric == "mae":
        return np.asarray(np.abs(values - np.median(values, axis=0)).mean(axis=0))
    share = values.mean(axis=0)
    return np.asarray(entr(share) + entr(1 - share), dtype=np.float64)
