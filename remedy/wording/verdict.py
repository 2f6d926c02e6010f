"""The verdict as a person would say it, in one line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from remedy.ablation import TOLERANCE
from remedy.plan import Plan
from remedy.results.decision import PLATEAU
from remedy.results.trials_file import Row, recipe_of
from remedy.wording.cure import Proof, capital, read_proof
from remedy.wording.skills import interval_text, probe_text, status_text
from remedy.wording.text import count_text, skill_text

_STUCK = {
    "diverged": "The loss diverged",
    "learning": "The loss was stuck with some seeds",
    "oscillating": "The loss swung up and down",
    "overfit": "The model overfitted",
}

_A_FEW = 3
_A_SEARCH = 20
"""Trials of which less is hardly a search."""

_LITTLE = 0.05
"""A gain of no more skill than this is called little, whatever side of a threshold it ends on."""

_LOOK_AT_TEST_ROWS = (
    "Compare the test rows with those trained on. Where rows follow in time, a trend takes later "
    "ones out of the range that was learned: differences in place of levels may help."
)


def sentence(
    verdict: Mapping[str, Any],
    rows: Sequence[Row],
    baseline: Plan,
    diagnosis: Mapping[str, Any] | None = None,
) -> str:
    """The verdict's name and what it means, in one line.

    A cause is named only where the ablation has shown it, and where it fits what the loss did and what the
    diagnosis found: a recipe that works does not tell why.

    Args:
        verdict: as in `verdict.json`.
        rows: the ranked trials.
        baseline: the plan that recipes are applied to.
        diagnosis: as in `diagnosis.json`; `None` if there is none.
    """
    match verdict["verdict"]:
        case "unstuck" | "undertrained":
            symptoms = diagnosis["symptoms"] if diagnosis else ()
            proof = read_proof(verdict, baseline, symptoms)
            text = _cured(verdict, proof, [*_suspected(proof, symptoms), *_another_way(verdict, proof, rows)])
        case "already_learning":
            text = _fine(verdict)
        case "no_signal":
            text = _nothing_to_learn(verdict, baseline)
        case _:
            text = _still_stuck(verdict, rows)
    return f"{verdict['verdict'].replace('_', ' ')}: {text}"


def _cured(verdict: Mapping[str, Any], proof: Proof, remarks: Sequence[str]) -> str:
    before, best, minimal = verdict["baseline"], verdict["best"], verdict["minimal"]
    opening = _too_short(proof) if verdict["verdict"] == "undertrained" else proof.opening(_stuck(verdict))
    result = minimal or best
    told = [f"Skill {interval_text(result)} against {_before(before, short=bool(opening))}"]
    if result["learning"] < result["seeds"]:
        told[0] += f", {result['learning']} of {result['seeds']} seeds learning"
    whole = not minimal or minimal["recipe"] == best["recipe"]
    # Folders of earlier versions hold no test skill of the smallest recipe.
    tested = result if result.get("test_skill") is not None else best
    if tested["test_skill"] is not None:
        of_what = "test skill" if whole or tested is result else "test skill of the full recipe"
        told[0] += f", {of_what} {skill_text(tested['test_skill'])}"
    if not whole and _reaches_more(best, minimal):
        told.append(f"the full recipe reaches {interval_text(best)}")
    if verdict["verdict"] == "undertrained":
        told += [f"{cure} does it, too" for cure in proof.instead()]
    if not _exceeds(_gain(result, before), _LITTLE):
        probe = verdict["learnability"]
        told.append("that is little more than before" + (f", and {_reach(probe)}" if probe else ""))
    told += [*proof.remarks(), *remarks]
    told += _untested(verdict["ablation"], proof, bool(minimal))
    sentences = [opening, *told] if opening else told
    return " ".join(f"{capital(one)}." for one in sentences)


def _suspected(proof: Proof, symptoms: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the diagnosis held for the likeliest cause, if the smallest recipe does without treating it."""
    errors = [symptom for symptom in symptoms if symptom["severity"] == "error" and symptom["fixes"]]
    taken = {*proof.minimal, *(name for one in proof.either for name in one)}
    if not proof.minimal or not errors or taken & set(errors[0]["fixes"]):
        return []
    return [f"what the diagnosis named first need not be treated ({errors[0]['cause']})"]


def _another_way(verdict: Mapping[str, Any], proof: Proof, rows: Sequence[Row]) -> list[str]:
    """The first trial that was as good without a fix of the smallest recipe, if nothing else tells of it."""
    told = {*proof.minimal, *proof.by_itself, *(name for one in proof.either for name in one)}
    if not proof.minimal or verdict["minimal"]["skill"] is None:
        return []
    for row in rows:
        skill, others = row["skill"], list(recipe_of(row))
        if not isinstance(skill, int | float) or skill < verdict["minimal"]["skill"] - TOLERANCE:
            continue
        if row["status"] == "learning" and others and not told & set(others):
            few = ", ".join(others[:_A_FEW]) + (", ..." if len(others) > _A_FEW else "")
            return [f"trial {row['trial']} reached {skill_text(skill)} with other fixes ({few})"]
    return []


def _reaches_more(best: Mapping[str, Any], minimal: Mapping[str, Any]) -> bool:
    """Whether the full recipe is above the smallest one's interval, by more than is lost in rounding."""
    shown = [skill_text(result["skill"]) for result in (best, minimal)]
    return _exceeds(best["skill"], minimal["skill_high"]) and shown[0] != shown[1]


def _stuck(verdict: Mapping[str, Any]) -> str:
    before, probe = verdict["baseline"], verdict["learnability"]
    if before["status"] != "plateaued":
        return _STUCK.get(before["status"], "The loss was stuck")
    stuck = f"The loss was stuck at skill {skill_text(before['skill'])}"
    return f"{stuck}, while {probe_text(probe)} reaches {skill_text(probe['skill'])}," if probe else stuck


def _too_short(proof: Proof) -> str:
    epochs = {name: value for name, value in (proof.minimal or proof.recipe).items() if name == "epochs"}
    (cure,) = proof.cures(epochs) or ["a longer training"]
    return f"The training was only too short: {cure} is enough"


def _untested(ablation: str | None, proof: Proof, minimal: bool) -> list[str]:
    if ablation == "unfinished" and (proof.undecided or not minimal):
        what = f"{proof.untested()} could be tested" if proof.undecided else "the smallest recipe was found"
        return [f"the time ran out before {what}", "the same command goes on"]
    if ablation == "off" and not minimal and len(proof.recipe) > 1:
        return ["what of the recipe is needed was not tested (the ablation is off)"]
    return [f"whether {proof.untested()} matters was not tested"] if proof.undecided and minimal else []


def _fine(verdict: Mapping[str, Any]) -> str:
    baseline, probe = verdict["baseline"], verdict["learnability"]
    test = baseline["test_skill"]
    tested = "" if test is None else f" and test skill {skill_text(test)}"
    told = f"The baseline is fine with skill {skill_text(baseline['skill'])}{tested}; nothing was changed."
    if _is_lost_on_test(baseline):
        told += " What it has learned does not hold on the test rows."
    if _may_reach_more(verdict):
        told += f" There may be more to learn: {_reach(probe)}."
    return told


def _is_lost_on_test(result: Mapping[str, Any]) -> bool:
    return result["test_skill"] is not None and not _exceeds(result["test_skill"], 0.0)


def _may_reach_more(verdict: Mapping[str, Any]) -> bool:
    """Whether a simple model stays ahead of a fine baseline, though that may be chance."""
    probe = verdict["learnability"]
    if verdict["verdict"] != "already_learning" or probe is None:
        return False
    return PLATEAU < _gain(probe, verdict["baseline"]) < math.inf


def _gain(result: Mapping[str, Any], before: Mapping[str, Any]) -> float:
    """The skill that is won; any amount where there was none that could be told."""
    if result["skill"] is None or before["skill"] is None:
        return math.inf
    gain: float = result["skill"] - before["skill"]
    return gain


def _reach(probe: Mapping[str, Any]) -> str:
    return f"{probe_text(probe)} reaches {interval_text(probe)}"


def _nothing_to_learn(verdict: Mapping[str, Any], baseline: Plan) -> str:
    trials, probe = verdict["cost"]["trials"], verdict["learnability"]
    seen = f"no recipe of {count_text(trials, 'trial')} proved better than a constant"
    if probe is not None:
        best = f"{probe_text(probe)}: {interval_text(probe, ', ')}"
        seen += f", nor did a simple model (the best is {best})"
    series = any(len(shape) == 2 for shape in baseline.data.input_shapes.values())
    where = "features, target and window" if series else "features and target"
    return f"There seems to be nothing to learn here: {seen}. Look at {where}, not at the training."


def _still_stuck(verdict: Mapping[str, Any], rows: Sequence[Row]) -> str:
    before, best, probe = verdict["baseline"], verdict["best"], verdict["learnability"]
    seen = _confirmed(best) if best is not None else _unconfirmed(rows)
    tried = "no recipe unstuck the loss" if best is None else "no recipe held up under fresh seeds"
    if fails_on_test(verdict):
        tried = "what the best recipe learns does not hold on the test rows"
    elif _is_no_surer(verdict):
        tried = (
            f"the baseline learns with {before['learning']} of {before['seeds']} seeds, and no recipe beats "
            "it with most of the seeds that both were trained with"
        )
    elif has_signal(verdict):
        what = "more" if before["status"] == "plateaued" else "something"
        signal = f"there is {what} to learn ({probe_text(probe)}: skill {interval_text(probe, ', ')})"
        tried = f"{signal}, but no recipe in the budget caught it"
    return f"{capital(tried)}: {seen}, against {_before(before)}."


def advice(verdict: Mapping[str, Any]) -> str | None:
    """What may help a loss that is still stuck, or get more of a baseline that is fine; else nothing."""
    if _may_reach_more(verdict):
        wanted = verdict["baseline"]["skill"] + PLATEAU
        return (
            "To have recipes searched for all the same, ask for more skill: "
            f"--set thresholds.min_skill={wanted:.2f} --fresh"
        )
    if verdict["verdict"] == "already_learning" and _is_lost_on_test(verdict["baseline"]):
        return _LOOK_AT_TEST_ROWS
    if verdict["verdict"] != "still_stuck":
        return None
    trials = max(2 * verdict["cost"]["trials"], _A_SEARCH)
    budget = f"A larger budget may find a recipe (--trials {trials}, or more training.epochs)"
    if fails_on_test(verdict):
        return _LOOK_AT_TEST_ROWS
    if _is_no_surer(verdict):
        return (
            f"Trial {verdict['best']['trial']} may well be a cure. Train it and the baseline with more "
            "seeds: where a loss is stuck with some only, it takes many to tell the two apart."
        )
    if has_signal(verdict):
        return f"{budget}, and so may fixes that were not tried."
    return (
        f"{budget}. If it does not, look at the data: do the features tell anything about the target, "
        "and are there enough rows?"
    )


def choice_text(verdict: Mapping[str, Any]) -> str | None:
    """How the best recipe was chosen among those that were trained with fresh seeds.

    Returns:
        `None` if there was no choice.
    """
    # Folders of earlier versions do not hold the others.
    first, *others = verdict.get("confirmed") or [None]
    if not others:
        return None
    told = [f"trial {result['trial']} {interval_text(result, digits=3)}" for result in (first, *others)]
    chosen = verdict["best"] and verdict["best"]["trial"] == first["trial"] and first["skill_low"] is not None
    why = ", best as its lower bound is the highest" if chosen else ""
    return f"trained with fresh seeds: {told[0]}{why}; {'; '.join(told[1:])}"


def persistence_text(verdict: Mapping[str, Any]) -> str | None:
    """How the smallest or best recipe, or a baseline that is fine, compares with repeating the last value.

    Returns:
        `None` where there is none to repeat.
    """
    fine = verdict["verdict"] == "already_learning"
    shown = [verdict["baseline"]] if fine else [verdict["minimal"], verdict["best"]]
    # Folders of earlier versions hold no metrics of baselines and smallest recipes.
    metrics: Mapping[str, float] = next((one["metrics"] for one in shown if one and one.get("metrics")), {})
    skill = metrics.get("skill_against_persistence")
    if skill is None:
        return None
    if skill < 0:
        worse = f"worse than repeating the last value (skill against persistence {skill_text(skill)})"
        if verdict["verdict"] in {"no_signal", "still_stuck"}:
            return worse
        return f"warning: {worse}: the model learns, but is of no use as a forecast yet"
    return f"skill against persistence (repeating the last value): {skill_text(skill)}"


def fails_on_test(verdict: Mapping[str, Any]) -> bool:
    """Whether the best recipe learns with most fresh seeds, but is no better than a constant on test rows."""
    best = verdict["best"]
    if best is None or best["test_skill"] is None:
        return False
    return (
        _exceeds(best["skill_low"], 0.0)
        and best["learning"] > best["seeds"] / 2
        and not _exceeds(best["test_skill"], 0.0)
    )


def _is_no_surer(verdict: Mapping[str, Any]) -> bool:
    """Whether the best recipe would do, if the baseline did not learn with some seeds, too."""
    before, best = verdict["baseline"], verdict["best"]
    if best is None or before["status"] == "plateaued" or not before.get("learning"):
        return False
    return best["learning"] > best["seeds"] / 2 and _exceeds(best["skill_low"], 0.0)


def has_signal(verdict: Mapping[str, Any]) -> bool:
    """Whether a simple model is surely better than a constant."""
    probe = verdict["learnability"]
    return probe is not None and _exceeds(probe["skill_low"], 0.0)


def _confirmed(best: Mapping[str, Any]) -> str:
    test = "" if best["test_skill"] is None else f", test skill {skill_text(best['test_skill'])}"
    learning = f"{best['learning']} of {best['seeds']} fresh seeds learning{test}"
    return f"the best has skill {interval_text(best)}, {learning}"


def _unconfirmed(rows: Sequence[Row]) -> str:
    seen = f"none of {count_text(len(rows), 'trial')} moved the loss enough to be confirmed"
    if not rows:
        return seen
    first = next((row for row in rows if recipe_of(row)), rows[0])  # the baseline itself is no recipe
    skill = first["skill"]
    shown = skill_text(skill if isinstance(skill, int | float) else None)
    return f"{seen}; the best, trial {first['trial']}, has skill {shown} ({first['status']})"


def _before(baseline: Mapping[str, Any], *, short: bool = False) -> str:
    if baseline["skill"] is None and baseline.get("learning"):
        return f"a baseline that learns with {baseline['learning']} of {baseline['seeds']} seeds"
    if baseline["skill"] is None:
        return f"a baseline that has none ({baseline['status']})"
    skill = skill_text(baseline["skill"])
    return skill if short else f"{skill} for the baseline ({status_text(baseline)})"


def _exceeds(value: float | None, bound: float | None) -> bool:
    return value is not None and bound is not None and value > bound
