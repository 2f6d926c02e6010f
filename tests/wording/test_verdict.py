"""What a verdict says in one line, and that it claims no more than has been shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.fixes import builtin_fixes, corners
from remedy.fixes.catalogue import EXAMPLE
from remedy.results.trials_file import Row
from remedy.wording.verdict import advice, choice_text, persistence_text, sentence

ROWS: list[Row] = [{"rank": 1, "trial": 5, "status": "flat", "skill": 0.03}]
DIVERGED = {"status": "diverged", "skill": None}
VALUES: dict[str, Any] = {
    "scaling": "minmax",
    "target_scaling": "minmax",
    "kernel_initializer": "glorot_uniform",
    "clipnorm": 1.0,
    "batch_normalization": True,
    "learning_rate": 0.0032,
    "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5},
    "epochs": "x5",
}


def fix(name: str, role: str | None, **changes: Any) -> dict[str, Any]:
    figures = {"alone": 0.5, "without": 0.2, "drop": 0.04, "drop_low": 0.02, "drop_high": 0.06}
    plain: dict[str, Any] = {"fix": name, "value": VALUES[name], "role": role, **figures}
    plain |= {"in_minimal": role == "needed", "role_in_minimal": None, "without_status": "flat"}
    return plain | {"substitutes": []} | changes


def proved(*fixes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The verdict `unstuck` with these fixes in the best recipe."""
    seeds = {"seeds": 5, "learning": 5}
    recipe = {one["fix"]: one["value"] for one in fixes}
    smallest = {one["fix"]: one["value"] for one in fixes if one["in_minimal"]}
    verdict: dict[str, Any] = {
        "verdict": "unstuck",
        "baseline": {"status": "flat", "skill": -0.003, "test_skill": -0.01},
        "best": {"trial": 7, "recipe": recipe, "skill": 0.91, "skill_low": 0.9, "skill_high": 0.93, **seeds}
        | {"test_skill": 0.89, "metrics": {}},
        "minimal": {"recipe": smallest, "skill": 0.91, "skill_low": 0.9, "skill_high": 0.92, **seeds},
        "fixes": list(fixes),
        "effects": [],
        "learnability": None,
        "ablation": "done",
        "cost": {"trials": 60, "seconds": 1.0, "baseline_seconds": 1.0, "first_unstuck_seconds": 1.0},
    }
    for key, change in changes.items():
        partial = isinstance(change, dict) and isinstance(verdict[key], dict)
        verdict[key] = verdict[key] | change if partial else change
    return verdict


def say(verdict: dict[str, Any], rows: list[Row] = ROWS, symptoms: list[dict[str, Any]] | None = None) -> str:
    diagnosis = None if symptoms is None else {"symptoms": symptoms}
    return sentence(verdict, rows, EXAMPLE, diagnosis)


def symptom(cause: str, *fixes: str, severity: str = "error") -> dict[str, Any]:
    return {"name": "of_a_kind", "severity": severity, "cause": cause, "fixes": list(fixes)}


SCALING, TARGET = fix("scaling", "needed"), fix("target_scaling", "needed")
XAVIER, CLIPPING = fix("kernel_initializer", "neutral"), fix("clipnorm", "neutral")
EITHER = (
    fix("scaling", "neutral", in_minimal=True, role_in_minimal="needed", substitutes=["batch_normalization"]),
    fix("batch_normalization", "neutral", substitutes=["scaling"]),
)


def test_the_whole_answer() -> None:
    assert say(proved(SCALING, TARGET, XAVIER, CLIPPING)) == (
        "unstuck: The loss was stuck because X and y were never scaled: MinMax on both is enough. Skill 0.91 "
        "(0.90 to 0.92) against 0.00, test skill of the full recipe 0.89. Xavier (glorot_uniform) "
        "initialisation and clipping gradients at norm 1 made no difference."
    )


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        ((fix("learning_rate", "needed"),), "the learning rate of 0.001 was too low: a learning rate of"),
        ((SCALING,), "because X was never scaled: MinMax scaling of X is enough."),
        (
            (SCALING, TARGET | {"value": "standard"}),
            "X and y were never scaled: it takes both MinMax scaling of X and standard scaling of y.",
        ),
        (
            (SCALING, TARGET, fix("learning_rate", "needed")),
            "was too low: it takes MinMax on both and a learning rate of 0.0032.",
        ),
        (
            (SCALING, fix("learning_rate", "needed"), fix("clipnorm", "needed")),
            "it takes MinMax scaling of X, a learning rate of 0.0032 and clipping gradients at norm 1.",
        ),
        (
            EITHER,
            "because X was never scaled or nothing normalised what flows between the layers: "
            "either MinMax scaling of X or batch normalisation is enough.",
        ),
        (
            (*EITHER, fix("learning_rate", "needed")),
            "it takes both a learning rate of 0.0032 and MinMax scaling of X (or batch normalisation).",
        ),
    ],
)
def test_what_was_wrong_and_what_it_takes(fixes: tuple[dict[str, Any], ...], expected: str) -> None:
    assert expected in say(proved(*fixes))


def test_a_substitute_without_which_most_seeds_learn_is_no_cause() -> None:
    helpful = {"role_in_minimal": "helpful"}
    text = say(proved(SCALING, *(one | helpful for one in (fix("clipnorm", "neutral", in_minimal=True),))))
    assert "because X was never scaled: it takes MinMax scaling of X" in text
    pair = (EITHER[0] | helpful, EITHER[1])
    assert "unstuck: Either MinMax scaling of X or batch normalisation is enough." in say(proved(*pair))


def test_what_only_keeps_the_other_fixes_from_diverging_is_no_cause() -> None:
    guard = fix("clipnorm", "needed", without_status="diverged")
    text = say(proved(fix("learning_rate", "needed"), guard))
    assert "because the learning rate of 0.001 was too low: it takes both a learning rate of" in text
    assert " and clipping gradients at norm 1. Skill" in text
    assert "never clipped" not in text
    diverged = proved(SCALING, guard, baseline=DIVERGED)
    assert "because X was never scaled and gradients were never clipped: it" in say(diverged)
    assert "because gradients were never clipped:" in say(proved(guard))


def test_a_fault_that_shows_only_once_another_is_mended_is_a_cause_all_the_same() -> None:
    text = say(proved(SCALING, TARGET | {"without_status": "diverged"}))
    assert "because X and y were never scaled: MinMax on both is enough." in text


def test_a_rate_that_was_too_low_is_not_why_a_loss_diverged() -> None:
    text = say(proved(fix("learning_rate", "needed"), baseline=DIVERGED))
    assert text.startswith("unstuck: The loss diverged: a learning rate of 0.0032 is enough. Skill")
    text = say(proved(SCALING, fix("learning_rate", "needed"), baseline=DIVERGED))
    assert "The loss diverged because X was never scaled: it takes both MinMax scaling of X and a lea" in text
    too_high = fix("learning_rate", "needed", value=0.0001)
    assert "The loss diverged because the learning rate of 0.001 was too high:" in say(
        proved(too_high, baseline=DIVERGED)
    )


def test_a_plateaued_loss_without_a_known_cause() -> None:
    probe = {"probe": "ridge", "skill": 0.7, "skill_low": 0.6, "skill_high": 0.8}
    verdict = proved(
        fix("learning_rate", "needed"), baseline={"status": "plateaued", "skill": 0.4}, learnability=probe
    )
    text = say(verdict, symptoms=[symptom("X is unscaled", "scaling", severity="warning")])
    assert (
        "stuck at skill 0.40, while ridge regression reaches 0.70: a learning rate of 0.0032 is eno" in text
    )


def test_a_cause_is_told_only_if_the_diagnosis_found_what_the_fix_treats() -> None:
    rate, unscaled = proved(fix("learning_rate", "needed")), symptom("y is around 4,000", "target_scaling")
    assert "The loss was stuck: a learning rate of 0.0032 is enough." in say(rate, symptoms=[unscaled])
    steps = symptom("steps are tiny", "optimizer", "learning_rate", severity="warning")
    assert "because the learning rate of 0.001 was too low" in say(rate, symptoms=[unscaled, steps])
    outcome = steps | {"name": "cannot_overfit_one_batch"}
    assert "The loss was stuck: a learning rate of 0.0032" in say(rate, symptoms=[unscaled, outcome])
    only_advice = symptom("rows follow in time", "target_scaling", severity="advice")
    assert "because the learning rate of 0.001 was too low" in say(rate, symptoms=[only_advice])
    assert "because the learning rate of 0.001 was too low" in say(rate, symptoms=[])


def test_of_two_fixes_of_which_one_is_enough_the_diagnosed_one_tells_the_cause() -> None:
    text = say(proved(*EITHER), symptoms=[symptom("X is unscaled", "scaling")])
    assert "because X was never scaled: either MinMax scaling of X or batch normalisation is enough" in text


def test_where_cure_and_diagnosis_differ_that_is_told() -> None:
    both = [symptom("y is around 4,000", "target_scaling"), symptom("X is around 60", "scaling")]
    told = "What the diagnosis named first need not be treated (y is around 4,000)"
    assert told in say(proved(SCALING), symptoms=both)
    assert told not in say(proved(SCALING), symptoms=both[::-1])
    assert told not in say(proved(SCALING, TARGET), symptoms=both)
    either = (EITHER[0] | {"substitutes": ["target_scaling"]}, TARGET | {"role": "neutral"})
    assert told not in say(proved(*either, minimal={"recipe": {"scaling": "minmax"}}), symptoms=both)


def test_a_trial_that_was_as_good_with_other_fixes_is_told() -> None:
    rate: Row = {"trial": 4, "status": "learning", "skill": 0.9, "scaling": None, "learning_rate": 0.01}
    told = "Trial 4 reached 0.90 with other fixes (learning_rate)"
    assert told in say(proved(SCALING), [rate])
    changes: list[Row] = [
        {"skill": 0.88},
        {"status": "overfit"},
        {"scaling": "standard"},
        {"learning_rate": None},
    ]
    for change in changes:
        assert "rial 4" not in say(proved(SCALING), [rate | change]), change
    assert "rial 4" not in say(proved(SCALING, fix("learning_rate", "neutral", alone=0.95)), [rate])


def test_a_pair_of_substitutes_is_not_said_to_make_no_difference() -> None:
    assert "no difference" not in say(proved(*EITHER))


def test_needed_only_where_nothing_is_left_to_stand_in() -> None:
    idle = fix("scaling", "neutral", in_minimal=True, role_in_minimal="needed")
    text = say(proved(idle, fix("batch_normalization", "neutral"), XAVIER))
    assert "because X was never scaled: MinMax scaling of X is enough." in text


def test_a_recipe_that_is_needed_as_a_whole_has_no_cause() -> None:
    text = say(proved(*(fix(name, "neutral", in_minimal=True) for name in ("scaling", "clipnorm")), XAVIER))
    assert "because" not in text
    assert "MinMax scaling of X and clipping gradients at norm 1 together unstick the loss, though" in text
    assert "Xavier (glorot_uniform) initialisation made no difference." in text


def test_what_helps_and_what_does_harm() -> None:
    text = say(
        proved(
            SCALING, fix("batch_normalization", "helpful"), fix("reduce_lr_on_plateau", "harmful", drop=-0.1)
        )
    )
    assert "Batch normalisation adds 0.04. Lowering the learning rate on plateaus did harm." in text


def test_what_would_do_alone_is_not_said_to_make_no_difference() -> None:
    text = say(proved(SCALING, fix("learning_rate", "neutral", alone=0.95), CLIPPING))
    assert (
        "A learning rate of 0.0032 by itself reaches 0.95, too. Clipping gradients at norm 1 made no" in text
    )


def test_a_helpful_part_of_the_smallest_recipe_is_not_enough_left_out() -> None:
    text = say(proved(SCALING, fix("batch_normalization", "helpful", in_minimal=True)))
    assert "it takes MinMax scaling of X. " in text
    assert "Batch normalisation adds 0.04" in text


def test_needed_by_the_full_recipe_only_is_no_cause() -> None:
    text = say(proved(SCALING, fix("clipnorm", "needed", in_minimal=False)))
    assert "clipped" not in text
    assert "Only the full recipe needs clipping gradients at norm 1" in text


def test_the_skill_of_the_full_recipe_if_it_is_better() -> None:
    better = {"skill": 0.96, "skill_low": 0.95, "skill_high": 0.97}
    assert "The full recipe reaches 0.96 (0.95 to 0.97)" in say(proved(SCALING, XAVIER, best=better))
    hardly = {"skill": 0.914, "skill_low": 0.91, "skill_high": 0.92}
    close = {"skill": 0.909, "skill_low": 0.908, "skill_high": 0.912}
    assert "reaches" not in say(proved(SCALING, XAVIER, best=hardly, minimal=close))
    assert "reaches" not in say(proved(SCALING, XAVIER))
    assert "reaches" not in say(proved(SCALING, best=better))


def test_seeds_that_did_not_learn_are_counted() -> None:
    assert ", 4 of 5 seeds learning, test" in say(proved(SCALING, minimal={"learning": 4}))


def test_without_ablation_nothing_is_claimed() -> None:
    fixes = [fix(name, None, in_minimal=False) for name in ("scaling", "clipnorm")]
    assert say(proved(*fixes, ablation="off", minimal=None)) == (
        "unstuck: Skill 0.91 (0.90 to 0.93) against 0.00 for the baseline (flat), test skill 0.89. "
        "What of the recipe is needed was not tested (the ablation is off)."
    )
    assert say(proved(*fixes, ablation="off", minimal=None)) == say(
        proved(
            fixes=[], ablation="off", minimal=None, best={"recipe": {"scaling": "minmax", "clipnorm": 1.0}}
        )
    )


def test_a_single_fix_needs_no_ablation_to_be_enough() -> None:
    text = say(proved(fix("scaling", None, in_minimal=False), ablation="off", minimal=None))
    assert text.startswith("unstuck: MinMax scaling of X is enough. Skill 0.91")
    assert "not tested" not in text


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        (
            (SCALING, fix("clipnorm", None)),
            "before clipping gradients at norm 1 could be tested. The same comm",
        ),
        ((SCALING, XAVIER), "before the smallest recipe was found. The same command goes on."),
        ((fix("scaling", None), fix("clipnorm", None)), "before its fixes could be tested. The same command"),
    ],
)
def test_an_ablation_that_the_time_ended(fixes: tuple[dict[str, Any], ...], expected: str) -> None:
    text = say(proved(*fixes, ablation="unfinished", minimal=None))
    assert expected in text
    assert "enough" not in text
    assert ("because X was never scaled. Skill" in text) == (fixes[0]["role"] == "needed")


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ({"status": "diverged", "skill": None}, "The loss diverged because X was never scaled"),
        ({"status": "diverged", "skill": None}, "against a baseline that has none (diverged), test skill"),
        ({"status": "overfit"}, "The model overfitted because"),
        ({"status": "oscillating"}, "The loss swung up and down because"),
        ({"status": "slow"}, "The loss was stuck because"),
        (
            {"status": "plateaued", "skill": 0.4},
            "stuck at skill 0.40, while gradient boosting reaches 0.70, because",
        ),
    ],
)
def test_what_the_loss_did(baseline: dict[str, Any], expected: str) -> None:
    probe = {"probe": "gradient_boosting", "skill": 0.7, "skill_low": 0.6, "skill_high": 0.8}
    assert expected in say(proved(SCALING, baseline=baseline, learnability=probe))


def test_undertrained() -> None:
    text = say(proved(fix("epochs", "needed"), XAVIER, verdict="undertrained"))
    assert text.startswith(
        "undertrained: The training was only too short: 5 times the epochs (150) is enough. Skill 0.91"
    )
    assert text.endswith("Xavier (glorot_uniform) initialisation made no difference.")


def test_the_test_skill_is_that_of_the_smallest_recipe() -> None:
    text = say(proved(SCALING, XAVIER, minimal={"test_skill": 0.87}))
    assert "(0.90 to 0.92) against 0.00, test skill 0.87. Xavier" in text


def test_a_baseline_that_diverges_with_one_seed_is_not_said_to_have_no_skill_at_all() -> None:
    before = {"status": "learning", "skill": None, "seeds": 3, "learning": 2}
    assert "against a baseline that learns with 2 of 3 seeds, test" in say(proved(SCALING, baseline=before))


@pytest.mark.parametrize("name", ["no_signal", "still_stuck", "unstuck"])
def test_what_does_not_learn_is_not_said_to_learn(name: str) -> None:
    verdict = proved(SCALING, verdict=name, best={"metrics": {"skill_against_persistence": -3.2}})
    text = str(persistence_text(verdict | {"minimal": None}))
    assert "worse than repeating the last value (skill against persistence -3.20)" in text
    assert ("the model learns" in text) is (name == "unstuck")


def test_persistence_is_that_of_the_smallest_recipe() -> None:
    of_both = {"best": {"metrics": {"skill_against_persistence": 0.2}}}
    assert "0.20" in str(persistence_text(proved(SCALING, **of_both)))
    smallest = {"metrics": {"skill_against_persistence": 0.3}}
    assert "0.30" in str(persistence_text(proved(SCALING, **of_both, minimal=smallest)))


def test_how_the_best_recipe_was_chosen() -> None:
    seeds = {"seeds": 5, "learning": 5}
    first = {"trial": 7, "skill": 0.88, "skill_low": 0.87, "skill_high": 0.9, **seeds}
    second = {"trial": 3, "skill": 0.9, "skill_low": 0.86, "skill_high": 0.94, **seeds}
    assert choice_text(proved(SCALING) | {"confirmed": [first, second]}) == (
        "trained with fresh seeds: trial 7 0.880 (0.870 to 0.900), best as its lower bound is the "
        "highest; trial 3 0.900 (0.860 to 0.940)"
    )
    # A recipe that cures goes before one that does not, whatever their bounds are.
    other = choice_text(proved(SCALING, best={"trial": 3}) | {"confirmed": [first, second]})
    assert "as its" not in str(other)
    diverged = {"skill": None, "skill_low": None, "skill_high": None}
    assert choice_text(proved(SCALING) | {"confirmed": [first | diverged, second | diverged]}) == (
        "trained with fresh seeds: trial 7 - (at least one seed diverged); "
        "trial 3 - (at least one seed diverged)"
    )
    assert choice_text(proved(SCALING) | {"confirmed": [first]}) is None
    assert choice_text(proved(SCALING)) is None


def test_no_signal() -> None:
    probe = {"probe": "ridge", "skill": 0.01, "skill_low": -0.03, "skill_high": 0.05}
    assert say(proved(verdict="no_signal", best=None, minimal=None, learnability=probe)) == (
        "no signal: There seems to be nothing to learn here: no recipe of 60 trials proved better "
        "than a constant, nor did a simple model (the best is ridge regression: 0.01, -0.03 to 0.05). "
        "Look at features, target and window, not at the training."
    )


def test_already_learning() -> None:
    baseline = {"status": "learning", "skill": 0.81, "test_skill": 0.79}
    assert say(proved(verdict="already_learning", best=None, minimal=None, baseline=baseline), []) == (
        "already learning: The baseline is fine with skill 0.81 and test skill 0.79; nothing was changed."
    )
    lost = proved(
        verdict="already_learning", best=None, minimal=None, baseline=baseline | {"test_skill": -3.2}
    )
    assert "nothing was changed. What it has learned does not hold on the test rows." in say(lost, [])
    assert "a trend takes later ones out of the range" in str(advice(lost))


def test_a_simple_model_that_may_be_better_than_a_fine_baseline_is_told() -> None:
    baseline = {"status": "learning", "skill": 0.69, "test_skill": None}
    probe = {"probe": "ridge", "skill": 0.86, "skill_low": 0.52, "skill_high": 0.92}
    fine = proved(verdict="already_learning", best=None, minimal=None, baseline=baseline)
    assert say(fine | {"learnability": probe}, []) == (
        "already learning: The baseline is fine with skill 0.69; nothing was changed. "
        "There may be more to learn: ridge regression reaches 0.86 (0.52 to 0.92)."
    )
    assert "more" not in say(fine | {"learnability": probe | {"skill": 0.78}}, [])


def test_a_small_gain_is_not_praised() -> None:
    probe = {"probe": "logistic", "skill": 0.12, "skill_low": 0.04, "skill_high": 0.2}
    minimal = {"skill": 0.11, "skill_low": 0.10, "skill_high": 0.12}
    verdict = proved(SCALING, minimal=minimal, baseline={"skill": 0.1}, learnability=probe)
    told = "That is little more than before, and logistic regression reaches 0.12 (0.04 to 0.20)"
    assert told in say(verdict)
    assert "little more" not in say(proved(SCALING, minimal=minimal, baseline={"skill": 0.05}))
    assert "little more" not in say(proved(SCALING, minimal=minimal, baseline={"skill": None}))


def test_still_stuck_after_confirmation() -> None:
    best = {"skill": 0.2, "skill_low": -0.1, "skill_high": 0.5, "learning": 1, "test_skill": -0.2}
    assert say(proved(SCALING, verdict="still_stuck", best=best, minimal=None)) == (
        "still stuck: No recipe held up under fresh seeds: the best has skill 0.20 (-0.10 to 0.50), "
        "1 of 5 fresh seeds learning, test skill -0.20, against 0.00 for the baseline (flat)."
    )


def test_a_recipe_that_learns_but_fails_on_the_test_rows_is_told_from_one_that_does_not_learn() -> None:
    probe = {"probe": "ridge", "skill": 0.99, "skill_low": 0.97, "skill_high": 0.99}
    failing = proved(
        SCALING, verdict="still_stuck", best={"test_skill": -2.83}, minimal=None, learnability=probe
    )
    assert say(failing) == (
        "still stuck: What the best recipe learns does not hold on the test rows: the best has skill 0.91 "
        "(0.90 to 0.93), 5 of 5 fresh seeds learning, test skill -2.83, against 0.00 for the baseline "
        "(flat)."
    )
    for other in ({"test_skill": 0.5}, {"learning": 2}, {"skill_low": -0.1}, {"skill_low": None}):
        verdict = proved(
            SCALING,
            verdict="still_stuck",
            best={"test_skill": -2.83} | other,
            minimal=None,
            learnability=probe,
        )
        assert "no recipe in the budget caught it" in say(verdict), other


def test_still_stuck_with_a_diverged_seed() -> None:
    best = {"skill": None, "skill_low": None, "skill_high": None, "test_skill": None}
    text = say(proved(verdict="still_stuck", best=best, minimal=None))
    assert "the best has skill - (at least one seed diverged)" in text


def test_a_recipe_that_one_seed_was_enough_to_drop_is_not_said_to_diverge() -> None:
    best = {"skill": 0.05, "skill_low": None, "skill_high": None, "seeds": 1, "learning": 0}
    text = say(proved(verdict="still_stuck", best=best, minimal=None))
    assert "the best has skill 0.05 (one seed only), 0 of 1 fresh seeds learning" in text


def test_a_recipe_as_good_as_a_baseline_that_is_stuck_with_one_seed_is_not_called_a_failure() -> None:
    before = {"status": "learning", "skill": 0.57, "test_skill": 0.55, "seeds": 3, "learning": 2}
    probe = {"probe": "ridge", "skill": 0.9, "skill_low": 0.8, "skill_high": 0.95}
    verdict = proved(
        SCALING, verdict="still_stuck", baseline=before, best={"trial": 4}, minimal=None, learnability=probe
    )
    assert say(verdict).startswith(
        "still stuck: The baseline learns with 2 of 3 seeds, and no recipe beats it with most of the seeds "
        "that both were trained with: the best has skill 0.91"
    )
    assert str(advice(verdict)).startswith("Trial 4 may well be a cure. Train it and the baseline with more")
    never = verdict | {"baseline": before | {"learning": 0}}
    assert "no recipe in the budget caught it" in say(never)


def test_the_best_trial_is_one_that_changes_something() -> None:
    itself: Row = {"rank": 1, "trial": 0, "status": "learning", "skill": 0.85, "clipnorm": None}
    other: Row = {"rank": 2, "trial": 5, "status": "flat", "skill": 0.03, "clipnorm": 1.0}
    text = say(proved(verdict="still_stuck", best=None, minimal=None), [itself, other])
    assert "none of 2 trials moved the loss enough to be confirmed; the best, trial 5, has" in text


@pytest.mark.parametrize(
    ("rows", "seen"),
    [(ROWS, "none of 1 trial moved"), (ROWS, "the best, trial 5, has skill 0.03 (flat)"), ([], "0 trials")],
)
def test_still_stuck_with_nothing_to_confirm(rows: list[Row], seen: str) -> None:
    assert seen in say(proved(verdict="still_stuck", best=None, minimal=None), rows)


def test_still_stuck_though_there_is_signal() -> None:
    probe = {"probe": "gradient_boosting", "skill": 0.6, "skill_low": 0.5, "skill_high": 0.7}
    stuck = proved(verdict="still_stuck", best=None, minimal=None, learnability=probe)
    assert say(stuck).startswith(
        "still stuck: There is something to learn (gradient boosting: skill 0.60, 0.50 to 0.70), "
        "but no recipe in the budget caught it: none of 1 trial moved"
    )
    stuck["baseline"] = {"status": "plateaued", "skill": 0.3, "test_skill": 0.3}
    assert "There is more to learn (gradient boosting" in say(stuck)
    probe["skill_low"] = -0.1
    assert "to learn" not in say(stuck)


skills = st.none() | st.floats(-2000, 1)
intervals = st.one_of(
    st.fixed_dictionaries({"skill": skills, "skill_low": skills, "skill_high": skills}),
    st.just({"skill": None, "skill_low": None, "skill_high": None}),
)
roles = st.sampled_from(["needed", "helpful", "neutral", "harmful", None])


@st.composite
def verdicts(draw: st.DrawFn) -> dict[str, Any]:
    """Any verdict that keeps to the form of `verdict.json`, also such as no run would come to."""
    applicable = [one for one in builtin_fixes().values() if not one.not_applicable(EXAMPLE)]
    chosen = draw(
        st.lists(st.sampled_from(applicable), min_size=1, max_size=8, unique_by=lambda one: one.name)
    )
    names = [one.name for one in chosen]
    rows = [
        fix("scaling", draw(roles))
        | {
            "fix": one.name,
            "value": draw(st.sampled_from(list(corners(one.default_space(EXAMPLE))))),
            "drop": draw(skills),
            "alone": draw(skills),
            "in_minimal": draw(st.booleans()),
            "role_in_minimal": draw(roles),
            "without_status": draw(st.sampled_from(["flat", "diverged", "learning", None])),
            "substitutes": draw(st.lists(st.sampled_from(names), max_size=2, unique=True)),
        }
        for one in chosen
    ]
    seeds = {"seeds": 5, "learning": draw(st.integers(0, 5))}
    best: dict[str, Any] = {"test_skill": draw(skills)} | draw(intervals) | seeds
    name = draw(st.sampled_from(["already_learning", "unstuck", "undertrained", "no_signal", "still_stuck"]))
    verdict = proved(
        *(rows if draw(st.booleans()) else []),
        verdict=name,
        baseline={
            "status": draw(st.sampled_from(["flat", "slow", "learning", "diverged", "plateaued", "overfit"])),
            "skill": draw(skills),
            "test_skill": draw(skills),
        },
        learnability=draw(
            st.none() | intervals.map(lambda figures: {"probe": "nearest_neighbours"} | figures)
        ),
        ablation=draw(st.sampled_from(["done", "off", "unfinished", None])),
    )
    verdict["best"] |= best | {"recipe": {row["fix"]: row["value"] for row in rows}}
    verdict["minimal"] |= draw(intervals) | seeds
    if not verdict["minimal"]["recipe"] or draw(st.booleans()):
        verdict["minimal"] = None
    if name not in {"unstuck", "undertrained"} and draw(st.booleans()):
        verdict["best"] = None
    return verdict


@given(verdicts())
@settings(max_examples=400)
def test_any_verdict_is_one_line_without_gaps(verdict: dict[str, Any]) -> None:
    text = say(verdict)
    assert "\n" not in text
    assert re.match(r"[a-z ]+: [A-Z0-9]", text), text
    assert text.endswith(".")
    assert not re.search(r"None|nan|inf\b|  |\.\.|;\.|, \.|\(\)|\[|\{", text), text
    if not any("needed" in {row["role"], row["role_in_minimal"]} for row in verdict["fixes"]):
        assert " because " not in text
