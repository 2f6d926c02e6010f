"""The one exception family for mistakes that a user can make and mend."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class RemedyError(Exception):
    """A mistake in what the user handed in; the message is one line that says where and what to do.

    The command line prints the message without a traceback and exits with status 2; `--debug` adds what lies
    behind it.

    Attributes:
        details: what an exception cannot carry along, such as the traceback of another process; often empty.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class ConfigError(RemedyError):
    """The experiment file is wrong; the message names file, line and key."""


class DataError(RemedyError):
    """The data cannot be used; the message names the file and the column or line."""


class TrainingError(RemedyError):
    """The baseline as described cannot be built or trained at all."""


class BaselineError(TrainingError):
    """Not one training of the baseline came to its end, so there is nothing to keep."""


class StudyError(RemedyError):
    """A results folder is missing, locked, unwritable or belongs to another experiment."""


class StudyBusyError(StudyError):
    """Another run leads the study."""


class UserCodeError(RemedyError):
    """Code of the user's failed; the message names the file and the line, `details` is its traceback."""


_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "allow it"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "allow more open files (ulimit -n)"),
    errno.EFBIG: "allow larger files (ulimit -f)",
    errno.EIO: "look after the disk",
}
"""What a user does about faults of the machine, before the same command goes on."""


def cannot_write(path: Path, error: OSError) -> StudyError:
    """One line on a file that cannot be written; what was there before is still there."""
    return StudyError(f"{path}: cannot be written ({os_reason(error)}){_what_to_do(error)}")


def machine_fault(error: BaseException) -> StudyError | None:
    """One line on an error that says nothing but that the machine is at fault; `None` for any other."""
    if not isinstance(error, OSError) or error.errno not in _REMEDIES:
        return None
    place = f"{error.filename}: " if error.filename else ""
    return StudyError(f"{place}{os_reason(error)}{_what_to_do(error)}")


def os_reason(error: OSError) -> str:
    """What the operating system says, whoever has passed it on."""
    if error.errno is not None:
        return os.strerror(error.errno)
    return next(iter(str(error).splitlines()), type(error).__name__)


def _what_to_do(error: OSError) -> str:
    remedy = _REMEDIES.get(error.errno or 0)
    return f"; {remedy}, then the same command goes on" if remedy else ""
