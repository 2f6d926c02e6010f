"""What the trials of a search have in common that learned: association, not cause.

The sampler does not choose recipes evenly: it returns to what has worked, with everything that happened to be
beside it. What a fix does by itself is for the ablation to say.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import optuna
from optuna.trial import TrialState

from remedy.search.records import TrialRecord, finished_records, status_of
from remedy.training import Status

_UNTOLD = frozenset({Status.PRUNED, Status.FAILED})
"""Trials that did not end say nothing about what they would have learned."""

_CONFIDENCE = 0.95
_FEWEST_TRIALS = 4
_TOP_TRIALS = 5
"""Optuna's documentation asks for at least as many trials above PED-ANOVA's quantile."""

_LARGEST_TOP = 0.75
"""If nearly all trials learned, the best of them are told from the others instead."""


@dataclass(frozen=True)
class FixEffect:
    """How often trials of the search learned with a fix and without it.

    Attributes:
        trials_with: finished trials that were not pruned and had the fix on.
        learned_with: how many of them ended `learning`.
        share_with: the share of them; `None` if there are none.
        share_with_low: lower end of its 95 % Wilson interval.
        share_with_high: upper end.
        importance: the share of all fixes' importance for being among the trials that learned, by Optuna's
            PED-ANOVA; `None` if the trials do not tell.
    """

    fix: str
    trials_with: int
    learned_with: int
    share_with: float | None
    share_with_low: float | None
    share_with_high: float | None
    trials_without: int
    learned_without: int
    share_without: float | None
    share_without_low: float | None
    share_without_high: float | None
    importance: float | None


def fix_effects(study: optuna.Study, fixes: Sequence[str]) -> list[FixEffect]:
    """The effects of fixes over a search.

    Args:
        study: the search's Optuna study.
        fixes: their names.

    Returns:
        One for each, in the same order.
    """
    records = [record for record in finished_records(study) if record.status not in _UNTOLD]
    importances = fix_importances(study)
    return [_effect(fix, records, importances.get(fix)) for fix in fixes]


def fix_importances(study: optuna.Study) -> dict[str, float]:
    """Optuna's PED-ANOVA importance of each fix for being among the trials that learned; together they are 1.

    It is that of the fix's categorical, off or one of its choices; only for a fix that is always on it is
    that of its parameters: added up, each would add its noise. The quantile is the share of trials
    that learned: with Optuna's own of 10 %, chance decides which of them come out on top.

    Args:
        study: the search's Optuna study.

    Returns:
        Nothing if fewer than four trials were completed, all have the same value, or no parameter has to do
        with it. A fix without a choice is absent.
    """
    from optuna.importance import PedAnovaImportanceEvaluator

    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(trials) < _FEWEST_TRIALS or len({trial.value for trial in trials}) == 1:
        return {}
    learned = sum(status_of(trial) is Status.LEARNING for trial in trials)
    quantile = min(max(learned, _TOP_TRIALS) / len(trials), _LARGEST_TOP)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # branches with a single trial, which it leaves out
        parameters = PedAnovaImportanceEvaluator(target_quantile=quantile).evaluate(study)
    fixes: dict[str, float] = {}
    for name, importance in parameters.items():
        fix, _, inner = name.partition(".")
        if not inner or fix not in parameters:
            fixes[fix] = fixes.get(fix, 0.0) + importance
    total = sum(fixes.values())
    return {fix: importance / total for fix, importance in fixes.items()} if total > 0 else {}


def _effect(fix: str, records: Sequence[TrialRecord], importance: float | None) -> FixEffect:
    with_fix = [record for record in records if record.recipe.get(fix) is not None]
    without = [record for record in records if record.recipe.get(fix) is None]
    return FixEffect(fix, *_share(with_fix), *_share(without), importance)


def _share(
    records: Sequence[TrialRecord],
) -> tuple[int, int, float | None, float | None, float | None]:
    from scipy import stats

    trials = len(records)
    learned = sum(record.status is Status.LEARNING for record in records)
    if not trials:
        return trials, learned, None, None, None
    interval = stats.binomtest(learned, trials).proportion_ci(_CONFIDENCE, method="wilson")
    return trials, learned, learned / trials, float(interval.low), float(interval.high)
