"""A copy of studies as a journal file, to be read without the storage that they are in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from remedy.errors import cannot_write


def copy_studies(storage: BaseStorage, prefix: str, names: Sequence[str], path: Path) -> None:
    """Write studies into a journal, in the place of what it held; it appears whole or not at all.

    Args:
        storage: holds the studies.
        prefix: of their names there; the copies have none.
        names: without the prefix.
        path: of the journal.

    Raises:
        StudyError: the journal cannot be written; what was there before is still there.
    """
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    unfinished.unlink(missing_ok=True)
    try:
        copies = JournalStorage(JournalFileBackend(str(unfinished)))
        for name in names:
            optuna.copy_study(
                from_study_name=prefix + name, from_storage=storage, to_storage=copies, to_study_name=name
            )
        unfinished.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
