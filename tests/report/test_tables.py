"""The tables behind the charts, where studies are unusual."""

from __future__ import annotations

from typing import Any

import pytest

from remedy.report import tables
from remedy.report.charts import confusion, time_gradients, to_spec
from remedy.report.gather import BASELINE, BEST
from remedy.results.comparison_file import Comparison, Side


def _measured(**gradients: float | None) -> dict[str, Any]:
    layers = [{"name": name, "gradient_start": gradient} for name, gradient in gradients.items()]
    return {"layers": layers, "through_time": []}


def _comparison(
    truth: list[list[float]], best: Side, baseline: Side | None = None, **more: Any
) -> Comparison:
    given: dict[str, Any] = {"outputs": ["a", "b"], "classes": [], "in_order": False} | more
    rows = list(range(len(truth)))
    return Comparison(rows=rows, samples=len(rows), truth=truth, baseline=baseline, best=best, **given)


def test_layers_stand_in_the_order_of_the_model_even_if_one_has_no_gradient() -> None:
    best = Side({}, 0, [], _measured(dense=1.0, norm=2.0, output=3.0))
    table, order = tables.layer_gradients(
        {"measured": _measured(dense=0.0, output=5.0)}, _comparison([], best)
    )
    assert order == ["dense", "norm", "output"]
    assert list(table["layer"]) == ["output", "dense", "norm", "output"]
    assert list(table["whose"]) == [BASELINE, BEST, BEST, BEST]


def test_labels_that_can_hold_together_are_counted_each() -> None:
    side = Side({}, 0, [[0.9, 0.2], [0.4, 0.8], [0.7, 0.6]])
    found = tables.confusions(_comparison([[1, 0], [1, 1], [0, 1]], side), "multilabel")
    assert [title for title, _ in found] == ["a, best recipe", "b, best recipe"]
    assert [list(table["count"]) for _, table in found] == [[0, 1, 1, 1], [1, 0, 0, 2]]


def test_classes_are_counted_for_both_trainings() -> None:
    best, before = Side({}, 0, [[0.1, 0.9], [0.8, 0.2]]), Side({}, 0, [[0.6, 0.4], [0.6, 0.4]])
    compared = _comparison([[1], [0]], best, before, classes=["no", "yes"])
    found = dict(tables.confusions(compared, "multiclass"))
    assert list(found[BASELINE]["count"]) == [1, 0, 1, 0]
    assert list(found[BEST]["share"]) == [1.0, 0.0, 0.0, 1.0]


def test_an_output_of_a_model_that_has_no_class_is_counted_as_such() -> None:
    side = Side({}, 0, [[0.1, 0.2, 0.7], [0.8, 0.1, 0.1]])
    [(_, table)] = tables.confusions(_comparison([[1], [0]], side, classes=["no", "yes"]), "multiclass")
    assert list(table["predicted"]) == ["no", "yes", "no such class"] * 2
    assert list(table["count"]) == [1, 0, 0, 0, 0, 1]
    assert {"sort": ["no", "yes", "no such class"]}.items() <= to_spec(confusion(table, "best"))["layer"][0][
        "encoding"
    ]["x"].items()


def test_a_gradient_that_vanishes_through_time_is_told_and_turns_no_axis_round() -> None:
    before = {"layers": [], "through_time": [{"input": "X", "first": 0.0, "last": 0.3}]}
    after = {"layers": [], "through_time": [{"input": "X", "first": 0.2, "last": 0.5}]}
    compared = _comparison([], Side({}, 0, [], after))
    table = tables.time_gradients({"measured": before}, compared)
    assert list(table["at"]) == ["last tenth", "first tenth", "last tenth"]
    assert to_spec(time_gradients(table))["encoding"]["x"]["sort"] == ["first tenth", "last tenth"]
    assert tables.without_time_gradient({"measured": before}, compared) == [(BASELINE, "first tenth")]


def test_of_many_fixes_those_that_matter_most_have_an_axis() -> None:
    names = [f"fix{number}" for number in range(15)]
    effects = [{"fix": name, "importance": float(number)} for number, name in enumerate(names)]
    rows: list[Any] = [
        {"trial": trial, "status": "learning", "skill": 0.5}
        | {name: trial * number for number, name in enumerate(names)}
        for trial in range(3)
    ]
    space = tables.search_space(rows, names, effects)
    assert space.axes == 12
    assert space.left_out == 3
    assert list(dict.fromkeys(space.lines["axis"])) == [*names[4:], "skill"]
    assert len(space.lines) == 3 * 12


def test_numbers_lie_on_their_scale_and_off_is_below() -> None:
    rows: list[Any] = [
        {"trial": number, "status": "flat", "skill": skill, "learning_rate": rate, "scaling": scaling}
        for number, (skill, rate, scaling) in enumerate(
            [
                (0.9, None, "minmax"),
                (0.4, 1e-5, None),
                (-7.0, 1e-3, "standard"),
                (None, 1e-1, None),
                (1.5, 1e-1, None),
            ]
        )
    ]
    space = tables.search_space(rows, ["learning_rate", "scaling"], [])
    lines = {axis: list(part["place"]) for axis, part in space.lines.groupby("axis")}
    assert lines["learning\nrate"] == pytest.approx([0.0, 0.2, 0.6, 1.0], abs=0.04)
    assert lines["scaling"] == pytest.approx([0.5, 0.0, 1.0, 0.0], abs=0.04)
    assert lines["skill"] == [0.9, 0.4, 0.0, 1.0]
    labels = space.labels.query("axis == 'learning\\nrate'")
    assert list(labels["label"]) == ["off", "1e-05", "0.001", "0.1"]
