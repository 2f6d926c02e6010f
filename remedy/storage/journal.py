"""Optuna's journal file, safe against processes that are killed and shared by those that live."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from remedy.errors import StudyError, cannot_write, os_reason


def open_journal(
    path: Path, tell: Callable[[str], None] = lambda _: None, *, read_only: bool = False
) -> JournalStorage:
    """Open or create a journal; other processes of this machine may have it open, too.

    Half a line at the end, left by a process that was killed, is removed.

    Args:
        path: of the journal.
        tell: is told of half a line.
        read_only: leave half a line alone; it is not read.

    Raises:
        StudyError: the file cannot be read or written, or is no journal.
    """
    try:
        backend = _SharedJournal(path, tell)
        if not read_only:
            backend.repair()
        return JournalStorage(backend)
    except (KeyError, TypeError) as error:  # JSON, but no journal
        raise _damaged(path, error) from error
    except OSError as error:
        raise StudyError(f"{path}: cannot be opened ({os_reason(error)})") from error


class _SharedJournal(JournalFileBackend):  # type: ignore[misc]
    """Optuna's file, with a lock that ends with the process that holds it, and that mends what it finds.

    Optuna's own lock is a file of its own: who is killed leaves it behind, and the others wait for 30 s.
    """

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        super().__init__(str(path))
        self._path = path
        self._tell = tell

    def repair(self) -> None:
        """Remove half a line at the end."""
        with self._path.open("rb+") as journal:
            fcntl.flock(journal, fcntl.LOCK_EX)
            self._end(journal)

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Read lines from that number on.

        Raises:
            StudyError: the file is gone or damaged.
        """
        try:
            yield from super().read_logs(log_number_from)
        except ValueError as error:
            raise _damaged(self._path, error) from error
        except OSError as error:
            raise StudyError(f"{self._path}: cannot be read ({os_reason(error)})") from error

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add lines to the file, or none of them.

        Raises:
            StudyError: they cannot be written.
        """
        try:
            # Not created anew: who still has a study open that was deleted must not write into another.
            with self._path.open("rb+", buffering=0) as journal:
                fcntl.flock(journal, fcntl.LOCK_EX)
                end = self._end(journal)
                try:
                    _write(journal, end, _lines(logs))
                except OSError:
                    journal.truncate(end)
                    raise
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _end(self, journal: IO[bytes]) -> int:
        """Where the next line begins."""
        end = journal.seek(0, os.SEEK_END)
        if end == 0:
            return 0
        journal.seek(end - 1)
        if journal.read(1) == b"\n":
            return end
        journal.seek(0)
        end = journal.read().rfind(b"\n") + 1
        journal.truncate(end)
        self._tell(
            f"{self._path}: the last line was cut short when a run was killed; it is dropped, "
            "the rest is whole"
        )
        return end


def _damaged(path: Path, error: Exception) -> StudyError:
    return StudyError(
        f"{path}: is damaged and cannot be read ({error}); "
        "put a copy in its place, or start over with: remedy run FILE --fresh"
    )


def _write(journal: IO[bytes], position: int, content: bytes) -> None:
    journal.seek(position)
    written = 0
    while written < len(content):
        written += journal.write(content[written:])
    os.fsync(journal.fileno())


def _lines(logs: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
