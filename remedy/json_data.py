"""Results as JSON data, in which numbers are finite."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def json_data(value: Any) -> Any:
    """Dataclasses, mappings and sequences as JSON data; figures that are not finite are `None`.

    >>> json_data({"skill": float("nan"), "seeds": (1, 2)})
    {'skill': None, 'seeds': [1, 2]}
    """
    if is_dataclass(value):
        return {field.name: json_data(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: json_data(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_data(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
