"""The one exception family for mistakes that a user can make and mend."""

from __future__ import annotations


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
