"""What a study has shown of its best recipe, in words: what was wrong, what it takes, what it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remedy.diagnosis import Stage, all_symptoms
from remedy.fixes import get_fix
from remedy.plan import Plan, Recipe
from remedy.wording.text import skill_text

_A_FEW = 3
_ALTERNATIVES = 2
"""Causes of which nobody can tell which one it is; with more of them none is told better than the others."""

_SCALINGS = {"scaling", "target_scaling"}
_GUARDS = {"clipnorm"}
"""What keeps a loss from diverging and mends no fault of its own. What was never scaled is a fault, even if
it makes the loss diverge only once another fault is mended.
"""


@dataclass(frozen=True)
class Proof:
    """The fixes of the best recipe, sorted by what the ablation says of them.

    Attributes:
        minimal: the smallest recipe; empty if it is not known.
        blamed: what the smallest recipe is stuck without, or, if that is not known, the best one, each with
            what would do instead of it; left out is clipping that only keeps the other fixes from making the
            loss diverge, as the baseline's does not, and what does not explain the baseline (`_is_to_blame`).
        needed: what the best or the smallest recipe does not work without.
        either: fixes of which one is enough, the one in the smallest recipe first.
        rest: what else the smallest recipe holds.
        helpful: the skill that each helpful fix adds, if that is a number.
        by_itself: the skill of what is not part of the smallest recipe, but reaches as much alone.
        neutral: what makes no difference.
        harmful: what does harm.
        needed_elsewhere: what the best recipe needs, but not the smallest one.
        undecided: what there was no time for.
    """

    baseline: Plan
    recipe: Recipe
    minimal: Recipe
    blamed: list[Recipe]
    needed: Recipe
    either: list[Recipe]
    rest: Recipe
    helpful: dict[str, float | None]
    by_itself: dict[str, float]
    neutral: Recipe
    harmful: Recipe
    needed_elsewhere: Recipe
    undecided: Recipe

    def opening(self, stuck: str) -> str:
        """What was wrong and what is enough, as a sentence without a full stop; empty if nothing is known.

        Args:
            stuck: what the loss did, such as "The loss was stuck".
        """
        if blamed := self._causes():
            because = f"{stuck} because {listed(blamed)}"
            return f"{because}: {self._takes()}" if self.minimal else because
        if self.minimal and self.needed:
            return f"{stuck.removesuffix(',')}: {self._takes()}"
        if self.either:
            return capital(self._takes())
        known = self.minimal or (self.recipe if len(self.recipe) == 1 else {})
        cures = self.cures(known)
        if len(cures) > 1:
            together = f"{capital(listed(cures))} together unstick the loss"
            return together if self.undecided else f"{together}, though none of it is needed by itself"
        return capital(f"{cures[0]} is enough") if cures else ""

    def remarks(self) -> Iterator[str]:
        """What is to be said of the other fixes, a clause each."""
        for name, gain in self.helpful.items():
            (cure,) = self.cures({name: self.recipe[name]})
            yield f"{cure} helps" if gain is None else f"{cure} adds {skill_text(gain)}"
        kept = {name: value for name, value in self.rest.items() if name not in self.helpful}
        if kept and (self.needed or self.either):
            yield f"the smallest recipe also has {listed(self.cures(kept))}"
        if self.needed_elsewhere:
            yield f"only the full recipe needs {listed(self.cures(self.needed_elsewhere))}"
        for name, skill in self.by_itself.items():
            (cure,) = self.cures({name: self.recipe[name]})
            yield f"{cure} by itself reaches {skill_text(skill)}, too"
        if self.neutral:
            yield f"{listed(self.cures(self.neutral))} made no difference"
        if self.harmful:
            yield f"{listed(self.cures(self.harmful))} did harm"

    def cures(self, recipe: Recipe, x_and_y: str = "X and y") -> list[str]:
        """What each fix does; the same scaling of X and y is one thing."""
        texts = self._each(recipe)
        kinds = {recipe.get(name) for name in _SCALINGS}
        if len(kinds) == 1 and self._scales_both(recipe):
            kind = "MinMax on" if kinds == {"minmax"} else texts["scaling"].removesuffix(" X")
            texts["scaling"] = f"{kind} {x_and_y}"
            del texts["target_scaling"]
        return [*texts.values()]

    def instead(self) -> list[str]:
        """What does the same as a fix of the smallest recipe."""
        return [cure for one in self.either for cure in [*self._each(one).values()][1:]]

    def untested(self) -> str:
        """The fixes that there was no time for, as the subject of a clause."""
        if len(self.undecided) == len(self.recipe):
            return "its fixes"
        if len(self.undecided) > _A_FEW:
            return f"{len(self.undecided)} of its {len(self.recipe)} fixes"
        return listed(self.cures(self.undecided))

    def _each(self, recipe: Recipe) -> dict[str, str]:
        return {name: get_fix(name).cure(self.baseline, value) for name, value in recipe.items()}

    def _causes(self) -> list[str]:
        certain = {name: value for one in self.blamed if len(one) == 1 for name, value in one.items()}
        both = self._scales_both(certain)
        causes = ["X and y were never scaled"] if both else []
        for one in self.blamed:
            if both and one.keys() <= _SCALINGS:
                continue
            told = [get_fix(name).cause(self.baseline, value) for name, value in one.items()]
            causes.append(listed(dict.fromkeys(told[:_ALTERNATIVES]), "or"))
        return list(dict.fromkeys(causes))

    def _takes(self) -> str:
        choices = [[*self._each(one).values()] for one in self.either]
        takes = self.cures(self.needed, x_and_y="both")
        if not takes and len(choices) == 1 and not self.rest:
            return f"either {listed(choices[0], 'or')} is enough"
        takes += [f"{first} (or {listed(others, 'or')})" for first, *others in choices]
        if len(takes) == 1:
            return f"it takes {takes[0]}" if self.rest else f"{takes[0]} is enough"
        pair = len(takes) == 2 and not takes[0].endswith("both")
        return f"it takes {'both ' if pair else ''}{listed(takes)}"

    def _scales_both(self, recipe: Recipe) -> bool:
        """Whether X and y are scaled, and neither was."""
        before = self.baseline.preprocessing
        return recipe.keys() >= _SCALINGS and before.scaling is None and before.target_scaling is None


def read_proof(
    verdict: Mapping[str, Any], baseline: Plan, symptoms: Sequence[Mapping[str, Any]] = ()
) -> Proof:
    """Sort the fixes of a verdict.

    Args:
        verdict: as in `verdict.json`, with a best recipe.
        baseline: the plan that recipes are applied to.
        symptoms: what the diagnosis found, as in `diagnosis.json`.
    """
    rows: dict[str, Mapping[str, Any]] = {row["fix"]: row for row in verdict["fixes"]}
    values = {name: row["value"] for name, row in rows.items()} or dict(verdict["best"]["recipe"])
    minimal: Recipe = dict((verdict["minimal"] or {}).get("recipe", {}))

    def those(names: Iterable[str]) -> Recipe:
        return {name: values[name] for name in names}

    def with_role(role: str | None) -> list[str]:
        return [name for name, row in rows.items() if row["role"] == role and name not in taken]

    replaceable = {
        name: [other for other in rows[name]["substitutes"] if other in values and other not in minimal]
        for name in minimal
        if name in rows and rows[name]["role"] != "needed"
    }
    either = {name: others for name, others in replaceable.items() if others}
    needed = [
        name
        for name, row in rows.items()
        if (name in minimal or not minimal)
        and name not in either
        and "needed" in {row["role"], row["role_in_minimal"]}
    ]
    stuck = [*needed, *(name for name in either if rows[name]["role_in_minimal"] == "needed")]
    stuck = [name for name in stuck if not _only_guards(rows[name], verdict["baseline"])] or stuck
    diverged = verdict["baseline"]["status"] == "diverged"

    def to_blame(names: list[str]) -> Recipe:
        return {
            name: value
            for name, value in those(names).items()
            if _is_to_blame(name, value, baseline, symptoms, diverged=diverged)
        }

    blamed = [to_blame([name, *either.get(name, ())]) for name in stuck]
    rest = [name for name in minimal if name in values and name not in needed and name not in either]
    taken = {*needed, *either, *(other for others in either.values() for other in others)}
    helpful, undecided = with_role("helpful"), with_role(None)
    taken |= set(rest)
    enough = (verdict["minimal"] or {}).get("skill_low")
    alone = {name: rows[name]["alone"] for name in with_role("neutral") if enough is not None}
    by_itself = {name: skill for name, skill in alone.items() if skill is not None and skill >= enough}
    taken |= by_itself.keys()
    return Proof(
        baseline=baseline,
        recipe=values,
        minimal=minimal,
        blamed=[one for one in blamed if one],
        needed=those(needed),
        either=[those([name, *others]) for name, others in either.items()],
        rest=those(rest),
        helpful={name: rows[name]["drop"] for name in helpful},
        by_itself=by_itself,
        neutral=those(with_role("neutral")),
        harmful=those(with_role("harmful")),
        needed_elsewhere=those(with_role("needed")),
        undecided=those(undecided),
    )


def _is_to_blame(
    name: str, value: Any, baseline: Plan, symptoms: Sequence[Mapping[str, Any]], *, diverged: bool
) -> bool:
    """Whether what a fix changes can be why the baseline is stuck: that a fix helps does not show it.

    It has to explain a loss that diverged, and to treat something that the diagnosis found, if it found
    anything.
    """
    if diverged and not get_fix(name).explains_divergence(baseline, value):
        return False
    treated = [fix for symptom in symptoms if _points_to_a_cause(symptom) for fix in symptom["fixes"]]
    return name in treated or not treated


def _points_to_a_cause(symptom: Mapping[str, Any]) -> bool:
    """Whether a finding is more than advice, and more than the outcome of whatever is wrong."""
    known = all_symptoms().get(symptom["name"])
    return symptom["severity"] != "advice" and (known is None or known.stage is not Stage.OUTCOME)


def _only_guards(row: Mapping[str, Any], baseline: Mapping[str, Any]) -> bool:
    """Whether the fix is a guard, and the loss diverges without it, as that of the baseline does not."""
    diverges = row.get("without_status") == "diverged" and baseline["status"] != "diverged"
    return diverges and row["fix"] in _GUARDS


def listed(items: Iterable[str], last: str = "and") -> str:
    """Items as a person would list them.

    >>> listed(["X", "y", "the rate"]), listed(["this", "that"], "or")
    ('X, y and the rate', 'this or that')
    """
    *few, end = items
    return f"{', '.join(few)} {last} {end}" if few else end


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]
