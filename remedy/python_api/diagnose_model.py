"""`remedy.diagnose`: what `remedy diagnose` does, for a compiled model and arrays that are at hand."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remedy.cli.console import make_console
from remedy.cli.diagnose_experiment import print_diagnosis
from remedy.diagnosis import Findings
from remedy.examination import examine
from remedy.preparation import prepare
from remedy.python_api.inputs import archived, experiment_on, saved_model
from remedy.workers import WorkerPool, head_start

if TYPE_CHECKING:
    import keras


def diagnose(
    model: keras.Model,
    X: Any | Mapping[str, Any] | Sequence[Any],
    y: Any,
    *,
    epochs: int = 30,
    batch_size: int = 32,
    quiet: bool = False,
    **sections: Any,
) -> Findings:
    """Say why a model's loss is stuck.

    A copy of the model, with newly drawn weights, is trained for some hundred batches in another process;
    the model itself is not touched.

    Args:
        model: compiled.
        X: samples first, of any rank; several inputs as a dict by name or a list.
        y: one row, number or class label for each sample.
        epochs: that a training is meant to have.
        batch_size: of the training.
        quiet: print nothing.
        **sections: further keys of an experiment file, such as `data={"split": {"by": "time"}}`,
            `task="binary"`.

    Returns:
        A list of the findings, the likeliest cause first; Jupyter shows it as a table.

    Raises:
        ConfigError: a setting is wrong, or Keras cannot save the model.
        UserCodeError: the model holds code of its own, such as a `Lambda` layer, which no file brings back.
        DataError: the arrays cannot be used.
        TrainingError: the model cannot be trained on them at all.
    """
    experiment = experiment_on(X, sections, trials=1, epochs=epochs, batch_size=batch_size)
    with (
        head_start(backend="tensorflow") as ahead,
        tempfile.TemporaryDirectory(prefix="remedy-diagnose-") as name,
    ):
        data_file, model_file = Path(name) / "data.npz", Path(name) / "model.keras"
        data_file.write_bytes(archived(X, y))
        model_file.write_bytes(saved_model(model))
        experiment["name"] = "diagnosis"
        experiment["data"]["source"] = str(data_file)
        experiment["model"] = experiment.get("model", {}) | {"file": str(model_file)}
        prepared = prepare(experiment)
        with WorkerPool(prepared.dataset, 1, ahead=ahead, backend="tensorflow") as pool:
            diagnosis = examine(prepared, pool)
    if not quiet:
        print_diagnosis(make_console(), diagnosis)
    return Findings(diagnosis.findings)
