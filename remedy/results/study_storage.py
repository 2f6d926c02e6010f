"""Where the studies of an experiment are kept: in its folder, or in a storage that machines share."""

from __future__ import annotations

from collections.abc import Callable

from remedy.config import Experiment
from remedy.errors import ConfigError
from remedy.results.folder import StudyFolder
from remedy.search import Studies
from remedy.storage import open_journal, open_remote_storage
from remedy.storage_address import is_masked, parse_storage_address


def open_studies(
    experiment: Experiment, folder: StudyFolder, tell: Callable[[str], None] = lambda _: None
) -> Studies:
    """Open or create the studies of an experiment.

    Args:
        experiment: says which storage.
        folder: of its results.
        tell: is told what was mended, and of a storage that does not answer.

    Raises:
        ConfigError, StudyError: the storage cannot be opened.
    """
    if experiment.search.storage is None:
        return Studies(open_journal(folder.journal, tell))
    return open_shared(experiment.search.storage, experiment.name, tell)


def open_shared(url: str, experiment: str, tell: Callable[[str], None] = lambda _: None) -> Studies:
    """Open or create the studies of an experiment in a storage that machines share.

    Args:
        url: of the storage.
        experiment: its name.
        tell: is told when the storage stops answering and when it answers again.

    Raises:
        ConfigError, StudyError: the storage cannot be opened.
    """
    address = parse_storage_address(url)
    if is_masked(url):
        raise ConfigError(
            f"search.storage: {address} is without its password, which is never written down; "
            "put it into ~/.pgpass or PGPASSWORD, or give the address with --set search.storage=..."
        )
    return Studies(open_remote_storage(address, tell), f"{experiment}/")
