"""Whatever the user's model code does, the answer is one line that names the place."""

from __future__ import annotations

import itertools
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import pytest

from remedy.errors import UserCodeError
from remedy.models.description import ModelDescription
from remedy.plan import UserModel
from remedy.workers import UserCodeProcess

MODEL = """
import keras

def model(**settings):
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], **settings)
    made.compile("adam", "mse")
    return made
"""


class Ask:
    """Describes the model that a function of a file builds, in a process of its own."""

    def __init__(self, process: UserCodeProcess, file: Path) -> None:
        self.process, self.file = process, file

    def __call__(self, code: str, function: str = "build") -> ModelDescription:
        self.file.write_text(MODEL + code)
        source = UserModel(file=str(self.file), function=function)
        return self.process.describe_model(source, {"X": (3,)}, (1,))


@pytest.fixture(scope="module")
def shared_process() -> Iterator[UserCodeProcess]:
    with UserCodeProcess(print) as process:
        yield process


@pytest.fixture
def ask(shared_process: UserCodeProcess, tmp_path: Path) -> Ask:
    return Ask(shared_process, tmp_path / f"own_model_{next(_NUMBERS)}.py")


_NUMBERS = itertools.count()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "def build():\n    x = 1\n    return x / 0",
            ":11: build() raised ZeroDivisionError: division by zero",
        ),
        ("def build():\n    import sys\n    sys.exit('no')", ":11: build() raised SystemExit: no"),
        ("def build(:", ":9: it raised SyntaxError: invalid syntax (own_model"),
        ("import no_such_package", ":9: it raised ModuleNotFoundError: No module named 'no_such_package'"),
        (
            "def build():\n    model()",
            ": build() has to return a keras.Model, not None; does it end with a return?",
        ),
        ("def build():\n    return 'model.keras'", ": build() has to return a keras.Model, not a str"),
        ("build = 3", ": build is no function but a int"),
        ("def biuld():\n    return model()", " has no 'build'; it defines model, biuld"),
        (
            "def build(units):\n    return model()",
            ": build() needs an argument 'units', but it is called with input_shape and output_shape at "
            "most; give 'units' a default value",
        ),
        (
            "def build():\n    a = keras.Input((3,))\n    d = keras.layers.Dense(1)\n"
            "    return keras.Model(a, [d(a), d(a)])",
            ": build(): the model has 2 outputs, and only one can be trained",
        ),
        (
            "def build():\n    m = model()\n    m.compile('adam', lambda a, b: a - b)\n    return m",
            ": build(): 'build.<locals>.<lambda>' cannot be found again from another process; define it at "
            "the top level of its file",
        ),
        (
            "def build():\n    m = model()\n    sgd = keras.optimizers.SGD()\n"
            "    m.compile(keras.optimizers.MultiOptimizer(lambda _: sgd), 'mse')\n    return m",
            ": build(): the model is compiled with MultiOptimizer, which has no learning rate of its own",
        ),
        (
            "def build():\n    m = model()\n    o = keras.optimizers.AdamW()\n"
            "    o.exclude_from_weight_decay(var_names=['bias'])\n    m.compile(o, 'mse')\n    return m",
            ": build(): some weights are excluded from weight decay, which Keras does not keep",
        ),
        (
            "def build():\n    return keras.Sequential([keras.layers.Conv2D(2, 2)])",
            ": build(): the model cannot take samples of shape (3,) (",
        ),
    ],
)
def test_a_failing_function_is_answered_with_its_line(ask: Ask, code: str, message: str) -> None:
    with pytest.raises(UserCodeError) as error:
        ask(f"\n{code}\n")
    assert str(error.value).startswith(f"{ask.file}{message}")
    assert "\n" not in str(error.value)


def test_a_function_that_takes_minutes_is_announced_and_stopped(tmp_path: Path) -> None:
    told: list[str] = []
    with UserCodeProcess(told.append, limit=2.0) as process:
        ask = Ask(process, tmp_path / "own_model.py")
        with pytest.raises(UserCodeError, match=r"own_model.py: build\(\) did not come to an end within"):
            ask("import time\ndef build():\n    time.sleep(600)\n")
    assert len(told) == 1


def test_a_function_that_takes_the_process_down_is_an_error(tmp_path: Path) -> None:
    message = r"build\(\): the worker process ended unexpectedly \(exit status 3\)"
    with UserCodeProcess(print) as process, pytest.raises(UserCodeError, match=message):
        Ask(process, tmp_path / "own_model.py")("import os\ndef build():\n    os._exit(3)\n")


def test_what_the_code_prints_does_not_get_in_the_way(ask: Ask, capfd: pytest.CaptureFixture[str]) -> None:
    described = ask("print('loading')\ndef build():\n    print('building')\n    return model()\n")
    assert described.output_shape == (1,)
    assert capfd.readouterr() == ("", "")


def test_what_the_code_sets_in_keras_holds_for_its_model_only(ask: Ask) -> None:
    described = ask(
        "def build():\n    keras.config.set_floatx('float64')\n    keras.config.set_epsilon(0.5)\n"
        "    keras.mixed_precision.set_global_policy('float64')\n    return model()\n"
    )
    assert described.model.dtype == "float64"
    source = UserModel(file=str(ask.file), function="model")
    assert ask.process.describe_model(source, {"X": (3,)}, (1,)).model.dtype == "float32"


def test_functions_get_the_shapes_that_they_ask_for(ask: Ask) -> None:
    described = ask(
        "def build(output_shape, input_shape, units=7):\n"
        "    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(units),\n"
        "                             keras.layers.Dense(output_shape[-1])])\n"
    )
    assert described.model.source is not None
    assert described.model.source.arguments == {"input_shape": (3,), "output_shape": (1,)}
    assert [layer.config.get("units") for layer in described.model.layers] == [None, 7, 1]
    assert described.compilation.optimizer is None


def read(process: UserCodeProcess, path: Path) -> ModelDescription:
    return process.describe_model(UserModel(file=str(path)), {"X": (3,)}, (1,))


def saved(path: Path, *layers: Any) -> Path:
    model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.3, momentum=0.9), "mae")
    model.save(path)
    return path


def test_a_saved_model_brings_its_optimizer_and_loss(shared_process: UserCodeProcess, tmp_path: Path) -> None:
    described = read(shared_process, saved(tmp_path / "m.keras", keras.layers.Dense(4, activation="relu")))
    assert [layer.class_name for layer in described.model.layers] == ["InputLayer", "Dense", "Dense"]
    assert described.compilation.optimizer is not None
    assert described.compilation.optimizer.config == {"learning_rate": 0.3, "momentum": 0.9}
    assert described.compilation.loss == "mae"


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_legacy_file_brings_its_layers(shared_process: UserCodeProcess, tmp_path: Path) -> None:
    described = read(shared_process, saved(tmp_path / "m.h5", keras.layers.Dense(4, activation="relu")))
    assert [layer.config.get("units") for layer in described.model.layers] == [None, 4, 1]
    assert described.model.layers[1].config["activation"] == "relu"


def lambda_model(folder: Path) -> Path:
    return saved(folder / "m.keras", keras.layers.Lambda(lambda x: x * 2))


@keras.saving.register_keras_serializable("elsewhere")
class Elsewhere(keras.layers.Layer):  # type: ignore[misc]
    """A layer that only this file knows."""

    def call(self, inputs: Any) -> Any:
        return inputs


def own_layer_model(folder: Path) -> Path:
    return saved(folder / "m.keras", Elsewhere())


def truncated_model(folder: Path) -> Path:
    path = saved(folder / "m.keras")
    path.write_bytes(path.read_bytes()[:2000])
    return path


def damaged_model(folder: Path) -> Path:
    path = saved(folder / "m.keras")
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    return path


def model_of_keras_2(folder: Path) -> Path:
    path = folder / "m.keras"
    with zipfile.ZipFile(saved(folder / "now.keras")) as now, zipfile.ZipFile(path, "w") as archive:
        for name in now.namelist():
            content = now.read(name)
            archive.writestr(name, b'{"keras_version": "2.15.0"}' if name == "metadata.json" else content)
    return path


def pickled_model(folder: Path) -> Path:
    path = folder / "m.keras"
    path.write_bytes(pickle.dumps(Explosive(folder / "ran")))
    return path


def weights_only(folder: Path) -> Path:
    path = folder / "m.h5"
    with h5py.File(path, "w") as file:
        file["weights"] = [1.0]
    return path


def no_model(folder: Path) -> Path:
    return folder / "m.keras"


class Explosive:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda_model,
            ": the model holds a Lambda layer, whose code is not run from a file; write a",
        ),
        (
            own_layer_model,
            ": the model needs Elsewhere, which is not part of Keras; write a function that",
        ),
        (truncated_model, " is no complete .keras file (File is not a zip file); save the model again"),
        (damaged_model, " is damaged ("),
        (
            model_of_keras_2,
            f" was saved by Keras 2.15.0, and this is Keras {keras.__version__}; save",
        ),
        (pickled_model, " is no complete .keras file (File is not a zip file); save the model again"),
        (weights_only, ": Keras cannot read it (ValueError: No model config found in the file at"),
        (no_model, " does not exist"),
    ],
)
def test_a_bad_file_is_answered_in_one_line(
    shared_process: UserCodeProcess, tmp_path: Path, make: Any, message: str
) -> None:
    path = make(tmp_path)
    with pytest.raises(UserCodeError) as error:
        read(shared_process, path)
    assert str(error.value).startswith(f"{path}{message}")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "ran").exists()


def test_losses_and_metrics_may_come_from_a_neighbouring_file(ask: Ask) -> None:
    neighbour = ask.file.with_name(f"losses_of_{ask.file.name}")
    neighbour.write_text(
        "import keras\ndef error(a, b):\n    return keras.ops.mean((a - b) ** 2)\n"
        "class Own:\n    @staticmethod\n    def metric(a, b):\n        return error(a, b)\n"
    )
    described = ask(
        f"import {neighbour.stem} as losses\ndef build():\n    made = model()\n"
        "    made.compile('adam', losses.error, metrics=[losses.Own.metric])\n    return made\n"
    )
    assert described.compilation.loss == {
        "module": neighbour.stem,
        "class_name": "function",
        "config": "error",
    }
    assert described.compilation.metrics[0]["config"] == "Own.metric"  # type: ignore[index]


def test_a_policy_that_a_file_sets_when_it_is_imported_holds_for_its_models(ask: Ask) -> None:
    code = "keras.config.set_dtype_policy('mixed_float16')\ndef build():\n    return model()\n"
    for _ in range(2):  # the second time, the file is imported already
        assert ask(code).model.dtype == "mixed_float16"


def test_an_optimizer_of_the_users_is_not_mistaken_for_keras_own(ask: Ask) -> None:
    described = ask(
        "class Adam(keras.optimizers.SGD):\n    pass\ndef build():\n    made = model()\n"
        "    made.compile(Adam(0.3), 'mse')\n    return made\n"
    )
    assert described.compilation.optimizer is not None
    assert described.compilation.optimizer.class_name == f"{ask.file.stem}:Adam"


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_legacy_file_brings_its_optimizer_whatever_its_metrics(
    shared_process: UserCodeProcess, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(5.0), keras.losses.MeanAbsoluteError(), metrics=["mae"])
    model.save(tmp_path / "m.h5")
    compilation = read(shared_process, tmp_path / "m.h5").compilation
    assert compilation.optimizer is not None
    assert compilation.optimizer.config == {"learning_rate": 5.0}
    assert compilation.loss is not None


def test_a_file_that_cannot_be_rebuilt_is_only_taken_with_its_weights(
    shared_process: UserCodeProcess, tmp_path: Path
) -> None:
    path = saved(tmp_path / "m.keras", keras.layers.Discretization(bin_boundaries=[0.0, 1.0]))
    with pytest.raises(UserCodeError, match=r"cannot be drawn anew; set model\.keep_weights: true"):
        read(shared_process, path)
    source = UserModel(file=str(path), keep_weights=True)
    assert shared_process.describe_model(source, {"X": (3,)}, (1,)).model.opaque is not None


def test_it_is_noticed_that_a_function_sets_the_seed(ask: Ask) -> None:
    subclass = (
        "class Own(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.out = keras.layers.Dense(1)\n    def call(self, x):\n        return self.out(x)\n"
    )
    plain = ask(subclass + "def build():\n    return Own()\n")
    ask.file = ask.file.with_name(f"seeding_{ask.file.name}")
    seeding = ask(subclass + "def build():\n    keras.utils.set_random_seed(3)\n    return Own()\n")
    assert plain.model.source is not None
    assert seeding.model.source is not None
    assert not plain.model.source.sets_seed
    assert seeding.model.source.sets_seed
