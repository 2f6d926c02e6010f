"""A draft as the text of an experiment file, with comments."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from remedy.config import yaml_entry
from remedy.drafting.draft import Draft
from remedy.fixes import to_plain
from remedy.preparation import Prepared

SCHEMA_FILE = "remedy.schema.json"

_COMMENTS_FROM = (32, 60)
_WIDTH = 110
_SECTIONS = ("data", "model", "training")


def experiment_text(draft: Draft, prepared: Prepared, folder: Path, command: str) -> str:
    """The text of an experiment file.

    Args:
        draft: what stands in it, with absolute paths.
        prepared: the same experiment, prepared.
        folder: where the file will be; paths in the file are relative to it.
        command: that made it.
    """
    experiment = draft.experiment
    lines = [f"# yaml-language-server: $schema={SCHEMA_FILE}"]
    lines += _comment(f"Written by: {command}")
    lines += _comment(
        "Every value may be changed; 'remedy check' shows what the file means and trains nothing."
    )
    lines += ["", yaml_entry("name", experiment["name"])]
    lines += _commented({"task": prepared.dataset.task}, {"task": draft.reasons.get("task", "")})
    for section in _SECTIONS:
        values = _relative(section, experiment[section], folder)
        reasons = {key: draft.reasons.get(f"{section}.{key}", "") for key in values}
        remarks = [text for key, text in draft.remarks.items() if key.startswith(section)]
        below = [line for text in remarks for line in _comment(text)] + _alternatives(section, prepared)
        lines += ["", f"{section}:", *(f"  {line}" for line in (*_commented(values, reasons), *below))]
    lines += ["", *_fixes(prepared), "", "search:"]
    lines += [f"  {line}" for line in _commented(experiment["search"], {})]
    return "\n".join(lines) + "\n"


def _commented(values: Mapping[str, Any], reasons: Mapping[str, str]) -> list[str]:
    """A line per key, with the reasons below each other, or above a value of several lines."""
    written = {key: yaml_entry(key, value) for key, value in values.items()}
    fewest, most = _COMMENTS_FROM
    longest = max((len(text) + 2 for text in written.values() if len(text) + 2 <= most), default=0)
    place = max(longest, fewest)
    lines: list[str] = []
    for key, text in written.items():
        reason = " ".join(reasons.get(key, "").split())
        if len(text) > most:
            lines += [*_comment(reason), *yaml_entry(key, values[key], _WIDTH - 10).splitlines()]
        else:
            lines.append(f"{text:<{place - 2}}  # {reason}" if reason else text)
    return lines


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _relative(section: str, values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a section, its paths relative to the folder where that is no detour through the root."""
    paths = {"data": ("source",), "model": ("build", "file")}.get(section, ())
    return {key: _from(str(value), folder) if key in paths else value for key, value in values.items()}


def _from(path: str, folder: Path) -> str:
    relative = os.path.relpath(path, folder.absolute())
    return path if relative.startswith(os.path.join("..", "..", "..")) else relative  # noqa: PTH118


def _alternatives(section: str, prepared: Prepared) -> list[str]:
    if section == "model" and prepared.experiment.model.template is not None:
        return [
            "# or your own model, which a function returns, in place of the template:",
            "# build: model.py:build",
        ]
    return []


def _fixes(prepared: Prepared) -> Iterator[str]:
    yield from _comment(
        "What may be tried, over which values; each can also be off. Without a section 'fixes' it is all of "
        "these. To narrow it down, take the '# ' away from 'fixes:' and from the lines to keep."
    )
    yield "# fixes:"
    for name, entry in prepared.space.fixes.items():
        yield f"#   {yaml_entry(name, to_plain(entry.space))}"
