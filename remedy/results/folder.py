"""The folder of one study: where its files are, who may write to it, and which experiment it belongs to.

Finding a study must be quick, so what only a run needs is imported where it is used.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from remedy.errors import StudyError
from remedy.results.files import write_text, writing_to

if TYPE_CHECKING:
    from remedy.config import Experiment

MAY_CHANGE = ("search.trials", "search.timeout", "search.until", "search.workers", "confirm")
"""Settings that may differ from one run of a study to the next: they decide how much is done, not what."""


class StudyFolder:
    """The files of one study.

    Args:
        path: the folder, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.experiment = path / "experiment.yaml"
        self.environment = path / "environment.json"
        self.journal = path / "study.journal"
        self.trials = path / "trials.csv"
        self.verdict = path / "verdict.json"
        self.best = path / "best"

    def create(self) -> filelock.FileLock:
        """Make the folder and take the lock that keeps a second run out; a process that dies loses it.

        Raises:
            StudyError: the folder cannot be written to, or another run has the lock.
        """
        lock = filelock.FileLock(self.path / ".lock", timeout=0)
        with writing_to(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
            except filelock.Timeout:
                message = "another run is working on this study; wait for it or stop it"
                raise StudyError(f"{self.path}: {message}") from None
        return lock

    def adopt(self, experiment: Experiment) -> None:
        """Write the resolved experiment down, if the folder is new or holds the same one.

        Raises:
            StudyError: the folder holds results of a different experiment.
        """
        from remedy.config import dump_experiment, load_experiment

        if self.experiment.exists():
            before, now = (_settled(one) for one in (load_experiment(self.experiment), experiment))
            changed = [key for key in (*before, *now) if before.get(key) != now.get(key)]
            if changed:
                keys = ", ".join(dict.fromkeys(changed))
                raise StudyError(
                    f"{self.path}: holds results of another experiment ({keys} differ); "
                    f"add --fresh to delete them, or give the experiment another name"
                )
        write_text(self.experiment, dump_experiment(experiment))

    def read_verdict(self) -> dict[str, Any] | None:
        """What `verdict.json` holds; `None` as long as there is no verdict.

        Raises:
            StudyError: the file is damaged.
        """
        try:
            verdict: dict[str, Any] = json.loads(self.verdict.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StudyError(f"{self.verdict}: cannot be read ({error})") from error
        return verdict

    def clear(self) -> None:
        """Delete a study's files for a fresh start.

        Raises:
            StudyError: the folder is not empty and does not look like a study.
        """
        if not self.path.exists():
            return
        if any(self.path.iterdir()) and not self.experiment.exists():
            raise StudyError(f"{self.path}: is not a study of remedy, so --fresh does not delete it")
        shutil.rmtree(self.path)


def find_study(study: str, results: Path) -> StudyFolder:
    """The folder of an existing study.

    Args:
        study: a path, or a name under `results`.
        results: the folder that holds the studies.

    Raises:
        StudyError: there is none; the message lists those that exist.
    """
    for path in (Path(study), results / study):
        if (path / "experiment.yaml").exists():
            return StudyFolder(path)
    names = ", ".join(folder.path.name for folder in studies(results)) or "none yet"
    raise StudyError(f"no study {study!r} under {results}; there are: {names}")


def studies(results: Path) -> list[StudyFolder]:
    """All studies under a results folder, the latest first."""
    found = sorted(results.glob("*/experiment.yaml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [StudyFolder(path.parent) for path in found]


def _settled(experiment: Experiment) -> dict[str, Any]:
    """The experiment as dotted keys and values, without what may change between runs."""
    from remedy.config import to_plain

    flat = dict(_flatten("", to_plain(experiment)))
    return {
        key: value
        for key, value in flat.items()
        if not any(key == free or key.startswith(f"{free}.") for free in MAY_CHANGE)
    }


def _flatten(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        return [(prefix, value)]
    return [
        item
        for key, inner in value.items()
        for item in _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
    ]
