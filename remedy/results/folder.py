"""The folder of one study: where its files are, who may write to it, and which experiment it belongs to.

Finding a study must be quick, so what only a run needs is imported where it is used.
"""

from __future__ import annotations

import difflib
import json
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from remedy.errors import RemedyError, StudyBusyError, StudyError
from remedy.results.files import UNFINISHED, is_left_over, write_json, write_text, writing_to

if TYPE_CHECKING:
    from remedy.config import Experiment
    from remedy.plan import Plan

INPUTS = "inputs"
"""The folder of a study's own copies of model and data, which is never deleted."""

_LOCK = ".lock"
_FEW = 6
_EXPLANATIONS = ("verdict.json", "report.html", "report.md", "figures")
_FILES = (
    *("study.journal*", "trials.csv", "environment.json", "baseline.json"),
    *("learnability.json", "diagnosis.json", "comparison.json"),
    *("curves*", "models", "best", ".best*"),
    *_EXPLANATIONS,
    UNFINISHED,
)
_UNFINISHED = (UNFINISHED, f"models/{UNFINISHED}", f"curves/*/{UNFINISHED}", f"best/{UNFINISHED}")


class StudyFolder:
    """The files of one study.

    Args:
        path: the folder, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.experiment = path / "experiment.yaml"
        self.environment = path / "environment.json"
        self.baseline = path / "baseline.json"
        self.journal = path / "study.journal"
        self.trials = path / "trials.csv"
        self.verdict = path / "verdict.json"
        self.best = path / "best"
        self.learnability = path / "learnability.json"
        self.diagnosis = path / "diagnosis.json"
        self.comparison = path / "comparison.json"
        self.report = path / "report.html"
        self.markdown = path / "report.md"
        self.figures = path / "figures"

    def hold(self) -> AbstractContextManager[object]:
        """Make the folder and hold the lock that keeps a second run out; a process that dies loses it.

        Raises:
            StudyBusyError: another run has the lock.
            StudyError: the folder cannot be written to, or holds something else than a study.
        """
        with writing_to(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            strangers = (
                path for path in self.path.iterdir() if not path.name.startswith(".") and path.name != INPUTS
            )
            if not self.experiment.exists() and any(strangers):
                raise StudyError(f"{self.path}: is not empty and no study; give the experiment another name")
            try:
                return filelock.FileLock(self.path / _LOCK).acquire(timeout=0)
            except filelock.Timeout:
                raise StudyBusyError(
                    f"{self.path}: another run is working on this study; wait for it or stop it"
                ) from None

    def adopt(
        self,
        experiment: Experiment,
        environment: Mapping[str, Any],
        baseline: Plan,
        *,
        extend: bool = False,
    ) -> None:
        """Write down what is run, if the folder is new or holds the same experiment.

        What earlier runs left half-written when they were killed is removed. The caller holds the lock.

        Args:
            experiment: resolved.
            environment: as `describe_environment` returns it.
            baseline: the plan that all recipes are applied to.
            extend: the experiment may try other recipes than before.

        Raises:
            StudyError: the folder holds results of a different experiment, or of other data.
        """
        from remedy.config import dump_experiment

        self.check(experiment, environment, extend=extend)
        # Workers that help may be writing at this moment; `best` is the run's own.
        self._delete(_UNFINISHED, only=is_left_over)
        self._delete([".best*"])
        write_text(self.experiment, dump_experiment(experiment))
        write_json(self.environment, environment)
        write_json(self.baseline, baseline.model_dump(mode="json"))

    def check(self, experiment: Experiment, environment: Mapping[str, Any], *, extend: bool = False) -> bool:
        """See to it that the folder holds nothing but results of this experiment.

        Args:
            experiment: resolved.
            environment: as `describe_environment` returns it.
            extend: it may try other recipes than before.

        Returns:
            Whether it does.

        Raises:
            StudyError: it holds results of a different experiment, or of other data.
        """
        from remedy.results.changes import can_be_extended

        changed = self._changed_settings(experiment)
        changed += [
            f"the content of {environment[part]['source']}"
            for part in ("data", "model", "fixes")
            if self._content_changed(environment, part)
        ]
        is_extension = bool(changed) and can_be_extended(changed)
        if changed and not (extend and is_extension):
            keep = "--extend to go on with them if it was only added to, " if is_extension else ""
            raise StudyError(
                f"{self.path}: holds results of another experiment (changed: {_few(changed)}); "
                f"add {keep}--fresh to delete them, or give the experiment another name"
            )
        return is_extension

    def _changed_settings(self, experiment: Experiment) -> list[str]:
        from remedy.config import load_experiment
        from remedy.results.changes import changed_settings

        if not self.experiment.exists():
            return []
        try:
            stored = load_experiment(self.experiment)
        except RemedyError as error:  # of another version, say
            raise StudyError(
                f"{self.path}: cannot go on with what is stored there ({error}); "
                "add --fresh to delete it, or give the experiment another name"
            ) from error
        return changed_settings(stored, experiment)

    def _content_changed(self, environment: Mapping[str, Any], part: str) -> bool:
        """Whether data or model, at the same place, are not what they were."""
        if not self.environment.exists() or environment.get(part) is None:
            return False
        before = self.digest(part)
        return before is not None and bool(before != environment[part]["sha256"])

    def digest(self, part: str) -> str | None:
        """The digest that a run wrote down of its `data`, `model` or `fixes`; `None` if it has none.

        Raises:
            StudyError: the file is damaged.
        """
        if not self.environment.exists():
            return None
        try:
            described = json.loads(self.environment.read_text(encoding="utf-8")).get(part)
            return described["sha256"] if described else None
        except (OSError, ValueError, AttributeError, LookupError, TypeError) as error:
            raise StudyError(
                f"{self.environment}: cannot be read ({error}); put a copy in its place, or start over with: "
                "remedy run FILE --fresh"
            ) from error

    def command_to_go_on(self) -> str:
        """The command that goes on with the study: the one that it was begun with, if that is known."""
        try:
            program, *arguments = json.loads(self.environment.read_text(encoding="utf-8"))["command_line"]
            known = Path(program).stem == "remedy" and arguments[0] == "run"
            # `--fresh` would delete what there is.
            again = ["remedy", *(argument for argument in arguments if argument != "--fresh")]
            return shlex.join(again) if known else "remedy run FILE"
        except (OSError, ValueError, LookupError, TypeError):  # which says nothing about the study itself
            return "remedy run FILE"

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
            raise StudyError(
                f"{self.verdict}: cannot be read ({error}); delete it, and remedy run writes it again"
            ) from error
        return verdict

    def forget_verdict(self) -> None:
        """Delete the verdict, its reports and figures, which may not hold any more.

        Raises:
            StudyError: something cannot be deleted.
        """
        self._delete(_EXPLANATIONS)

    def clear(self) -> None:
        """Delete what a study consists of, and nothing else; the caller holds the lock.

        Raises:
            StudyError: something cannot be deleted.
        """
        self._delete(_FILES)
        # The experiment goes last: a folder without it is no study any more and would be refused.
        self._delete([self.experiment.name])

    def _delete(self, patterns: Sequence[str], only: Callable[[Path], bool] = lambda _: True) -> None:
        with writing_to(self.path):
            for path in [path for pattern in patterns for path in self.path.glob(pattern) if only(path)]:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the study, and the folder unless it holds something else; the caller holds the lock."""
        self.clear()
        (self.path / _LOCK).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()


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
            return StudyFolder(path if path.name.strip(".") else path.resolve())  # `.` is no name
    names = [folder.path.name for folder in studies(results)]
    if not names:
        raise StudyError(f"no study {study!r} under {results}, nor any other; remedy run makes one")
    nearest = difflib.get_close_matches(study, names, n=1)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    raise StudyError(f"no study {study!r} under {results}; {hint}there are: {', '.join(names)}")


def studies(results: Path) -> list[StudyFolder]:
    """All studies under a results folder, the latest first."""
    found = sorted(results.glob("*/experiment.yaml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [StudyFolder(path.parent) for path in found]


def _few(changed: Sequence[str]) -> str:
    """The first of many changes; of a fix its name is enough.

    >>> _few(["fixes.scaling.choice", "fixes.scaling.required", "data.target"])
    'fixes.scaling, data.target'
    """
    names = [".".join(key.split(".")[:2]) if key.startswith("fixes.") else key for key in changed]
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
