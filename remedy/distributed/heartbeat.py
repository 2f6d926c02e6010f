"""Shows the others that this process lives, whatever it is doing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from remedy.distributed.liveness import BEAT_EVERY
from remedy.distributed.registry import Place
from remedy.errors import StudyError


class Heartbeat:
    """Beats for places in the registry from a thread of its own, as long as the context lasts.

    Args:
        places: of this process.
        every: seconds between two beats.

    Attributes:
        lost: the numbers of places that someone has taken away, since this process was silent for too long.
    """

    def __init__(self, places: Sequence[Place], every: float = BEAT_EVERY) -> None:
        self.lost: set[int] = set()
        self._places = places
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            for place in self._places:
                try:
                    if not place.beat():
                        self.lost.add(place.number)
                except StudyError:  # the storage is gone: who works with it says so
                    return
