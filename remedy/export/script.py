"""A training as one Python script of plain Keras, NumPy, pandas and scikit-learn."""

from __future__ import annotations

import re
from collections.abc import Mapping

from remedy.export.data_source import DataSource
from remedy.export.source import inside_docstring, lines, prefixed
from remedy.export.training import Training
from remedy.export.training_source import TrainingSource

_THREADS = '''\
# One thread, as in the study: numbers are then added up in the same order, to the same result.
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"'''

_SKLEARN = {
    "metrics": (
        "accuracy_score",
        "d2_absolute_error_score",
        "d2_log_loss_score",
        "log_loss",
        "mean_absolute_error",
        "mean_squared_error",
        "r2_score",
    ),
    "preprocessing": ("MinMaxScaler", "RobustScaler", "StandardScaler"),
    "utils.class_weight": ("compute_class_weight",),
}


def script(training: Training, data: DataSource, modules: Mapping[str, str]) -> str:
    """The text of `train.py`.

    Args:
        training: what it trains.
        data: how it loads the data.
        modules: the names that copies of the user's files have beside the script, by their modules' own.
    """
    source = TrainingSource(training)
    functions = [*data.functions, *source.functions(), *(data.predicting or ())[:1]]
    constants = {"FOLDER": "Path(__file__).resolve().parent"} | dict(data.constants) | source.constants
    defined = "\n".join(
        line for name, value in constants.items() for line in lines(prefixed(f"{name} = ", value))
    )
    body = "\n\n\n".join([defined, *functions, 'if __name__ == "__main__":\n    main()'])
    for member, module in data.modules.items():
        source.imports.add(module, member)
    own = {modules.get(module, module): names for module, names in source.imports.names.items()}
    return "\n".join([_docstring(training, data), "", *_imports(body, own), "", body, ""])


def own_modules(training: Training, data: DataSource) -> set[str]:
    """The modules of the user's that a script imports."""
    source = TrainingSource(training)
    source.functions()
    return {*source.imports.names, *data.modules.values()}


def _docstring(training: Training, data: DataSource) -> str:
    predicts = ["`predict(X)` says what that model predicts for other samples."]
    if data.predicting is not None:
        predicts = ["`predict(X)` says what that model predicts for other samples,", f"{data.predicting[1]}."]
    return "\n".join(
        [
            f'"""{inside_docstring(training.title[:1].upper() + training.title[1:])}.',
            "",
            "`python train.py` loads the data, trains with the seed of the study, writes the model beside",
            f"this file, and prints its skill on the validation samples, which was {training.skill:.6f}.",
            *predicts,
            '"""',
        ]
    )


def _imports(body: str, own: Mapping[str, set[str]]) -> list[str]:
    """The import statements that the body needs."""

    def uses(pattern: str) -> bool:
        return re.search(rf"(?<![\w.\"]){pattern}", body) is not None

    standard = ["import json"] if uses(r"json\.") else []
    third = ["import keras"]
    third += ["import numpy as np"] if uses(r"np\.") else []
    third += ["import pandas as pd"] if uses(r"pd\.") else []
    third += ["from keras import layers"] if uses(r"layers\.") else []
    special = [name for name in ("expit", "softmax") if uses(rf"{name}\(")]
    third += [f"from scipy.special import {', '.join(special)}"] if special else []
    for package, names in _SKLEARN.items():
        used = [name for name in names if uses(rf"{name}\(")]
        third += [f"from sklearn.{package} import {', '.join(used)}"] if used else []
    users = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(own.items())]
    return [
        *standard,
        "import os",
        "from pathlib import Path",
        "",
        _THREADS,
        "",
        *third,
        *(["", *users] if users else []),
    ]
