"""Who works on a study: everyone has one place, one leads, and trials go to those who live."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from optuna.storages import BaseStorage, InMemoryStorage

from remedy.distributed import Helpers, Job, Registry, lead
from remedy.distributed.heartbeat import Heartbeat
from remedy.distributed.liveness import ProcessIdentity
from remedy.distributed.registry import HELPS, LEADS
from remedy.errors import StudyBusyError, StudyError
from remedy.storage import open_journal

ELSEWHERE = ProcessIdentity("elsewhere/boot/pid:[1]", 77, 12.0)

COME_AND_WAIT = """
import sys, time
from pathlib import Path
from remedy.distributed import Registry
from remedy.storage import open_journal

print(Registry(open_journal(Path(sys.argv[1]))).join(sys.argv[2]).number, flush=True)
time.sleep(60)
"""


@pytest.fixture(params=["memory", "journal"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> BaseStorage:
    return InMemoryStorage() if request.param == "memory" else open_journal(tmp_path / "study.journal")


class Dead:
    """Someone who came and was killed."""

    def __init__(self, journal: Path, role: str) -> None:
        command = [sys.executable, "-c", COME_AND_WAIT, str(journal), role]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            self.number = int(process.stdout.readline())
            process.kill()


def someone_elsewhere(registry: Registry, storage: BaseStorage, role: str) -> int:
    """A place taken by a process of another machine; returns the trial that stands for it."""
    place = registry.join(role)
    member = next(one for one in registry.members() if one.number == place.number)
    storage.set_trial_user_attr(member.trial_id, "process", asdict(ELSEWHERE))
    return member.trial_id


def helpers(registry: Registry, over: set[Job] | None = None) -> Helpers:
    done = over if over is not None else set()
    return Helpers(registry, done.intersection, lambda *_: None, look_every=0.0)


def test_a_place_is_seen_until_it_is_left(storage: BaseStorage) -> None:
    registry = Registry(storage)
    first, second = registry.join(HELPS), registry.join(LEADS)
    assert [(one.number, one.role) for one in Registry(storage).living()] == [(0, HELPS), (1, LEADS)]
    first.leave()
    first.leave()
    assert [one.number for one in registry.living()] == [second.number]
    assert not first.beat(), "it is not one's own any more"


def test_the_place_of_a_process_that_was_killed_is_cleared(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    registry = Registry(open_journal(journal))
    dead = Dead(journal, HELPS)
    here = registry.join(HELPS)
    assert [one.number for one in registry.members()] == [dead.number, here.number]
    assert [one.number for one in registry.living()] == [here.number]
    assert [one.number for one in registry.members()] == [here.number]


def test_trials_go_to_those_who_have_nothing_to_do(storage: BaseStorage) -> None:
    registry = Registry(storage)
    over: set[Job] = set()
    run = helpers(registry, over)
    assert not run.has_idle_worker
    assert not run.give("search", 0)
    places = [registry.join(HELPS), registry.join(HELPS)]
    registry.join(LEADS)  # who leads trains for nobody
    assert run.give("search", 5)
    assert run.give("search", 6)
    assert not run.has_idle_worker
    assert not run.give("search", 7)
    assert {place.job() for place in places} == {Job("search", 5), Job("search", 6)}
    assert run.at_work("search") == {5, 6}
    assert run.at_work("baseline") == set()
    over.add(Job("search", 5))
    assert run.give("confirmation", 0)
    assert run.at_work("search") == {6}
    assert run.at_work("confirmation") == {0}


def test_a_trial_is_at_work_no_more_when_its_worker_has_left(storage: BaseStorage) -> None:
    registry = Registry(storage)
    run = helpers(registry)
    place = registry.join(HELPS)
    assert run.give("search", 3)
    place.leave()
    assert run.at_work("search") == set()
    assert not run.give("search", 3)


def test_a_run_that_comes_later_knows_who_is_at_work(storage: BaseStorage) -> None:
    registry = Registry(storage)
    registry.join(HELPS)
    helpers(registry).give("search", 4)
    assert helpers(Registry(storage)).at_work("search") == {4}
    assert not helpers(Registry(storage)).has_idle_worker
    assert helpers(Registry(storage), {Job("search", 4)}).has_idle_worker


def test_who_comes_first_leads(storage: BaseStorage) -> None:
    registry = Registry(storage)
    with lead(registry):
        with (
            pytest.raises(StudyBusyError, match=r"another run leads this study \(process \d+ on "),
            lead(registry),
        ):
            pass
        assert [one.role for one in registry.living()] == [LEADS]
    with lead(registry):
        pass
    assert registry.living() == []


def test_a_worker_sees_runs_come_and_go(storage: BaseStorage) -> None:
    registry, worker = Registry(storage), Registry(storage)
    worker.join(HELPS)
    assert not worker.is_led()
    for _ in range(2):
        with lead(registry):
            assert worker.is_led()
            assert worker.is_led()
        assert not worker.is_led()


def test_a_run_that_died_leads_nobody(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    registry = Registry(open_journal(journal))
    Dead(journal, LEADS)
    assert not registry.is_led()
    with lead(Registry(open_journal(journal))):
        assert registry.is_led()


def test_a_run_that_was_killed_leads_no_more(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    Dead(journal, LEADS)
    began = time.monotonic()
    with lead(Registry(open_journal(journal))):
        assert time.monotonic() - began < 5


def test_a_run_on_another_machine_is_waited_for_until_it_shows_that_it_lives(
    storage: BaseStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(storage)
    other = someone_elsewhere(registry, storage, LEADS)
    monkeypatch.setattr(registry._pulse, "_dead_after", 30.0)
    told: list[str] = []
    beat = threading.Timer(1.0, storage.set_trial_user_attr, (other, "beat", 1))
    beat.start()
    with pytest.raises(StudyBusyError, match="process 77 on elsewhere"), lead(registry, told.append):
        pass
    assert told == ["waiting for up to 60 s to see whether the run on elsewhere still lives"]


def test_a_run_on_another_machine_that_shows_no_sign_of_life_is_followed(
    storage: BaseStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(storage)
    someone_elsewhere(registry, storage, LEADS)
    monkeypatch.setattr(registry._pulse, "_dead_after", 1.0)
    with lead(registry):
        assert len(registry.living()) == 1


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_heart_beats_by_itself_and_notices_that_its_place_was_taken_away(storage: BaseStorage) -> None:
    registry = Registry(storage)
    place = registry.join(HELPS)
    with Heartbeat([place], every=0.01) as heartbeat:
        wait_until(lambda: registry.members()[0].beat >= 3)
        assert heartbeat.lost == set()
        registry.remove(registry.members()[0])
        wait_until(lambda: heartbeat.lost == {place.number})


def test_nothing_is_deleted_that_someone_trains_for(storage: BaseStorage) -> None:
    registry = Registry(storage)
    registry.join(LEADS)
    registry.refuse_while_helped()
    registry.join(HELPS)
    with pytest.raises(StudyError, match="a worker still works on this study"):
        registry.refuse_while_helped()


def test_a_dead_worker_of_another_machine_keeps_nothing_from_being_deleted(
    storage: BaseStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(storage)
    someone_elsewhere(registry, storage, HELPS)
    monkeypatch.setattr(registry._pulse, "_dead_after", 1.0)
    told: list[str] = []
    registry.refuse_while_helped(told.append)
    assert told == ["waiting for up to 60 s to see whether the worker on elsewhere still lives"]
    assert registry.members() == []

    alive = someone_elsewhere(registry, storage, HELPS)
    monkeypatch.setattr(registry._pulse, "_dead_after", 30.0)
    threading.Timer(0.7, storage.set_trial_user_attr, (alive, "beat", 1)).start()
    with pytest.raises(StudyError, match="a worker still works on this study"):
        registry.refuse_while_helped()


def test_a_run_that_was_taken_for_dead_gives_out_nothing_any_more(storage: BaseStorage) -> None:
    registry = Registry(storage)
    with lead(registry):
        registry.join(HELPS)
        assert helpers(registry).has_idle_worker
        [leader] = [one for one in registry.members() if one.role == LEADS]
        Registry(storage).remove(leader)
        with pytest.raises(StudyError, match="another run has taken this study over"):
            _ = helpers(registry).has_idle_worker
