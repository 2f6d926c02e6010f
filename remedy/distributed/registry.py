"""Who works on a study, and on what: an Optuna study with one trial for everyone who has come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from remedy.distributed.liveness import DEAD_AFTER, ProcessIdentity, Pulse, this_process
from remedy.errors import StudyError
from remedy.search import open_study

REGISTRY = "workers"
"""The name of the study."""

_LOOK_EVERY = 0.5

_PROCESS, _ROLE, _JOB, _BEAT = "process", "role", "job", "beat"

LEADS = "run"
HELPS = "worker"


@dataclass(frozen=True)
class Job:
    """A trial that a worker is given.

    Attributes:
        study: name of the Optuna study.
        number: of the trial in it.
    """

    study: str
    number: int


@dataclass(frozen=True)
class Member:
    """A place in the registry that has not been left.

    Attributes:
        number: names it.
        job: what it was given last.
    """

    number: int
    trial_id: int
    process: ProcessIdentity
    role: str
    beat: int
    job: Job | None


class Registry:
    """Everyone who works on an experiment.

    Args:
        storage: that holds its studies.
        prefix: of their names.

    Attributes:
        own: the number of the place from which this process leads; `None` if it does not.
    """

    def __init__(self, storage: BaseStorage, prefix: str = "") -> None:
        self._study = open_study(storage, prefix + REGISTRY)
        self._pulse = Pulse()
        self._leader: Member | None = None
        self.own: int | None = None

    def join(self, role: str) -> Place:
        """Take a place.

        Args:
            role: `LEADS` or `HELPS`.
        """
        trial = self._study.ask()
        trial.set_user_attr(_PROCESS, asdict(this_process()))
        trial.set_user_attr(_ROLE, role)
        return Place(self._study, trial.number, trial._trial_id)

    def members(self) -> list[Member]:
        """Those who have not left, dead ones included."""
        trials = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        # Who has just come, or died while coming, has not said yet who it is.
        return [_member(trial) for trial in trials if trial.user_attrs.keys() >= {_PROCESS, _ROLE}]

    def is_alive(self, member: Member) -> bool:
        """Whether its process still runs; for one of another machine it takes a minute to know that not."""
        return self._pulse.is_alive(member.number, member.process, member.beat)

    def is_of_this_machine(self, member: Member) -> bool:
        """Whether its process can be looked up, so that there is no doubt about its life."""
        return self._pulse.can_see(member.process)

    def living(self) -> list[Member]:
        """Those who live; the places of the dead are cleared."""
        living = []
        for member in self.members():
            if self.is_alive(member):
                living.append(member)
            else:
                self.remove(member)
        return living

    def is_led(self) -> bool:
        """Whether a run leads; mostly asks for one place only, since there may be hundreds of them."""
        if self._leader is not None:
            trial = self._study._storage.get_trial(self._leader.trial_id)
            if trial.state is TrialState.RUNNING and self.is_alive(_member(trial)):
                return True
        self._leader = next((member for member in self.living() if member.role == LEADS), None)
        return self._leader is not None

    def refuse_while_helped(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """See to it that nobody trains for what is going to be deleted.

        Args:
            tell: is told for whose sign of life it waits.

        Raises:
            StudyError: someone does.
        """
        helper = self.first_alive(lambda member: member.role == HELPS, "worker", tell)
        if helper is not None:
            process = helper.process
            raise StudyError(
                f"a worker still works on this study (process {process.pid} on {process.host}); "
                "stop it before the study is deleted"
            )

    def first_alive(
        self, is_asked_for: Callable[[Member], bool], what: str, tell: Callable[[str], None]
    ) -> Member | None:
        """The first of some members that surely lives; those of other machines have to show a sign of it.

        Args:
            is_asked_for: whether a member is one of them.
            what: they are, as it is told.
            tell: is told for whose sign of life it waits.

        Returns:
            `None` once none of them is left.
        """
        first_beats: dict[int, int] = {}
        while found := [member for member in self.living() if is_asked_for(member)]:
            for member in found:
                if self.is_of_this_machine(member):
                    return member
                if member.number not in first_beats:
                    tell(
                        f"waiting for up to {DEAD_AFTER:.0f} s to see "
                        f"whether the {what} on {member.process.host} still lives"
                    )
                if member.beat != first_beats.setdefault(member.number, member.beat):
                    return member
            time.sleep(_LOOK_EVERY)
        return None

    def remove(self, member: Member) -> None:
        """Clear the place of someone who is dead."""
        try:
            self._study._storage.set_trial_state_values(member.trial_id, TrialState.FAIL)
        except UpdateFinishedTrialError:
            return

    def give(self, member: Member, job: Job) -> bool:
        """Give a member something to do.

        Returns:
            Whether it was still there to take it.
        """
        try:
            self._study._storage.set_trial_user_attr(member.trial_id, _JOB, [job.study, job.number])
        except UpdateFinishedTrialError:
            return False
        return True


class Place:
    """A place of one's own in the registry."""

    def __init__(self, study: optuna.Study, number: int, trial_id: int) -> None:
        self._storage = study._storage
        self._trial_id = trial_id
        self._beat = 0
        self.number = number

    def beat(self) -> bool:
        """Show that one lives.

        Returns:
            Whether the place is still one's own: who was silent for too long has lost it.
        """
        self._beat += 1
        try:
            self._storage.set_trial_user_attr(self._trial_id, _BEAT, self._beat)
        except UpdateFinishedTrialError:
            return False
        return True

    def job(self) -> Job | None:
        """What one was given last."""
        return _job(self._storage.get_trial(self._trial_id))

    def leave(self) -> None:
        """Give the place up."""
        try:
            self._storage.set_trial_state_values(self._trial_id, TrialState.COMPLETE, [float(self._beat)])
        except UpdateFinishedTrialError:
            return


def _member(trial: FrozenTrial) -> Member:
    attributes = trial.user_attrs
    return Member(
        number=trial.number,
        trial_id=trial._trial_id,
        process=ProcessIdentity(**attributes[_PROCESS]),
        role=attributes[_ROLE],
        beat=attributes.get(_BEAT, 0),
        job=_job(trial),
    )


def _job(trial: FrozenTrial) -> Job | None:
    job = trial.user_attrs.get(_JOB)
    return Job(job[0], job[1]) if job else None
