"""The dead are found and the living are left alone, whatever the clocks say."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from remedy.distributed.liveness import BEAT_EVERY, DEAD_AFTER, ProcessIdentity, Pulse, this_process

FAR_AWAY = ProcessIdentity("elsewhere/boot/pid:[1]", 1, 12.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def identity_of_a_child(code: str) -> ProcessIdentity:
    script = (
        "from dataclasses import astuple; from remedy.distributed.liveness import this_process; "
        "print(repr(astuple(this_process())), flush=True); "
    )
    with subprocess.Popen([sys.executable, "-c", script + code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        machine, pid, started = eval(child.stdout.readline())  # noqa: S307 - of our own child
        identity = ProcessIdentity(machine, pid, started)
        if "sleep" in code:
            assert Pulse().is_alive(1, identity, 0)
        child.kill()
    return identity


def test_a_process_of_this_machine_is_known_dead_at_once() -> None:
    assert Pulse().is_alive(0, this_process(), 0)
    dead = identity_of_a_child("import time; time.sleep(60)")
    assert not Pulse().is_alive(1, dead, 0)


def test_another_process_with_the_number_of_a_dead_one_is_not_taken_for_it() -> None:
    me = this_process()
    assert not Pulse().is_alive(0, replace(me, started=me.started - 100), 0)
    # How long ago a process was started is read from the clock, which may be set meanwhile.
    assert Pulse().is_alive(0, replace(me, started=me.started + 0.5), 0)


def test_a_process_of_another_machine_is_dead_once_its_heart_has_stood_still_for_long() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    assert pulse.is_alive(3, FAR_AWAY, 7)
    for beat in (7, 8):
        assert pulse.is_alive(3, FAR_AWAY, beat)
        for _ in range(round(DEAD_AFTER) - 1):
            clock.now += 1
            assert pulse.is_alive(3, FAR_AWAY, beat)
    clock.now += 1
    assert not pulse.is_alive(3, FAR_AWAY, 8)
    assert not pulse.can_see(FAR_AWAY)


def test_while_nobody_could_look_nobody_was_silent() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    assert pulse.is_alive(3, FAR_AWAY, 7)
    clock.now += 10 * DEAD_AFTER  # the database is away
    assert pulse.is_alive(3, FAR_AWAY, 7)
    for _ in range(round(DEAD_AFTER / BEAT_EVERY) - 1):
        clock.now += BEAT_EVERY
        assert pulse.is_alive(3, FAR_AWAY, 7)
    clock.now += BEAT_EVERY
    assert not pulse.is_alive(3, FAR_AWAY, 7)


@given(pauses=st.lists(st.floats(0, DEAD_AFTER * 0.99), min_size=1, max_size=20))
def test_a_heart_that_beats_often_enough_is_never_taken_for_dead(pauses: list[float]) -> None:
    clock = Clock()
    pulse = Pulse(clock)
    for beat, pause in enumerate(pauses):
        assert pulse.is_alive(1, FAR_AWAY, beat)
        clock.now += pause
        assert pulse.is_alive(1, FAR_AWAY, beat)
