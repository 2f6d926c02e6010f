"""From a data source, whatever its kind, to three splits of samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from remedy.config.experiment import Data, holds_arrays
from remedy.data.array_dataset import array_dataset
from remedy.data.array_source import RawData
from remedy.data.dataset import Dataset
from remedy.data.table_dataset import table_dataset
from remedy.plan import Task


def load_dataset(
    data: Data,
    task: Task | None = None,
    *,
    call_function: Callable[[Path, str], RawData] | None = None,
    every_step: bool = False,
) -> Dataset:
    """Read a source and turn it into training, validation and test samples.

    Args:
        data: the experiment's data section. `.csv`, `.tsv`, `.txt` and `.parquet` files are tables; `.npz`
            and `.npy` files and functions (`file.py:function`) are arrays.
        task: the declared task; `None` infers it from the target.
        call_function: calls the user's function, given its file and name, and returns its arrays; only
            needed for `file.py:function`.
        every_step: the model answers with a sequence, so that y of shape `(samples, steps)` has a value for
            every step of X rather than that many outputs. A table says so by `data.window.targets`.

    Returns:
        The data set, unscaled; what was inferred is in its `notes`.

    Raises:
        ConfigError: the data section contradicts the task, or shows the model the answer.
        DataError: the source cannot be used that way; the message names the column, line or split.
        UserCodeError: the user's function failed.
    """
    if holds_arrays(data.source):
        return array_dataset(data, task, call_function=call_function, every_step=every_step)
    return table_dataset(data, task)
