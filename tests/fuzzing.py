"""What tests with mutated files share: damage to bytes, and what no file may cause."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

_OPENED_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EFFECTS = frozenset({
    "os.chmod", "os.chown", "os.exec", "os.fork", "os.link", "os.mkdir", "os.posix_spawn", "os.remove",
    "os.rename", "os.rmdir", "os.symlink", "os.system", "os.truncate", "os.utime", "pickle.find_class",
    "socket.connect", "subprocess.Popen",
})  # fmt: skip


class _Recorder:
    """Notes what the process does to the world; a hook can never be removed again, so there is only one."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.seen is None:
            return
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _OPENED_FOR_WRITING
        if writes or event in _EFFECTS:
            self.seen.append(f"{event}{arguments!r}")


@functools.cache
def _recorder() -> _Recorder:
    return _Recorder()


@contextlib.contextmanager
def without_effects() -> Iterator[None]:
    """Hold that Python writes, deletes, unpickles, starts and connects to nothing, wherever that is."""
    recorder = _recorder()
    seen: list[str] = []
    recorder.seen = seen
    try:
        yield
    finally:
        recorder.seen = None
    assert not seen, seen


@contextlib.contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Hold that a folder is in the end what it was, whoever wrote there."""
    before = _tree(folder)
    yield
    assert _tree(folder) == before


def _tree(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Hold that no more processor time is taken; what hangs is interrupted, so that its case is named."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {seconds} s")

    # pytest-timeout has the timer of the wall clock, and waits for a busy machine.
    old = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    start = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)
    # What runs the user's code turns every exception into a message, also that of the interruption.
    assert time.process_time() - start < seconds


def assert_one_line(message: str) -> None:
    """A message is one line of text that no terminal takes for anything else."""
    assert message.strip()
    assert message.splitlines() == [message], message
    assert not any(unicodedata.category(character) == "Cc" for character in message), ascii(message)


def damaged(content: bytes, random: Random, inserts: tuple[bytes, ...] = (b"\0", b"\xff", b" ")) -> bytes:
    """A copy in which a few bytes, chunks or lines are flipped, cut, repeated, moved or inserted."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        content = _damaged_once(content, random, inserts)
    return content


def _damaged_once(content: bytes, random: Random, inserts: tuple[bytes, ...]) -> bytes:
    kind = random.randrange(9)
    place = random.randint(0, len(content))
    end = min(place + random.choice((1, 2, 8, 64)), len(content))
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + content[end:]
    if kind == 2:
        return content[:end] + content[place:end] * random.choice((1, 1, 3)) + content[end:]
    if kind == 3 and place < len(content):
        return content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :]
    if kind == 4:
        return content[:place] + random.randbytes(end - place) + content[end:]
    if kind == 5:
        lines = content.splitlines(keepends=True) or [b""]
        index = random.randrange(len(lines))
        line = lines.pop(index)
        if random.random() < 0.5:
            lines.insert(random.randint(0, len(lines)), line)
        return b"".join(lines)
    if kind == 6:
        other = random.randint(0, len(content))
        return content[:place] + content[other : other + end - place] + content[end:]
    return content[:place] + random.choice(inserts) + content[place:]
