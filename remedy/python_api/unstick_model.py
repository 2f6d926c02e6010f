"""`remedy.unstick`: what `remedy run` does, for a compiled model and arrays that are at hand."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remedy.cli.console import make_console
from remedy.cli.plain_progress import PlainProgress
from remedy.errors import RemedyError
from remedy.pipeline import run
from remedy.plan import canonical_json
from remedy.python_api.inputs import archived, experiment_on, saved_model
from remedy.results.files import write_atomically, writing_to
from remedy.results.folder import INPUTS, StudyFolder
from remedy.results.verdict import Verdict

if TYPE_CHECKING:
    import keras

Arrays = Any
"""A NumPy array or whatever becomes one: a list, a pandas DataFrame, a tensor."""


def unstick(
    model: keras.Model,
    X: Arrays | Mapping[str, Arrays] | Sequence[Arrays],
    y: Arrays,
    *,
    trials: int = 60,
    epochs: int = 30,
    batch_size: int = 32,
    fixes: Mapping[str, Any] | None = None,
    name: str | None = None,
    results: str | Path = "results",
    fresh: bool = False,
    quiet: bool = False,
    **sections: Any,
) -> Verdict:
    """Search for the fixes that unstick a model's loss.

    The model and the arrays are written into the results folder, as `inputs/`, beside an experiment file that
    `remedy run` can go on with. The same call again resumes where it was interrupted.

    Args:
        model: compiled; its optimizer, loss and metrics are the baseline's. The model itself is not trained.
        X: samples first, of any rank; several inputs as a dict by name or a list.
        y: one row, number or class label for each sample.
        trials: how many recipes are tried.
        epochs: of every training.
        batch_size: of every training.
        fixes: as in an experiment file; `None` tries all.
        name: names the folder under `results`; `None` makes one up from what is asked for.
        results: the folder that holds the studies.
        fresh: delete what an earlier call of this name has left.
        quiet: print nothing.
        **sections: further keys of an experiment file, such as `data={"split": {"by": "time"}}`,
            `search={"timeout": "10m"}`, `task="binary"`.

    Returns:
        The verdict, which is also in `verdict.json`.

    Raises:
        ConfigError: a setting is wrong, or Keras cannot save the model.
        UserCodeError: the model holds code of its own, such as a `Lambda` layer, which no file brings back.
        DataError: the arrays cannot be used.
        TrainingError: the model cannot be trained on them at all.
    """
    content = archived(X, y)
    experiment = experiment_on(X, sections, trials=trials, epochs=epochs, batch_size=batch_size)
    keeps_weights = bool(experiment.get("model", {}).get("keep_weights"))
    saved, model_digest = saved_model(model), _model_digest(model, keeps_weights=keeps_weights)
    if fixes is not None:
        experiment["fixes"] = dict(fixes)
    data_digest = _digest(content)
    experiment["name"] = name or f"unstick-{_digest(model_digest, data_digest, canonical_json(experiment))}"
    study = StudyFolder(Path(results).absolute() / experiment["name"])
    # Named by their content: a later call of the same name leaves what an earlier study needs.
    inputs = {
        study.path / INPUTS / f"data-{data_digest}.npz": content,
        study.path / INPUTS / f"model-{model_digest}.keras": saved,
    }
    data_file, model_file = inputs
    experiment["data"]["source"] = str(data_file)
    experiment["model"] = experiment.get("model", {}) | {"file": str(model_file)}
    progress = None if quiet else PlainProgress(make_console(stderr=True))
    written = _write_missing(inputs)
    try:
        return run(experiment, results=results, fresh=fresh, progress=progress)
    except RemedyError:
        _delete_unused(written, study)
        raise


def _write_missing(inputs: Mapping[Path, bytes]) -> list[Path]:
    """Write the files that are not there yet; these are returned."""
    missing = [file for file in inputs if not file.exists()]
    for file in missing:
        with writing_to(file.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, functools.partial(_write, content=inputs[file]))
    return missing


def _delete_unused(files: Sequence[Path], study: StudyFolder) -> None:
    """Delete inputs of a run that was refused, unless the study has come to use them."""
    used = study.experiment.read_text(encoding="utf-8") if study.experiment.exists() else ""
    for file in files:
        if file.name not in used:
            file.unlink()
    for folder in (study.path / INPUTS, study.path):
        if not any(folder.iterdir()):
            folder.rmdir()


def _model_digest(model: Any, *, keeps_weights: bool) -> str:
    """A digest of a compiled model without automatic names and without weights that are drawn anew."""
    configuration = json.loads(model.to_json())
    numbers = {name: f"#{number}" for number, name in enumerate(_automatic_names(configuration))}
    weights = model.weights if keeps_weights else model.non_trainable_weights
    values = (str(variable.numpy().tolist()) for variable in weights if "seed" not in variable.name)
    return _digest(canonical_json(_renamed(configuration, numbers)), *values)


def _automatic_names(configuration: Any) -> Iterator[str]:
    """The names that Keras has made up of a class, such as `dense_2`, in the order of what they name."""
    if isinstance(configuration, dict):
        config = configuration.get("config")
        name = config.get("name") if isinstance(config, dict) else None
        if isinstance(name, str):
            stem = re.sub(r"_\d+$", "", name).replace("_", "")
            if stem == str(configuration.get("class_name")).lower():
                yield name
    if isinstance(configuration, dict | list):
        values = configuration.values() if isinstance(configuration, dict) else configuration
        for value in values:
            yield from _automatic_names(value)


def _renamed(configuration: Any, names: Mapping[str, str]) -> Any:
    """The configuration with other names for things and for the layers of tensors, `["dense_2", 0, 0]`."""
    if isinstance(configuration, dict):
        return {
            key: names.get(value, value)
            if key == "name" and isinstance(value, str)
            else _renamed(value, names)
            for key, value in configuration.items()
        }
    if isinstance(configuration, list):
        match configuration:
            case [str(layer), int(), int()]:
                return [names.get(layer, layer), *configuration[1:]]
        return [_renamed(value, names) for value in configuration]
    return configuration


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
    return digest.hexdigest()[:8]


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
