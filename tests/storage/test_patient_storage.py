"""A storage that goes away for a while costs time and nothing else."""

from __future__ import annotations

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import TrialState
from sqlalchemy.exc import IntegrityError, OperationalError

from remedy.errors import ConfigError, StudyError
from remedy.search.draft import draft_trial, write_draft
from remedy.storage import PatientStorage, open_remote_storage
from remedy.storage_address import parse_storage_address

ADDRESS = parse_storage_address("postgresql://me:s3cret@db/remedy")


class Flaky:
    """A storage whose answers are lost now and then, before or after it has done what it was asked."""

    def __init__(self, inner: BaseStorage, losses: list[str]) -> None:
        self._inner = inner
        self._losses = losses

    def __getattr__(self, method: str) -> object:
        real = getattr(self._inner, method)

        def call(*arguments: object, **named: object) -> object:
            loss = self._losses.pop() if self._losses else ""
            if loss == "before":
                raise _lost()
            answer = real(*arguments, **named)
            if loss == "after":
                raise _lost()
            return answer

        return call


def _lost() -> Exception:
    cause = OperationalError("SELECT 1", {}, Exception("server closed the connection"))
    error: Exception = StorageInternalError("An exception is raised during the commit.")
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remedy.storage.patient._FIRST_PAUSE", 0.0)


def finish_trials(storage: BaseStorage, count: int) -> optuna.Study:
    study = optuna.create_study(storage=storage, study_name="x", load_if_exists=True)
    for number in range(count):
        trial = study.ask()
        trial.suggest_float("rate", 0, 1)
        trial.report(0.5, step=1)
        trial.set_user_attr("number", number)
        study.tell(trial, 0.25)
    return study


@settings(max_examples=50)
@given(losses=st.lists(st.sampled_from(["", "", "", "before", "after"]), max_size=80))
def test_every_trial_is_finished_once_whichever_answers_are_lost(losses: list[str]) -> None:
    inner = InMemoryStorage()
    study = finish_trials(PatientStorage(Flaky(inner, losses), ADDRESS), 6)
    finished = study.get_trials(states=(TrialState.COMPLETE,))
    assert [trial.user_attrs["number"] for trial in finished] == list(range(6))
    # A trial that was made twice is the only thing that is left over, and nothing is in it.
    assert all(not trial.params for trial in study.get_trials(states=(TrialState.RUNNING,)))


@settings(max_examples=50)
@given(losses=st.lists(st.sampled_from(["", "", "", "before", "after"]), max_size=80))
def test_a_trial_of_a_template_is_made_once_whichever_answers_are_lost(losses: list[str]) -> None:
    inner = InMemoryStorage()
    study = optuna.create_study(storage=PatientStorage(Flaky(inner, losses), ADDRESS))
    for number in range(6):
        draft = draft_trial(study, study.get_trials(deepcopy=False))
        draft.suggest_categorical("optimizer", ["Adam"])  # the same in all of them
        assert write_draft(study, draft).number == number
    assert len(study.trials) == 6


def test_it_is_said_once_that_the_storage_is_away_and_once_that_it_is_back() -> None:
    told: list[str] = []
    storage = PatientStorage(Flaky(InMemoryStorage(), ["before"] * 4), ADDRESS, told.append)
    finish_trials(storage, 1)
    assert [message.partition(":")[2].partition("//")[2] for message in told] == [
        "me:***@db/remedy: does not answer ((builtins.Exception) server closed the connection); "
        "trying again for 600 s",
        "me:***@db/remedy: answers again after 0 s",
    ]


def test_patience_ends_with_what_to_do() -> None:
    storage = PatientStorage(Flaky(InMemoryStorage(), ["before"] * 9), ADDRESS, patience=0.0)
    with pytest.raises(
        StudyError, match=r"me:\*\*\*@db/remedy: has not answered for 0 s .* the same command goes on"
    ):
        storage.get_all_studies()


def test_a_mistake_in_what_was_asked_is_not_asked_again() -> None:
    inner = InMemoryStorage()
    storage = PatientStorage(inner, ADDRESS)
    study = finish_trials(storage, 1)
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_user_attr(study.trials[0]._trial_id, "late", 1)
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_state_values(study.trials[0]._trial_id, TrialState.COMPLETE, [0.75])
    with pytest.raises(KeyError):
        storage.get_trial(99)


def test_a_broken_rule_of_the_database_is_no_outage() -> None:
    class Broken:
        def get_all_studies(self) -> None:
            raise IntegrityError("INSERT", {}, Exception("duplicate key"))

    with pytest.raises(IntegrityError):
        PatientStorage(Broken(), ADDRESS).get_all_studies()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "postgresql://me:s3cret@127.0.0.1:1/remedy",
            r"me:\*\*\*@127\.0\.0\.1:1/remedy: cannot be used \(.*[Cc]onnection refused",
        ),
        (
            "grpc://127.0.0.1:1",
            r"grpc://127\.0\.0\.1:1: nobody answers; start the proxy there with: remedy storage",
        ),
    ],
)
def test_a_storage_that_cannot_be_reached_is_one_line(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remedy.storage.remote._CONNECT_WITHIN", 2)
    with pytest.raises(StudyError, match=message) as refusal:
        open_remote_storage(parse_storage_address(address))
    assert "\n" not in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_a_database_without_its_driver_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(
        ConfigError, match=r"needs psycopg; install it with: pip install 'remedy\[postgres\]'"
    ):
        open_remote_storage(ADDRESS)
