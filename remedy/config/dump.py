"""Writes an experiment back as the file that it could have come from."""

from __future__ import annotations

import math
from typing import Any

import yaml

from remedy.config.experiment import Experiment, FixSetting
from remedy.config.yaml_loader import SCALARS
from remedy.fixes import Choice, Fixed, reference_to
from remedy.fixes import to_plain as space_to_plain
from remedy.inert import legible_lines
from remedy.storage_address import mask_passwords


def to_plain(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain data, every default filled in, that `parse_experiment` reads back.

    The password of a storage is masked.
    """
    plain = experiment.model_dump(exclude={"fixes"})
    plain["data"]["source"] = str(experiment.data.source)
    if experiment.tracking.tensorboard is not None:
        plain["tracking"]["tensorboard"] = str(experiment.tracking.tensorboard)
    if experiment.search.storage is not None:
        plain["search"]["storage"] = mask_passwords(experiment.search.storage)
    if experiment.model.template is None:
        plain["model"] = experiment.model.model_dump(mode="json", include={"build", "file", "keep_weights"})
    fixes = {reference_to(name): _setting_to_plain(setting) for name, setting in experiment.fixes.items()}
    return {key: fixes if key == "fixes" else plain[key] for key in Experiment.model_fields}


def dump_experiment(experiment: Experiment) -> str:
    """The experiment as YAML text, every default filled in.

    Loading the text, from whatever folder, gives an equal experiment as long as its paths are absolute,
    which they are if it was loaded itself.
    """
    text = yaml.dump(
        to_plain(experiment),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=110,
    )
    # What cannot be printed stands in double quotes, where YAML and Python spell it alike.
    return legible_lines(text)


def yaml_entry(key: str, value: Any, width: float = math.inf) -> str:
    """A key with its value as it stands in an experiment file, on one line unless that is too long.

    Args:
        key: the key.
        value: plain data.
        width: longer lines are broken where YAML allows it; what follows is indented.

    >>> yaml_entry("split", {"test": 0.2, "by": "off"})
    "split: {test: 0.2, by: 'off'}"
    """
    text = yaml.dump(
        {key: value},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=True,
        width=width,
    )
    return legible_lines(text).strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or 1.2 would take for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # In single quotes PyYAML loses Unicode's line breaks, such as U+0085.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)
for _tag, _pattern, _first in SCALARS:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)


def _setting_to_plain(setting: FixSetting) -> Any:
    space, required = setting.space, setting.required
    if space is None:
        return {"required": True} if required else True
    plain = space_to_plain(space)
    if not required:
        # Bare `true` means the default space; a list of one value is that value.
        return [plain] if isinstance(plain, bool) else plain
    match space:
        case Choice():
            return {"choices": plain, "required": True}
        case Fixed():
            return {"value": plain, "required": True}
        case _:
            return {**plain, "required": True}
