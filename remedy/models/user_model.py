"""Opens the user's model: calls the function that builds it, or reads the file that holds it."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import keras

from remedy.errors import UserCodeError
from remedy.models.eager_execution import functions_run_eagerly, run_functions_eagerly
from remedy.plan import Model, UserModel
from remedy.user_code import blaming, import_file, load_member

_POINTER = "write a function that builds it and name that under model.build"


def open_user_model(source: UserModel) -> keras.Model:
    """The user's model as it is, compiled or not, with whatever weights it has.

    What the user's code sets globally in Keras, such as a dtype policy, is undone. Layers without a name are
    numbered from the start, so that they are called the same every time.

    Raises:
        UserCodeError: the function failed or returned no model, or the file holds none that Keras can read
            without running code.
    """
    keras.utils.clear_session(free_memory=False)
    if source.function is None:
        return _read(Path(source.file))
    function, file, what = load_user_function(source), Path(source.file), f"{source.function}()"
    with _keras_as_set_by(file), blaming(file, what):
        model = function(**source.arguments)
    if not isinstance(model, keras.Model):
        raise UserCodeError(f"{file}: {what} has to return a keras.Model, not {_named(model)}")
    return model


def load_user_function(source: UserModel) -> Any:
    """The function that builds the model.

    Raises:
        UserCodeError: its file cannot be imported or has no such function.
    """
    file, name = Path(source.file), source.function or ""
    with _keras_as_set_by(file):
        function = load_member(file, name)
    if not callable(function):
        raise UserCodeError(f"{file}: {name} is no function but {_named(function)}")
    return function


def import_user_code(model: Model) -> None:
    """Import the file that a model's own layers, losses and metrics are defined in.

    Raises:
        UserCodeError: the file cannot be imported.
    """
    if model.source is not None and model.source.function is not None:
        with _keras_as_set_by(Path(model.source.file)):
            pass


def load_user_object(source: UserModel | None, module: str, name: str) -> Any:
    """A function or class of the user's, such as a loss.

    Args:
        source: the user's model.
        module: the name of the module that defines it: the model's file, or one that it imports.
        name: its name in there; dots lead into classes.

    Raises:
        UserCodeError: there is none of that name.
    """
    assert source is not None  # noqa: S101 - templates name Keras' own losses and optimizers only
    file = Path(source.file)
    if source.function is None:
        raise UserCodeError(f"{file}: {name} is not part of Keras; {_POINTER}")
    with _keras_as_set_by(file), blaming(file, f"looking up {name}"):
        found: Any = import_file(file) if module == file.stem else importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    return found


class _KerasState(NamedTuple):
    """What can be set for all of Keras."""

    dtype_policy: Any
    floatx: str
    epsilon: float
    image_data_format: str
    eager: bool

    @classmethod
    def current(cls) -> _KerasState:
        config = keras.config
        return cls(
            config.dtype_policy(),
            config.floatx(),
            config.epsilon(),
            config.image_data_format(),
            functions_run_eagerly(),
        )

    def restore(self) -> None:
        config = keras.config
        config.set_floatx(self.floatx)
        config.set_dtype_policy(self.dtype_policy)
        config.set_epsilon(self.epsilon)
        config.set_image_data_format(self.image_data_format)
        run_functions_eagerly(self.eager)


_AFTER_IMPORT: dict[Path, _KerasState] = {}
"""What Keras was set to after a file of the user's had been imported, which happens once in a process."""


@contextlib.contextmanager
def _keras_as_set_by(file: Path) -> Iterator[None]:
    """Import a file, and let what it sets for all of Keras, such as a dtype policy, hold inside only."""
    before = _KerasState.current()
    try:
        if file in _AFTER_IMPORT:
            _AFTER_IMPORT[file].restore()
        else:
            import_file(file)
            _AFTER_IMPORT[file] = _KerasState.current()
        yield
    finally:
        before.restore()


def _read(file: Path) -> keras.Model:
    if not os.path.isfile(file):  # noqa: PTH113  (Path's raises if the name is too long)
        raise UserCodeError(f"{file} does not exist; correct model.file")
    if file.suffix == ".keras":
        _check_archive(file)
    try:
        model = _load(file)
    except Exception as error:
        raise UserCodeError(f"{file}: {_reason(error)}; {_POINTER}") from error
    if not isinstance(model, keras.Model):
        raise UserCodeError(f"{file} holds {_named(model)}, not a model; save one with model.save(...)")
    return model


def _load(file: Path) -> Any:
    if file.suffix == ".keras":
        return keras.saving.load_model(file, safe_mode=True)
    model = keras.saving.load_model(file, safe_mode=True, compile=False)
    with h5py.File(file) as content:
        text = content.attrs.get("training_config")
    if text is not None:
        # Keras 3 cannot read the metrics that it has written into a .h5 file itself; nothing depends on them.
        config = json.loads(text)
        loss = config["loss"]
        model.compile(
            optimizer=keras.optimizers.deserialize(config["optimizer_config"]),
            loss=keras.losses.deserialize(loss) if isinstance(loss, dict) and "class_name" in loss else loss,
        )
    return model


def _check_archive(file: Path) -> None:
    """A .keras file is a ZIP archive with metadata of Keras 3."""
    try:
        with zipfile.ZipFile(file) as archive:
            if broken := archive.testzip():
                raise UserCodeError(f"{file} is damaged ({broken}); save the model again")
            metadata = json.loads(archive.read("metadata.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise UserCodeError(f"{file} is no complete .keras file ({error}); save the model again") from error
    version = str(metadata.get("keras_version", "?")) if isinstance(metadata, dict) else "?"
    if version.partition(".")[0] != keras.__version__.partition(".")[0]:
        raise UserCodeError(
            f"{file} was saved by Keras {version}, and this is Keras {keras.__version__}; "
            f"save it again with this version, or {_POINTER}"
        )


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    if missing := re.search(r"(?:Could not locate (?:class|function)|Unknown \w+:) '([^']+)'", text):
        return f"the model needs {missing[1]}, which is not part of Keras"
    if "Lambda" in text or "lambda" in text:
        return "the model holds a Lambda layer, whose code is not run from a file"
    cause = text.rpartition("Exception encountered: ")[2][:200]
    return f"Keras cannot read it ({type(error).__name__}: {cause})"


def _named(value: Any) -> str:
    if value is None:
        return "None; does it end with a return?"
    return f"a {type(value).__name__}"
