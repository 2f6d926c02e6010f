"""`diagnosis.json`: why the baseline is stuck, found out once per study."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from remedy.diagnosis import Diagnosis
from remedy.errors import StudyError
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder
from remedy.search import Guidance

_SHAPES = {"basis": dict, "treatments": list, "single_treatments": list, "symptoms": list}


def diagnosis_of(folder: StudyFolder, examine: Callable[[], Diagnosis]) -> dict[str, Any]:
    """Read the diagnosis, or make and write it.

    Args:
        folder: the study's.
        examine: makes it.

    Returns:
        As `Diagnosis.to_plain` gives it.

    Raises:
        StudyError: the file is damaged.
        TrainingError: the baseline could not be examined; nothing is written then.
    """
    stored = read_diagnosis(folder)
    if stored is None:
        stored = examine().to_plain()
        write_json(folder.diagnosis, stored)
    return stored


def guidance_of(diagnosis: Mapping[str, Any]) -> Guidance:
    """What a search is to make of a diagnosis.

    Args:
        diagnosis: as `Diagnosis.to_plain` gives it.
    """
    return Guidance(diagnosis["basis"], tuple(diagnosis["treatments"]), tuple(diagnosis["single_treatments"]))


def read_diagnosis(folder: StudyFolder) -> dict[str, Any] | None:
    """The diagnosis of a study, or `None` if there is none.

    Raises:
        StudyError: the file is damaged.
    """
    if not folder.diagnosis.exists():
        return None
    try:
        stored: dict[str, Any] = json.loads(folder.diagnosis.read_text(encoding="utf-8"))
        for name, kind in _SHAPES.items():
            if not isinstance(stored[name], kind):
                raise TypeError(f"{name} is no {kind.__name__}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{folder.diagnosis}: cannot be read ({error}); delete it") from error
    return stored
