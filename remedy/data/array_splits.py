"""Which samples of arrays train, validate and test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data.array_source import PARTS, RawData, Samples
from remedy.data.overlap import Overlap, find_overlap
from remedy.data.splits import TEST, TRAINING, VALIDATION, assign_rows
from remedy.data.targets import Target
from remedy.errors import DataError

LEFT_OUT = 3
"""The split of samples that belong to none, since they have steps in common with two of them."""

_CUT_OFF: Mapping[int, Literal["validation", "test"]] = {VALIDATION: "validation", TEST: "test"}
_OVERRIDE = "set data.split.by to change that"


def assign_samples(
    raw: RawData, data: Data, rows: Samples, target: Target
) -> tuple[NDArray[np.int8], Literal["time", "random"], tuple[str, ...]]:
    """The split of each sample; those that the source does not have are taken out of its training samples.

    Samples that are overlapping windows are split by time unless `data.split.by` says otherwise, and those
    at the beginning of a split that have steps in common with the split before are left out.

    Args:
        raw: the source, which says what came split.
        data: the data section, for the rule and the shares; parts that the source has take no share.
        rows: the samples of all parts, one after the other.
        target: their targets.

    Returns:
        `TRAINING`, `VALIDATION`, `TEST` or `LEFT_OUT` for each sample, int8 `(samples,)`; the rule; and
        what to tell of it.

    Raises:
        DataError: a split has no sample that has nothing in common with the split before.
    """
    given = _given_splits(raw)
    missing = [part for part in _CUT_OFF if part not in given]
    training = np.flatnonzero(given == TRAINING)
    overlap = None
    if missing and data.window is None and rows.lengths is None:
        overlap = find_overlap(rows.X, target.values, training)
    rule, note = _choose_rule(data, raw, overlap)
    classes = np.zeros(len(training), dtype=np.int64)
    if target.classes and target.values.ndim == 2:
        classes = target.values[training, 0].astype(np.int64)
    shares = data.split.model_copy(
        update={name: 0.0 for part, name in _CUT_OFF.items() if part not in missing}
    )
    span = data.window.reach if data.window else None
    dealt = assign_rows(rule, shares, np.zeros_like(training), None, classes, span)
    assigned = given.copy()
    for part in missing:
        chosen = training[dealt == part]
        assigned[chosen] = part
        if overlap is not None and rule == "time":
            _check_more_than_gap(raw.name, _CUT_OFF[part], len(chosen), overlap)
            assigned[chosen[: overlap.gap]] = LEFT_OUT
    return assigned, rule, (note, _overlap_note(overlap, rule, [_CUT_OFF[part] for part in missing]))


def _given_splits(raw: RawData) -> NDArray[np.int8]:
    """The split of each sample as the source has it, int8 `(samples,)`; all train if it came as a whole."""
    return np.concatenate(
        [
            np.full(len(samples), TRAINING if part == "all" else PARTS.index(part), np.int8)
            for part, samples in raw.samples.items()
        ]
    )


def _choose_rule(data: Data, raw: RawData, overlap: Overlap | None) -> tuple[Literal["time", "random"], str]:
    """The rule for samples that have no split yet, and what to tell of it."""
    by_default = "time" if data.window or overlap else "random"
    rule: Literal["time", "random"] = "time" if (data.split.by or by_default) == "time" else "random"
    order = "by time" if rule == "time" else "at random"
    if "all" not in raw.samples:
        missing = [part for part in ("validation", "test") if part not in raw.samples]
        if not missing:
            return rule, "Splits as the source gives them; data.split is not used."
        lacking = " and ".join(f"{part} ({getattr(data.split, part):.0%})" for part in missing)
        return rule, (
            f"The source has no samples for {lacking}: they are taken out of its training samples, {order}; "
            "data.split changes that."
        )
    if data.split.by:
        return rule, ""
    if rule == "random":
        return rule, f"Split at random, since the samples have no order; {_OVERRIDE}."
    if overlap:
        return rule, (
            f"Split by time, since neighbouring samples overlap ({overlap}): the last samples validate and "
            f"test; {_OVERRIDE}."
        )
    return rule, f"Split by time, since the rows have an order: the last rows validate and test; {_OVERRIDE}."


def _overlap_note(overlap: Overlap | None, rule: Literal["time", "random"], parts: list[str]) -> str:
    if overlap is None:
        return ""
    if rule == "random":
        return (
            f"Neighbouring samples overlap ({overlap}), so a random split tests on what was trained on: "
            "skill will look better than it is; set data.split.by: time."
        )
    return (
        f"Left out, since neighbouring samples overlap: the first {overlap.gap} of {' and of '.join(parts)}, "
        "which have steps in common with the split before."
    )


def _check_more_than_gap(name: str, part: str, samples: int, overlap: Overlap) -> None:
    """Check that leaving out what overlaps leaves something; a split without any sample is reported later."""
    if 0 < samples <= overlap.gap:
        raise DataError(
            f"{name}: neighbouring samples overlap ({overlap}), and none of the {samples} samples of the "
            f"{part} split has nothing in common with the split before; enlarge data.split.{part} to more "
            f"than {overlap.gap} samples"
        )
