"""The workers of a Dask cluster as workers of a run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from remedy.config import load_experiment
from remedy.errors import ConfigError, StudyError
from remedy.joining import work_for
from remedy.results.folder import find_study
from remedy.results.study_storage import open_shared, open_studies
from remedy.run_progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from distributed import Client, Future

_ANSWERS_WITHIN = "10s"
_LOOK_EVERY = 5.0
"""Seconds after which it is looked whether the cluster has grown."""

_PATIENCE = 60.0
"""Seconds for which a worker of the cluster waits for the run: it is in nobody's way for longer."""


@dataclass(frozen=True)
class Whereabouts:
    """Where a worker of the cluster finds the study.

    Attributes:
        folder: of its results, absolute; it is on a disk that the cluster shares, unless there is a storage.
        storage: the address of the storage, if the study is in one. Dask logs the arguments of what fails, so
            it is no part of the representation: it may hold a password.
        name: of the experiment.
    """

    folder: Path
    storage: str | None = field(repr=False)
    name: str


@contextlib.contextmanager
def on_dask(address: str, study: Whereabouts, tell: Callable[[str], None]) -> Iterator[None]:
    """Have every thread of a Dask cluster work for a run, as long as the context lasts.

    Workers that have a resource `GPU` get as many trainings as they have of it.

    Args:
        address: of the scheduler, `dask://host:port`.
        study: the run's.
        tell: is told how many there are, and what goes wrong on the cluster.

    Raises:
        ConfigError: `distributed` is not installed.
        StudyError: the scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "search.workers: dask:// needs distributed; install it with: pip install 'remedy[dask]'"
        ) from None
    scheduler = address.replace("dask://", "tcp://", 1)
    try:
        client = Client(scheduler, timeout=_ANSWERS_WITHIN, set_as_default=False)
    except OSError as error:
        raise StudyError(
            f"{address}: no Dask scheduler answers there; start it, or correct search.workers"
        ) from error
    with client, _Submitter(client, study, tell):
        yield


class _Submitter:
    """Keeps as many workers on the cluster as it has room for."""

    def __init__(self, client: Client, study: Whereabouts, tell: Callable[[str], None]) -> None:
        self._client = client
        self._study = study
        self._tell = tell
        self._futures: list[Future] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dask", daemon=True)

    def __enter__(self) -> _Submitter:
        self._submit()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=_LOOK_EVERY)

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY):
            self._submit()

    def _submit(self) -> None:
        self._report_errors()
        places, resources = _places(self._client)
        if not places and not self._futures and not self._thread.is_alive():
            self._tell("the Dask cluster has no workers yet; waiting for them")
        missing = places - len(self._futures)
        for _ in range(missing):
            # Not pure: the same call is wanted several times.
            self._futures.append(self._client.submit(serve, self._study, pure=False, resources=resources))
        if missing > 0:
            self._tell(f"{places} trainings at once on the Dask cluster")

    def _report_errors(self) -> None:
        for future in [one for one in self._futures if one.status == "error"]:
            self._futures.remove(future)
            self._tell(f"a worker of the Dask cluster has failed: {future.exception()}")


def _places(client: Client) -> tuple[int, dict[str, float] | None]:
    """How many trainings the cluster has room for, and what each of them takes of it."""
    workers: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    gpus = sum(int(worker["resources"].get("GPU", 0)) for worker in workers.values())
    if gpus:
        return gpus, {"GPU": 1}
    return sum(worker["nthreads"] for worker in workers.values()), None


def serve(study: Whereabouts) -> int:
    """Work for a run; what is submitted to the cluster.

    Returns:
        How many trainings were finished.
    """
    if study.storage is not None:
        studies, folder = open_shared(study.storage, study.name), None
    else:
        folder = find_study(str(study.folder), study.folder.parent)
        studies = open_studies(load_experiment(folder.experiment), folder)
    with contextlib.closing(studies):
        return work_for(studies, Silent(), folder=folder, overrides=["search.workers=1"], patience=_PATIENCE)
