"""Trials that are written in one piece."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from remedy.search.draft import draft_trial, is_draft, write_draft
from remedy.search.samplers import SamplerName, make_sampler
from remedy.storage import open_journal

SAMPLERS: tuple[SamplerName, ...] = ("tpe", "random", "gp", "cmaes", "grid")


def new_study(storage: optuna.storages.BaseStorage, name: str, sampler: SamplerName) -> optuna.Study:
    return optuna.create_study(
        storage=storage, study_name=name, sampler=make_sampler(sampler, 3), direction="maximize"
    )


def suggest(trial: optuna.Trial) -> float:
    rate: float = trial.suggest_float("rate", 0.001, 1.0, step=0.001)
    return -abs(rate - 0.3) - (
        trial.suggest_int("units", 1, 8) if trial.suggest_categorical("on", [True, False]) else 0
    )


def content(trial: FrozenTrial) -> tuple[object, ...]:
    return trial.number, trial.state, trial.params, trial.distributions, trial.user_attrs, trial.system_attrs


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_samplers_propose_what_they_propose_to_optuna_itself(sampler: SamplerName) -> None:
    if sampler == "gp":
        pytest.importorskip("torch", reason="the GP sampler needs remedy[gp]")
    storage = optuna.storages.InMemoryStorage()
    plain, drafted = (new_study(storage, name, sampler) for name in ("plain", "drafted"))
    for _ in range(14):
        trial = plain.ask()
        plain.tell(trial, suggest(trial))
        draft = draft_trial(drafted, drafted.get_trials(deepcopy=False))
        value = suggest(draft)
        drafted.tell(write_draft(drafted, draft).number, value)
    assert [content(trial) for trial in drafted.trials] == [content(trial) for trial in plain.trials]


def test_a_draft_is_one_line_of_the_journal_and_none_before_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "study.journal"
    study = new_study(open_journal(path), "search", "tpe")
    before = path.read_bytes()
    draft = draft_trial(study, [])
    suggest(draft)
    draft.set_user_attr("recipe", {"clipnorm": 1.0})
    draft.set_constraint("diverged", 0.0)
    assert is_draft(draft)
    assert path.read_bytes() == before
    trial = write_draft(study, draft)
    assert path.read_bytes().count(b"\n") == before.count(b"\n") + 1
    assert not is_draft(trial)
    (read,) = optuna.load_study(storage=open_journal(path), study_name="search").trials
    assert read.state is TrialState.RUNNING
    assert read.params == draft.params
    assert read.user_attrs == {"recipe": {"clipnorm": 1.0}}
    assert read.system_attrs == {"constraints:diverged": 0.0}


def test_other_trials_cannot_be_changed_by_way_of_a_draft() -> None:
    study = new_study(optuna.storages.InMemoryStorage(), "search", "tpe")
    other = study.ask()
    draft = draft_trial(study, study.get_trials(deepcopy=False))
    with pytest.raises(NotImplementedError):
        draft.storage.set_trial_user_attr(other._trial_id, "recipe", {})
    with pytest.raises(NotImplementedError):
        draft.report(1.0, 1)
