"""The workers of other processes, as the run sees them that gives them trials to train."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Set

from optuna.trial import FrozenTrial

from remedy.distributed.registry import HELPS, Job, Member, Registry
from remedy.errors import StudyError


class Helpers:
    """Gives trials to those who have come to help.

    Args:
        registry: where they are found.
        over: of trials that were given to someone, those that are finished.
        fetch: puts what a finished trial brought along where it belongs.
        look_every: seconds for which what was read of the registry counts as new.
        clock: seconds since whenever.
    """

    def __init__(
        self,
        registry: Registry,
        over: Callable[[Collection[Job]], Set[Job]],
        fetch: Callable[[str, FrozenTrial], None],
        *,
        look_every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._find_over = over
        self._fetch = fetch
        self._look_every = look_every
        self._clock = clock
        self._looked = -look_every
        self._members: dict[int, Member] = {}
        self._jobs: dict[int, Job] = {}
        self._over: set[Job] = set()

    @property
    def count(self) -> int:
        """How many trainings they can run at once."""
        self._look()
        return len(self._members)

    @property
    def has_idle_worker(self) -> bool:
        """Whether someone has nothing to do."""
        self._look()
        return any(self._is_idle(number) for number in self._members)

    def give(self, study: str, number: int) -> bool:
        """Have someone idle train a trial; false if there is nobody any more."""
        self._look()
        job = Job(study, number)
        for place, member in list(self._members.items()):
            if self._is_idle(place):
                if self._registry.give(member, job):
                    self._jobs[place] = job
                    self._over.discard(job)
                    return True
                del self._members[place]
        return False

    def at_work(self, study: str) -> Set[int]:
        """The trials of a study that were given to someone who lives."""
        self._look()
        jobs = (self._jobs.get(place) for place in self._members)
        return {job.number for job in jobs if job is not None and job.study == study}

    def fetch(self, study: str, trial: FrozenTrial) -> None:
        """Put what a finished trial brought along where it belongs."""
        self._fetch(study, trial)

    def _look(self) -> None:
        if self._clock() - self._looked < self._look_every:
            return
        self._looked = self._clock()
        living = self._registry.living()
        if self._registry.own is not None and all(one.number != self._registry.own for one in living):
            raise StudyError(
                "another run has taken this study over, as this one was silent for too long; "
                "the same command helps it"
            )
        self._members = {member.number: member for member in living if member.role == HELPS}
        for place, member in self._members.items():
            if place not in self._jobs and member.job is not None:  # given by a run before this one
                self._jobs[place] = member.job
        unknown = {self._jobs[place] for place in self._members if place in self._jobs} - self._over
        if unknown:
            self._over |= self._find_over(unknown)

    def _is_idle(self, place: int) -> bool:
        job = self._jobs.get(place)
        return job is None or job in self._over
