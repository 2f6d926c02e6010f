"""One run leads, whoever else works on the study: it alone makes trials and draws conclusions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from remedy.distributed.heartbeat import Heartbeat
from remedy.distributed.registry import LEADS, Member, Registry
from remedy.errors import StudyBusyError


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
            leader = registry.first_alive(
                lambda one: one.role == LEADS and one.number < place.number, "run", tell
            )
            if leader is not None:
                raise StudyBusyError(_busy(leader))
            registry.own = place.number
            try:
                yield
            finally:
                registry.own = None
    finally:
        place.leave()


def _busy(leader: Member) -> str:
    process = leader.process
    return f"another run leads this study (process {process.pid} on {process.host}); wait for it or stop it"
