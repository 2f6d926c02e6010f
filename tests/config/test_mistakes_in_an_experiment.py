"""For each mistake one line that names file, line and key, and says what to do."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from remedy.config import Experiment, load_experiment
from remedy.errors import ConfigError

Load = Callable[..., Experiment]

MINIMAL = """\
data:
  source: a.csv
  target: y
model:
  template: dense
"""
OPTIMIZERS = "adam, adamw, nadam, adamax, sgd, rmsprop, adagrad, adadelta, ftrl, lion"
SCALINGS = "minmax, standard, robust"


def refusal(load: Load, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as error:
        load(text, *overrides)
    message = str(error.value)
    assert "\n" not in message
    assert "pydantic" not in message.lower()
    return message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "model: {template: dense}\n",
            ":1: data is missing: where the rows come from and what is to be predicted",
        ),
        ("data: {source: a.csv, target: y}\n", ":1: model is missing: the model that is stuck"),
        (
            "# first line\ndata:\n  source: a.csv\nmodel: {template: dense}\n",
            ":2: data.target is missing: the column or columns to predict",
        ),
        (
            "data:\n  source: a.csv\n  target:\nmodel: {template: dense}\n",
            ":3: data.target is missing: the column or columns to predict",
        ),
        (
            "data:\n  target: y\nmodel: {template: dense}\n",
            ":1: data.source is missing: the file that holds the data",
        ),
        *(
            (
                f"data: {{source: a.csv, target: y, time: t, time_format: '{form}'}}\n"
                "model: {template: dense}\n",
                f":1: data.time_format: expected a format of dates such as '%d/%m/%Y', got '{form}'",
            )
            for form in ("dd/mm/yyyy", "%d/%q", "%d %d", "%")
        ),
        (
            "data: {source: a.csv, target: y, time_format: '%d/%m/%Y'}\nmodel: {template: dense}\n",
            ":1: data.time_format: time_format needs data.time, the column of dates",
        ),
        (
            "data: {source: a.csv, target: y}\nmodel: {units: 3}\n",
            ":2: model: give one of template, build and file, which say where the model comes from",
        ),
        (
            "data:\n  source: a.csv\n  targte: y\nmodel: {template: dense}\n",
            ":3: data.targte: unknown key 'targte'; did you mean 'target'?",
        ),
        ("data: 3\nmodel: {template: dense}\n", ":1: data: expected a mapping of keys, got 3"),
    ],
)
def test_required_keys(load: Load, text: str, message: str) -> None:
    assert refusal(load, text) == f"x.yaml{message}"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("training:\n  epochs: ten\n", ":7: training.epochs: expected a whole number, got 'ten'"),
        ("training:\n  epochs: 10.0\n", ":7: training.epochs: expected a whole number, got 10.0"),
        ("training:\n  epochs: true\n", ":7: training.epochs: expected a whole number, got true"),
        ("training:\n  epochs: 0\n", ":7: training.epochs: must be at least 1, got 0"),
        (
            "training:\n  epochs: 99999999999999999999\n",
            ":7: training.epochs: the number does not fit into 64 bits; write a smaller one",
        ),
        (
            "training:\n  epochs: [10, 20]\n",
            ":7: training.epochs: expected a whole number, got a list; values to try belong under fixes",
        ),
        (
            "training:\n  optimizer:\n    learning_rate: [0.1, 0.2]\n",
            ":8: training.optimizer.learning_rate: expected a number, got a list; "
            "values to try belong under fixes",
        ),
        (
            "training: {optimizer: {learning_rate: .inf}}\n",
            ":6: training.optimizer.learning_rate: expected a finite number, got inf",
        ),
        (
            "training: {optimizer: {learning_rate: on}}\n",
            ":6: training.optimizer.learning_rate: expected a number, got true",
        ),
        (
            "training: {optimizer: {nesterov: 1}}\n",
            ":6: training.optimizer.nesterov: expected true or false, got 1",
        ),
        (
            "training:\n  optimizer: {name: adam, leanring_rate: 1}\n",
            ":7: training.optimizer.leanring_rate: unknown key 'leanring_rate'; "
            "did you mean 'learning_rate'?",
        ),
        (
            "training:\n  learning_rate: 1\n",
            ":7: training.learning_rate: unknown key 'learning_rate'; "
            "did you mean 'training.optimizer.learning_rate'?",
        ),
        ("epochs: 1\n", ":6: epochs: unknown key 'epochs'; did you mean 'training.epochs'?"),
        (
            "training: {metric: mae}\n",
            ":6: training.metric: unknown key 'metric'; it stands at the top level, not under training",
        ),
        (
            "training:\n  frobnicate: 1\n",
            ":7: training.frobnicate: unknown key 'frobnicate'; "
            "valid here: optimizer, loss, epochs, batch_size",
        ),
        (
            '"two\\nlines": 1\n',
            ":6: 'two\\nlines': unknown key 'two\\nlines'; valid here: name, task, data, model, ",
        ),
        (
            "training:\n  optimizer: adm\n",
            f":7: training.optimizer: unknown value 'adm'; did you mean 'adam'? Allowed: {OPTIMIZERS}",
        ),
        (
            "training:\n  optimizer: 3\n",
            ":7: training.optimizer: expected an optimizer's name or {name: adam, ...}, got 3",
        ),
        ("training: fast\n", ":6: training: expected a mapping of keys, got 'fast'"),
        (
            "task: classification\n",
            ":6: task: unknown value 'classification'; allowed: regression, binary, multiclass, multilabel",
        ),
        ("metric: off\n", ":6: metric: expected one of mse, mae, log_loss; got false"),
        (
            "search: {timeout: soon}\n",
            ":6: search.timeout: expected a duration such as 90s, 30m or 1h30m, got 'soon'",
        ),
        (
            "search: {timeout: off}\n",
            ":6: search.timeout: expected a duration such as 90s, 30m or 1h30m, got false",
        ),
        ("search: {timeout: 0}\n", ":6: search.timeout: must be above 0, got 0"),
        ("search: {trial_timeout: 0}\n", ":6: search.trial_timeout: must be above 0, got 0"),
        (
            "search: {trial_memory: 4 elephants}\n",
            ":6: search.trial_memory: expected an amount of memory such as 500MB or 4GiB, got '4 elephants'",
        ),
        (
            "search: {trial_memory: '1,5GB'}\n",
            ":6: search.trial_memory: expected an amount of memory such as 500MB or 4GiB, got '1,5GB'",
        ),
        (
            "search: {trial_memory: on}\n",
            ":6: search.trial_memory: expected an amount of memory such as 500MB or 4GiB, got true",
        ),
        (
            "search: {workers: many}\n",
            ":6: search.workers: expected a whole number, auto or dask://host:port, got 'many'",
        ),
        (
            "search: {workers: 'dask://host'}\n",
            ":6: search.workers: expected dask://host:port, got 'dask://host'",
        ),
        ("search: {workers: 0}\n", ":6: search.workers: must be at least 1, got 0"),
        ("search: {seed: -1}\n", ":6: search.seed: must be at least 0, got -1"),
        ("confirm: {seeds: 1}\n", ":6: confirm.seeds: must be at least 2, got 1"),
        ("thresholds: {min_skill: 1.5}\n", ":6: thresholds.min_skill: must be below 1, got 1.5"),
        ("tracking: {tensorbord: runs}\n", ":6: tracking.tensorbord: unknown key 'tensorbord'; did you mean"),
        ("tracking: {mlflow: mlruns}\n", ":6: tracking.mlflow: expected the address of an MLflow server or"),
        (
            "tracking: {mlflow: 'http://[x'}\n",
            ":6: tracking.mlflow: expected the address of an MLflow server",
        ),
        (
            "tracking: {mlflow: 'http://me:secret@host'}\n",
            ":6: tracking.mlflow: an address with a password would end up in files; put name and password",
        ),
        ("name: a/b\n", ":6: name: 'a/b' cannot name a folder; use up to 100 letters"),
        ("name: .hidden\n", ":6: name: '.hidden' cannot name a folder"),
        ("name: ..\n", ":6: name: '..' cannot name a folder"),
        ("name: ''\n", ":6: name: '' cannot name a folder"),
        ("name: 2020\n", ":6: name: expected text, got 2020; put it in quotes"),
    ],
)
def test_wrong_keys_and_values(load: Load, more: str, message: str) -> None:
    assert refusal(load, MINIMAL + more).startswith(f"x.yaml{message}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "dense",
            "lstmm",
            ":5: model.template: unknown value 'lstmm'; did you mean 'lstm'? Allowed: lstm, gru, ",
        ),
        (
            "dense",
            "Dense",
            ":5: model.template: unknown value 'Dense'; did you mean 'dense'? Allowed: lstm, gru, ",
        ),
        ("dense", "dense\n  units: 0", ":6: model.units: must be at least 1, got 0"),
        ("dense", "dense\n  units: [64, x]", ":6: model.units[1]: expected a whole number, got 'x'"),
        ("dense", "dense\n  units:\n  - 64\n  - x", ":8: model.units[1]: expected a whole number, got 'x'"),
        ("dense", "dense\n  dropout: 1", ":6: model.dropout: must be below 1, got 1"),
        (
            "dense",
            "dense\n  bidirectional: yes",
            ":6: model.bidirectional: expected true or false, got 'yes'",
        ),
        (
            "dense",
            "dense\n  kernel_initializer: xavier",
            ":6: model.kernel_initializer: Keras has no initializer 'xavier'; did you mean 'glorot_uniform'?",
        ),
        (
            "dense",
            "dense\n  kernel_initializer: 3",
            ":6: model.kernel_initializer: expected text or a mapping of keys, got 3",
        ),
        ("a.csv", "3", ":2: data.source: expected the path of a file, got 3"),
        ("a.csv", "''", ":2: data.source: expected the path of a file, got ''"),
        (
            "a.csv",
            '"a\\0b"',
            ":2: data.source: the text holds a null character or half a character: 'a\\x00b'",
        ),
        (": y", ": 2020", ":3: data.target: expected text, got 2020; put it in quotes"),
        (": y", ": []", ":3: data.target: the list is empty"),
        (": y", ": ''", ":3: data.target: the text is empty"),
        (": y", ": [a, b, a]", ":3: data.target[2]: column 'a' is listed twice"),
        (": y", ": y\n  time: y", ":3: data.target: 'y' is the time column and cannot be a target too"),
        (": y", ": y\n  group: y", ":3: data.target: 'y' is the group column and cannot be a target too"),
        (
            ": y",
            ": y\n  group: g\n  features: [a, g]",
            ":5: data.features: 'g' is the group column and cannot be a feature too",
        ),
        (": y", ": y\n  time: t\n  group: t", ":5: data.group: 't' is already the time column"),
        (
            ": y",
            ": y\n  split: {validation: 0.6, test: 0.4}",
            ":4: data.split: validation (0.6) and test (0.4) leave no rows to train on; "
            "their sum must be below 1",
        ),
        (
            ": y",
            ": y\n  split:\n    by: group",
            ":5: data.split.by: group needs data.group, the column that names the series",
        ),
        (": y", ": y\n  split: {test: 0}", ":4: data.split.test: must be above 0, got 0"),
        (
            ": y",
            ": y\n  window: {horizon: 2}",
            ":4: data.window.length is missing: how many rows the model sees at once",
        ),
        (": y", ": y\n  window: 24", ":4: data.window: expected a mapping of keys, got 24"),
        (
            ": y",
            ": y\n  window: {length: 2, horizon: [1, 0]}",
            ":4: data.window.horizon[1]: must be at least 1, got 0",
        ),
        (
            ": y",
            ": y\n  window: {length: 2, horizon: [3, 1, 3]}",
            ":4: data.window.horizon[2]: horizon 3 is listed twice",
        ),
        (
            ": y",
            ": y\n  window: {length: 2, targets: all}",
            ":4: data.window.targets: unknown value 'all'; allowed: last, every",
        ),
        (
            ": y",
            ": y\n  categorical: onehot",
            ":4: data.categorical: unknown value 'onehot'; did you mean 'one_hot'? Allowed: one_hot, integer",
        ),
        (
            ": y",
            ": y\n  categorical: [city]",
            ":4: data.categorical: expected one_hot, integer or a mapping of columns, got a list",
        ),
        (
            ": y",
            ": y\n  categorical:\n    a: one_hot\n    b: integers",
            ":6: data.categorical.b: unknown value 'integers'; "
            "did you mean 'integer'? Allowed: one_hot, integer, drop",
        ),
    ],
)
def test_wrong_data_and_model(load: Load, old: str, new: str, message: str) -> None:
    assert refusal(load, MINIMAL.replace(old, new)).startswith(f"x.yaml{message}")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("fixes:\n", ":6: fixes: nothing is listed; leave the section out to search all fixes"),
        ("fixes: {}\n", ":6: fixes: nothing is listed; leave the section out to search all fixes"),
        ("fixes: [scaling]\n", ":6: fixes: expected a mapping such as 'scaling: true', got a list"),
        ("fixes: {scaling: off}\n", ":6: fixes: every fix is off, so there is nothing to search"),
        ("fixes:\n  scalling: true\n", ":7: fixes.scalling: unknown fix 'scalling'; did you mean 'scaling'?"),
        (
            "fixes:\n  wizardry: true\n",
            ":7: fixes.wizardry: unknown fix 'wizardry'; valid here: class_weight, imputation, ",
        ),
        (
            "fixes:\n  my.mod:Fix: true\n",
            ":7: fixes.'my.mod:Fix': my.mod: importing it raised ModuleNotFoundError: No module named 'my'",
        ),
        (
            "fixes:\n  scaling:\n",
            ":7: fixes.scaling: nothing is given; give a list, a range {low, high}, a value, "
            "true (default space) or off",
        ),
        ("fixes:\n  scaling: []\n", ":7: fixes.scaling: the list of choices is empty"),
        ("fixes:\n  scaling: {}\n", ":7: fixes.scaling: the mapping is empty"),
        ("fixes:\n  scaling: [off]\n", ":7: fixes.scaling: the list of choices holds nothing but off"),
        (
            "fixes:\n  scaling: [minmax, minmaxx]\n",
            f":7: fixes.scaling[1]: unknown value 'minmaxx'; did you mean 'minmax'? Allowed: {SCALINGS}",
        ),
        (
            "fixes:\n  scaling:\n  - off\n  - minmax\n  - minmaxx\n",
            f":10: fixes.scaling[2]: unknown value 'minmaxx'; did you mean 'minmax'? Allowed: {SCALINGS}",
        ),
        ("fixes:\n  scaling: [minmax, minmax]\n", ":7: fixes.scaling[1]: 'minmax' is listed twice"),
        (
            "fixes:\n  reduce_lr_on_plateau: {factor: [0.1, 0.5, 0.1]}\n",
            ":7: fixes.reduce_lr_on_plateau.factor[2]: 0.1 is listed twice",
        ),
        ("fixes:\n  scaling: [on, off]\n", f":7: fixes.scaling[0]: expected one of {SCALINGS}; got true"),
        (
            "fixes:\n  scaling: {choices: [minmax, off], required: true}\n",
            ":7: fixes.scaling.choices[1]: a required fix cannot be off",
        ),
        (
            "fixes:\n  scaling: {choices: minmax}\n",
            ":7: fixes.scaling.choices: expected a list, got 'minmax'",
        ),
        (
            "fixes:\n  scaling: {value: [minmax]}\n",
            ":7: fixes.scaling.value: expected a single value; a list goes under 'choices', got a list",
        ),
        ("fixes:\n  scaling: {value: off}\n", ":7: fixes.scaling.value: expected a value, got false"),
        (
            "fixes:\n  scaling: {value: minmax, low: 3}\n",
            ":7: fixes.scaling.low: beside 'value' only 'required' may stand",
        ),
        ("fixes:\n  scaling: {required: 1}\n", ":7: fixes.scaling.required: expected true or false, got 1"),
        (
            "fixes:\n  batch_normalization: yes\n",
            ":7: fixes.batch_normalization: 'yes' is text; write on or off",
        ),
        ("fixes:\n  batch_normalization: 1\n", ":7: fixes.batch_normalization: expected on or off, got 1"),
        ("fixes:\n  clipnorm: {low: 1, high: 0.1}\n", ":7: fixes.clipnorm: low (1) is above high (0.1)"),
        (
            "fixes:\n  clipnorm: {low: 1}\n",
            ":7: fixes.clipnorm: a range needs both low and high; 'high' is missing",
        ),
        ("fixes:\n  clipnorm:\n    low: 0\n    high: 1\n", ":8: fixes.clipnorm.low: must be above 0, got 0"),
        (
            "fixes:\n  clipnorm:\n    low: 1\n    high: 2\n    lgo: true\n",
            ":10: fixes.clipnorm.lgo: a range has the keys low, high, log and step, not 'lgo'",
        ),
        (
            "fixes:\n  clipnorm: {min: 1, max: 2}\n",
            ":7: fixes.clipnorm: expected a number, got a mapping; a range is written {low: 1, high: 10}",
        ),
        ("fixes:\n  clipnorm: [1, ten]\n", ":7: fixes.clipnorm[1]: expected a number, got 'ten'"),
        ("fixes:\n  depth: {low: 1, high: 2.5}\n", ":7: fixes.depth.high: expected a whole number, got 2.5"),
        (
            "fixes:\n  depth: {low: 1, high: 3, step: 0.5}\n",
            ":7: fixes.depth.step: expected a whole number, got 1.5",
        ),
        ("fixes:\n  depth: 0\n", ":7: fixes.depth: must be at least 1, got 0"),
        (
            "fixes:\n  depth: {low: 1, high: 2147483648}\n",
            ":7: fixes.depth.high: must be at most 1000, got 2147483648",
        ),
        (
            "fixes:\n  reduce_lr_on_plateau:\n    patience: 3\n    factor: [0.1, 2]\n",
            ":9: fixes.reduce_lr_on_plateau.factor[1]: must be below 1, got 2",
        ),
        (
            "fixes:\n  reduce_lr_on_plateau:\n    patience: {low: 0, high: 4}\n",
            ":8: fixes.reduce_lr_on_plateau.patience.low: must be at least 1, got 0",
        ),
        (
            "fixes:\n  reduce_lr_on_plateau:\n    patience: []\n",
            ":8: fixes.reduce_lr_on_plateau.patience: the list of choices is empty",
        ),
        (
            "fixes:\n  reduce_lr_on_plateau:\n    factr: [0.1, 0.5]\n",
            ":8: fixes.reduce_lr_on_plateau.factr: unknown key 'factr'; did you mean 'factor'?",
        ),
        (
            "fixes:\n  reduce_lr_on_plateau: 3\n",
            ":7: fixes.reduce_lr_on_plateau: expected a mapping of keys, got 3",
        ),
        (
            "fixes:\n  kernel_initializer: [he_normal, he_normall]\n",
            ":7: fixes.kernel_initializer[1]: Keras has no initializer 'he_normall'; "
            "did you mean 'he_normal'?",
        ),
        (
            "fixes:\n  kernel_initializer: [3]\n",
            ":7: fixes.kernel_initializer[0]: expected text or a mapping of keys, got 3",
        ),
        (
            "search: {sampler: grid}\nfixes:\n  scaling: true\n  clipnorm: {low: 0.1, high: 1}\n",
            ":9: fixes.clipnorm: search.sampler is grid, which cannot try every number of this range; "
            "give a list of values or a range with a step",
        ),
    ],
)
def test_wrong_fixes(load: Load, more: str, message: str) -> None:
    assert refusal(load, MINIMAL + more).startswith(f"x.yaml{message}")


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("sqlite:///x.db", "expected postgresql+psycopg://user@host/database or grpc://host:port, got "
                           "'sqlite:///x.db'"),
        ("study.journal", "expected postgresql+psycopg://user@host/database or grpc://host:port, got "
                          "'study.journal'"),
        ("postgresql://host", "names no database; expected postgresql+psycopg://user@host/database or "
                              "grpc://host:port"),
        ("grpc://host", "expected grpc://host:port, got 'grpc://host'"),
        ("grpc://me:pw@host:1", "expected grpc://host:port, got 'grpc://me:***@host:1'"),
        ("mysql://me:pw@host/db", "expected postgresql+psycopg://user@host/database or grpc://host:port, got "
                                  "'mysql://me:***@host/db'"),
    ],
)  # fmt: skip
def test_storages_that_cannot_be_shared(load: Load, storage: str, message: str) -> None:
    more = f"search:\n  storage: {storage}\n"
    assert refusal(load, MINIMAL + more) == f"x.yaml:7: search.storage: {message}"


FUNCTION = "a Python file and a function in it, such as model.py:build"
TWICE = "is given too; a model comes from one of them"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("build: model.py", f"model.build: expected {FUNCTION}, got 'model.py'"),
        ("build: model:build", f"model.build: expected {FUNCTION}, got 'model:build'"),
        ("build: 3", "model.build: expected text, got 3; put it in quotes"),
        ("file: 3", "model.file: expected the path of a file, got 3"),
        ("build: m.py:build, template: lstm", f"model.build: template {TWICE}"),
        ("build: m.py:build, file: m.keras", f"model.file: build {TWICE}"),
        ("build: m.py:build, units: 3", "model.units: means nothing to build; remove it"),
        ("template: lstm, keep_weights: true", "model.keep_weights: means nothing to template; remove it"),
    ],
)
def test_a_model_comes_from_one_place(load: Load, model: str, message: str) -> None:
    text = f"data: {{source: a.csv, target: y}}\nmodel: {{{model}}}\n"
    assert refusal(load, text) == f"x.yaml:2: {message}"


def test_a_key_of_a_later_version_without_a_value_is_ignored(load: Load) -> None:
    assert load(MINIMAL + "search: {storage: null}\n") == load(MINIMAL)


def test_gp_without_pytorch_says_how_to_install_it(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert (
        refusal(load, MINIMAL + "search:\n  sampler: gp\n")
        == "x.yaml:7: search.sampler: gp needs PyTorch; install it with: pip install 'remedy[gp]'"
    )


def test_gp_with_pytorch_is_accepted(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert load(MINIMAL + "search: {sampler: gp}\n").search.sampler == "gp"


def test_of_several_mistakes_the_first_is_told_and_the_others_counted(load: Load) -> None:
    more = "fixes:\n  scaling: [minmaxx]\ntraining:\n  epochs: ten\n  batch_size: 0\n"
    message = refusal(load, MINIMAL.replace("dense", "lstmm") + more)
    assert message.startswith("x.yaml:5: model.template: unknown value 'lstmm'")
    assert message.endswith(" (and 3 more problems)")


def test_a_misspelt_key_is_not_also_counted_as_missing(load: Load) -> None:
    assert refusal(load, MINIMAL.replace("target", "targte")).endswith("did you mean 'target'?")


def test_a_line_number_survives_anchors(load: Load) -> None:
    text = "model: &model\n  template: dense\n  units: 0\n" + MINIMAL.replace(
        "model:\n  template: dense\n", ""
    )
    assert refusal(load, text) == "x.yaml:3: model.units: must be at least 1, got 0"


def test_a_file_name_that_cannot_name_the_results_asks_for_a_name(tmp_path: Path) -> None:
    path = tmp_path / "my file.yaml"
    path.write_text(MINIMAL)
    with pytest.raises(ConfigError) as error:
        load_experiment(path)
    assert str(error.value).startswith(f"{path}:1: name: 'my file' cannot name a folder")
    path.write_text(f"name: mine\n{MINIMAL}")
    assert load_experiment(path).name == "mine"
