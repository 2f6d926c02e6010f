"""The journal file that holds an experiment's studies, and what is mended in it after a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from remedy.errors import StudyError
from remedy.search.records import TrialRecord, close_trial, finished_records, has_result

optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_storage(path: Path, tell: Callable[[str], None] = lambda _: None) -> JournalStorage:
    """Open or create a journal that no other process is using.

    A process that was killed may leave half a line at the end and Optuna's own lock file behind; both are
    removed. The caller holds a lock on the experiment's folder.

    Args:
        path: of the journal.
        tell: is told of half a line.
    """
    path.with_name(path.name + ".lock").unlink(missing_ok=True)
    if path.exists() and _drop_torn_line(path):
        tell(f"{path}: the last line was cut short when a run was killed; it is dropped, the rest is whole")
    return JournalStorage(JournalFileBackend(str(path)))


def open_study(storage: JournalStorage, name: str) -> optuna.Study:
    """Open or create a study in which a higher value is better."""
    return optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)


def read_study(path: Path, name: str) -> optuna.Study | None:
    """A study in a journal that another process may be writing to; `None` if there is no such study yet.

    Raises:
        StudyError: the file is not a journal.
    """
    if not path.exists():
        return None
    try:
        storage = JournalStorage(JournalFileBackend(str(path)))
        return optuna.load_study(storage=storage, study_name=name)
    except KeyError:
        return None
    except (ValueError, OSError) as error:
        raise StudyError(f"{path}: cannot be read ({error})") from error


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


def _drop_torn_line(path: Path) -> bool:
    with path.open("rb+") as journal:
        content = journal.read()
        is_torn = bool(content) and not content.endswith(b"\n")
        if is_torn:
            journal.truncate(content.rfind(b"\n") + 1)
    return is_torn
