"""One run leads, whoever else works on the study: it alone makes trials and draws conclusions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from remedy.distributed.heartbeat import Heartbeat
from remedy.distributed.liveness import DEAD_AFTER
from remedy.distributed.registry import LEADS, Member, Registry
from remedy.errors import StudyBusyError

_LOOK_EVERY = 0.5


@contextlib.contextmanager
def lead(registry: Registry, tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Lead for as long as the context lasts.

    Who came first leads. One of another machine that shows no sign of life is waited for before it counts as
    dead.

    Args:
        registry: of the experiment.
        tell: is told whom it waits for.

    Raises:
        StudyBusyError: another run leads.
    """
    place = registry.join(LEADS)
    try:
        with Heartbeat([place]):
            _wait_until_first(registry, place.number, tell)
            yield
    finally:
        place.leave()


def _wait_until_first(registry: Registry, number: int, tell: Callable[[str], None]) -> None:
    first_beats: dict[int, int] = {}
    while True:
        before = [one for one in registry.living() if one.role == LEADS and one.number < number]
        if not before:
            return
        for one in before:
            if one.number not in first_beats:
                first_beats[one.number] = one.beat
                if not registry.is_of_this_machine(one):
                    tell(
                        f"waiting for up to {DEAD_AFTER:.0f} s to see "
                        f"whether the run on {one.process.host} still lives"
                    )
            if registry.is_of_this_machine(one) or one.beat != first_beats[one.number]:
                raise StudyBusyError(_busy(one))
        time.sleep(_LOOK_EVERY)


def _busy(leader: Member) -> str:
    process = leader.process
    return f"another run leads this study (process {process.pid} on {process.host}); wait for it or stop it"
