"""`remedy init`: draft an experiment, and write it and the schema for editors."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from remedy.cli.console import make_console, print_json
from remedy.cli.introduction import data_text
from remedy.cli.stderr import tell
from remedy.config import experiment_schema, load_experiment
from remedy.drafting import draft_experiment, experiment_text
from remedy.drafting.experiment_text import SCHEMA_FILE
from remedy.errors import ConfigError
from remedy.inert import legible
from remedy.results.files import write_text

_LONGEST_NAME = 100


def init_experiment(
    data: str,
    target: list[str],
    out: Path | None,
    *,
    model: str | None,
    window: int | None,
    horizon: int,
    overwrite: bool,
    command: str,
    json_output: bool,
) -> None:
    """Write an experiment file for a data file, and say what was found.

    Raises:
        ConfigError: the file exists already, or no target is named where one has to be.
        RemedyError: data or model cannot be used.
    """
    stem = _stem(data)
    file = out or Path(f"{stem}.yaml")
    if file.exists() and not overwrite:
        raise ConfigError(
            f"{file}: exists already; add --force to replace it, or name another file with --out"
        )
    draft, prepared = draft_experiment(
        data, target, name=_name(file.stem), model=model, window=window, horizon=horizon, tell=tell
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = file.parent / SCHEMA_FILE
    write_text(schema, json.dumps(experiment_schema(), indent=1) + "\n")
    write_text(file, experiment_text(draft, prepared, file.parent, command))
    load_experiment(file)
    if json_output:
        print_json({"file": str(file), "schema": str(schema), "experiment": draft.experiment})
        return
    console = make_console()
    console.print(f"{prepared.experiment.name}: {data_text(prepared)}", style="bold")
    for note in prepared.dataset.notes:
        console.print(legible(note))
    quoted = shlex.quote(str(file))
    console.print(legible(f"{file} is written, with the reason for each choice ({schema} is for editors)"))
    console.print(legible(f"next:    remedy check {quoted}    what would be tried; trains nothing"))
    console.print(legible(f"         remedy run {quoted}"))


def _stem(data: str) -> str:
    file = data.rpartition(".py:")[0] if ".py:" in data else data
    return Path(file).stem or "experiment"


def _name(stem: str) -> str:
    """A name for the experiment, of the characters that one may have."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", stem)[:_LONGEST_NAME]
    return name if re.match(r"[A-Za-z0-9_]", name) else f"_{name}"[:_LONGEST_NAME]
