"""The studies of an experiment, wherever Optuna keeps them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from remedy.errors import StudyError
from remedy.search.records import TrialRecord, close_trial, finished_records, has_result
from remedy.storage import PatientStorage, open_journal

# Its warnings are about what is dealt with here: trials that fail, a database that went away.
optuna.logging.set_verbosity(optuna.logging.ERROR)


@dataclass(frozen=True)
class Studies:
    """The Optuna studies of one experiment.

    Attributes:
        storage: holds them.
        prefix: of their names, where experiments share a storage.
    """

    storage: BaseStorage
    prefix: str = ""

    def open(self, name: str) -> optuna.Study:
        """Open or create a study in which a higher value is better."""
        return open_study(self.storage, self.prefix + name)

    def close(self) -> None:
        """End the connections to a storage on another machine."""
        if isinstance(self.storage, PatientStorage):
            self.storage.close()

    def delete(self, names: Collection[str]) -> None:
        """Delete studies, as far as they are there."""
        for study in self.storage.get_all_studies():
            if study.study_name in {self.prefix + name for name in names}:
                self.storage.delete_study(study._study_id)


def open_study(storage: BaseStorage, name: str) -> optuna.Study:
    """Open or create a study in which a higher value is better; opening writes nothing."""
    try:
        return optuna.load_study(storage=storage, study_name=name)
    except KeyError:
        return optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )


def short_name(study: optuna.Study) -> str:
    """The name of a study without its prefix."""
    return str(study.study_name).rpartition("/")[2]


def read_study(path: Path, name: str) -> optuna.Study | None:
    """A study in a journal that another process may be writing to; `None` if there is no such study yet.

    Raises:
        StudyError: the file is not a journal.
    """
    if not path.exists():
        return None
    try:
        return optuna.load_study(storage=open_journal(path, read_only=True), study_name=name)
    except KeyError:
        return None
    except (ValueError, OSError) as error:
        raise StudyError(
            f"{path}: cannot be read ({error}); "
            "put a copy in its place, or start over with: remedy run FILE --fresh"
        ) from error


def read_records(path: Path, name: str) -> list[TrialRecord]:
    """The finished trainings of a study in a journal that another process may be writing to.

    Returns:
        Nothing if there is no such study yet.

    Raises:
        StudyError: the file is not a journal.
    """
    study = read_study(path, name)
    return finished_records(study) if study is not None else []


def close_written(study: optuna.Study) -> None:
    """Close the trials whose process ended after it had written their result and before it told Optuna."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if has_result(trial):
            close_trial(study, trial)
