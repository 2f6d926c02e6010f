"""Opens the user's model: calls the function that builds it, or reads the file that holds it."""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from remedy.errors import UserCodeError
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
    with unchanged_keras_state(), blaming(file, what):
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
    with unchanged_keras_state():
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
        with unchanged_keras_state():
            import_file(Path(model.source.file))


def load_user_object(model: Model, name: str) -> Any:
    """A function or class, such as a loss, that the file of the user's model defines or imports.

    Raises:
        UserCodeError: there is none of that name.
    """
    assert model.source is not None  # noqa: S101 - templates name Keras' own losses and optimizers only
    if model.source.function is None:
        raise UserCodeError(f"{model.source.file}: {name} is not part of Keras; {_POINTER}")
    with unchanged_keras_state():
        return load_member(Path(model.source.file), name)


@contextlib.contextmanager
def unchanged_keras_state() -> Iterator[None]:
    """Put back what is set inside for all of Keras: dtypes, fuzz factor, image layout, eager mode."""
    config = keras.config
    policy, floatx = config.dtype_policy(), config.floatx()
    epsilon, layout = config.epsilon(), config.image_data_format()
    eager = tf.config.functions_run_eagerly()
    try:
        yield
    finally:
        config.set_floatx(floatx)
        config.set_dtype_policy(policy)
        config.set_epsilon(epsilon)
        config.set_image_data_format(layout)
        tf.config.run_functions_eagerly(eager)


def _read(file: Path) -> keras.Model:
    if not file.is_file():
        raise UserCodeError(f"{file} does not exist")
    if file.suffix == ".keras":
        _check_archive(file)
    try:
        model = _load(file)
    except Exception as error:
        raise UserCodeError(f"{file}: {_reason(error)}; {_POINTER}") from error
    if not isinstance(model, keras.Model):
        raise UserCodeError(f"{file} holds {_named(model)}, not a model")
    return model


def _load(file: Path) -> Any:
    if file.suffix == ".keras":
        return keras.saving.load_model(file, safe_mode=True)
    try:
        return keras.saving.load_model(file, safe_mode=True)
    except (TypeError, ValueError):
        # Keras 3 cannot read the names of metrics that it has written into a .h5 file itself.
        return keras.saving.load_model(file, safe_mode=True, compile=False)


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
