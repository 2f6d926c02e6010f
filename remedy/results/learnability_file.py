"""`learnability.json`: what simple models make of the data, probed once per study."""

from __future__ import annotations

import json

from remedy.data import Dataset
from remedy.diagnosis import Learnability, probe_learnability
from remedy.errors import StudyError
from remedy.plan import Plan
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder


def learnability_of(folder: StudyFolder, dataset: Dataset, baseline: Plan) -> Learnability:
    """Read the probe's result, or probe and write it.

    Args:
        folder: the study's.
        dataset: what is probed, training and validation split.
        baseline: says which inputs hold tokens, and what skill is computed from.

    Raises:
        StudyError: the file is damaged.
    """
    if folder.learnability.exists():
        try:
            return Learnability.from_plain(json.loads(folder.learnability.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StudyError(f"{folder.learnability}: cannot be read ({error}); delete it") from error
    learnability = probe_learnability(dataset, baseline)
    write_json(folder.learnability, learnability.to_plain())
    return learnability
