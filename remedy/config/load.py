"""Loads experiments from files and dicts."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from remedy.config.experiment import Experiment, FixSetting
from remedy.config.fix_settings import parse_fixes
from remedy.config.origin import Origin
from remedy.config.overrides import apply_overrides
from remedy.config.plain import normalized
from remedy.config.problems import Problem, RejectedError
from remedy.config.translate import experiment_problems
from remedy.config.yaml_loader import YamlError, read_yaml
from remedy.errors import ConfigError
from remedy.fixes import builtin_fixes

_MAX_BYTES = 256 * 1024
_DATA = {".csv", ".tsv", ".parquet", ".npz", ".npy"}


def load_experiment(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read and check an experiment file.

    Args:
        path: the YAML file; paths in it are relative to its folder.
        overrides: `key=value` each, dotted key and YAML value, put in place of what the file says.

    Returns:
        The experiment with all defaults filled in and absolute paths.

    Raises:
        ConfigError: the file cannot be read or something in it is wrong; one line that names the place.
    """
    path = Path(path)
    if path.suffix.lower() in _DATA and path.exists():
        raise ConfigError(
            f"{path}: holds data, not an experiment; write one for it first: "
            f"remedy init {shlex.quote(str(path))}"
        )
    try:
        document = read_yaml(_read(path))
    except YamlError as error:
        place = f"{path}:{error.line}" if error.line else f"{path}"
        raise ConfigError(f"{place}: {error}") from None
    if document.data is None:
        raise ConfigError(f"{path}: the file is empty; it needs at least the sections data and model")
    if not isinstance(document.data, dict):
        raise ConfigError(
            f"{path}:{document.lines[()]}: an experiment file consists of 'key: value' lines, "
            "such as 'data:' and 'model:'"
        )
    data, origins = apply_overrides(document.data, overrides)
    return _build(data, Origin(str(path), document.lines, origins), name=path.stem, base=path.parent)


def parse_experiment(
    data: Mapping[str, Any],
    *,
    name: str | None = None,
    base: str | Path = ".",
    overrides: Sequence[str] = (),
) -> Experiment:
    """Check an experiment that is given as a dict, with the same keys as an experiment file.

    Args:
        data: what an experiment file would hold.
        name: the experiment's name where `data` has none.
        base: the folder that relative paths start from.
        overrides: see `load_experiment`.

    Raises:
        ConfigError: something is wrong; one line that names the key.

    >>> experiment = parse_experiment(
    ...     {"data": {"source": "rain.csv", "target": "mm"}, "model": {"template": "dense"}}, name="rain"
    ... )
    >>> experiment.training.epochs
    30
    """
    try:
        plain = normalized(data)
    except RejectedError as error:
        raise Origin().error([Problem(error.path, str(error))]) from None
    if not isinstance(plain, dict):
        raise ConfigError("an experiment is a mapping with keys such as 'data' and 'model'")
    plain, origins = apply_overrides(plain, overrides)
    return _build(plain, Origin(overrides=origins), name=name, base=Path(base))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        siblings = [one.name for one in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        nearest = difflib.get_close_matches(path.name, siblings, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else "remedy init writes one for a data file"
        raise ConfigError(f"{path}: no such file; {hint}") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder, not an experiment file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path}: the file cannot be read: {reason}") from error
    if len(content) > _MAX_BYTES:
        raise ConfigError(f"{path}: larger than {_MAX_BYTES // 1024} KiB, so this is no experiment file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text; save the file as UTF-8") from None


def _build(data: dict[str, Any], origin: Origin, *, name: str | None, base: Path) -> Experiment:
    try:
        data = normalized(data)
    except RejectedError as error:
        raise origin.error([Problem(error.path, str(error))]) from None
    if data.get("name") is None and name is not None:
        data["name"] = name
    settings, problems = _settings(data, base)
    _resolve_source(data, base)
    _resolve_model(data, base)
    _resolve_tracking(data, base)
    try:
        experiment = Experiment.model_validate({**data, "fixes": settings})
    except ValidationError as error:
        problems += experiment_problems(error, data)
        raise origin.error(problems) from None
    if problems:
        raise origin.error(problems)
    return experiment


def _settings(data: Mapping[str, Any], base: Path) -> tuple[dict[str, FixSetting], list[Problem]]:
    if "fixes" not in data:
        return {fix: FixSetting() for fix in builtin_fixes()}, []
    return parse_fixes(data["fixes"], base)


def _resolve_model(data: Mapping[str, Any], base: Path) -> None:
    section = data.get("model")
    if not isinstance(section, dict):
        return
    if isinstance(section.get("file"), str) and section["file"]:
        section["file"] = _absolute(section["file"], base)
    if isinstance(section.get("build"), str) and ".py:" in section["build"]:
        file, _, function = section["build"].rpartition(":")
        section["build"] = f"{_absolute(file, base)}:{function}"


def _resolve_tracking(data: Mapping[str, Any], base: Path) -> None:
    section = data.get("tracking")
    if isinstance(section, dict) and isinstance(section.get("tensorboard"), str) and section["tensorboard"]:
        section["tensorboard"] = _absolute(section["tensorboard"], base)


def _absolute(written: str, base: Path) -> str:
    path = base.absolute() / os.path.expanduser(written)  # noqa: PTH111  (Path's raises without a home)
    # The file's own name stays, even if it is a link: its suffix says how to read it.
    return str(Path(os.path.realpath(path.parent)) / path.name)


def _resolve_source(data: Mapping[str, Any], base: Path) -> None:
    section = data.get("data")
    if not isinstance(section, dict) or not isinstance(section.get("source"), str) or not section["source"]:
        return
    section["source"] = _absolute(section["source"], base)
    if not section["source"].lower().endswith(".npy"):
        return
    targets = section.get("target")  # of a .npy file it is a file too
    if isinstance(targets, str) and targets:
        section["target"] = _absolute(targets, base)
    elif isinstance(targets, list):
        section["target"] = [
            _absolute(target, base) if isinstance(target, str) and target else target for target in targets
        ]
