"""What a run tells its workers through the storage: the experiment, and what its inputs have to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import optuna
from optuna.storages import BaseStorage

from remedy.config import parse_experiment, to_plain
from remedy.errors import StudyError
from remedy.plan import canonical_json
from remedy.preparation import Prepared
from remedy.results.changes import changed_settings

_ATTRIBUTE = "experiment"
_IS_OVER = "over"
_INPUTS = ("data", "model", "fixes")


@dataclass(frozen=True)
class Published:
    """An experiment as its run sees it.

    Attributes:
        experiment: resolved, as `parse_experiment` reads it.
        inputs: digests of data, model and fixes, each with where it comes from.
        baseline: the plan that recipes are applied to.
    """

    experiment: Mapping[str, Any]
    inputs: Mapping[str, Any]
    baseline: Mapping[str, Any]


def describe(prepared: Prepared, environment: Mapping[str, Any]) -> Published:
    """What is to be published of an experiment.

    Args:
        prepared: the experiment.
        environment: as `describe_environment` returns it.
    """
    inputs = {
        part: {key: environment[part][key] for key in ("source", "sha256")}
        for part in _INPUTS
        if environment.get(part) is not None
    }
    return Published(to_plain(prepared.experiment), inputs, prepared.baseline.model_dump(mode="json"))


def publish(study: optuna.Study, published: Published) -> None:
    """Tell all who open the study, and that it is not over.

    Raises:
        StudyError: it is the study of another experiment.
    """
    before = read_published(study)
    if before is not None:
        check_same_experiment(published, before)
    if before != published:
        study.set_user_attr(_ATTRIBUTE, asdict(published))
    if is_over(study):
        study.set_user_attr(_IS_OVER, False)


def read_published(study: optuna.Study) -> Published | None:
    """What was published last; `None` if nothing has been."""
    plain = study.user_attrs.get(_ATTRIBUTE)
    return Published(**plain) if plain else None


def say_it_is_over(study: optuna.Study) -> None:
    """Tell all that there is a verdict."""
    study.set_user_attr(_IS_OVER, True)


def is_over(study: optuna.Study) -> bool:
    """Whether there is a verdict, and nothing left to train."""
    return bool(study.user_attrs.get(_IS_OVER, False))


def check_same_experiment(here: Published, there: Published) -> None:
    """See to it that a run of this process is one of the study's experiment.

    Raises:
        StudyError: settings, data, model or fixes are others.
    """
    changed = changed_settings(parse_experiment(there.experiment), parse_experiment(here.experiment))
    if changed:
        raise StudyError(
            f"the storage holds another experiment of this name (changed: {', '.join(changed)}); "
            "add --fresh to delete it, or give the experiment another name"
        )
    check_same_training(here, there)


def check_same_training(here: Published, there: Published) -> None:
    """See to it that this process would train the same as the others of the study.

    Raises:
        StudyError: its data, model or fixes are others, or it makes another plan of them.
    """
    for part in _INPUTS:
        mine, its = here.inputs.get(part) or {}, there.inputs.get(part) or {}
        if mine.get("sha256") != its.get("sha256"):
            raise StudyError(
                f"{mine.get('source') or its.get('source')}: is not what the study was begun with "
                "(its SHA-256 is another); use the same files on all machines, or begin anew with: "
                "remedy run FILE --fresh"
            )
    if canonical_json(_without_places(here.baseline)) != canonical_json(_without_places(there.baseline)):
        raise StudyError(
            "the study was begun with another plan of the same experiment; "
            "use the same versions of remedy and Keras everywhere"
        )


def _without_places(baseline: Mapping[str, Any]) -> dict[str, Any]:
    """The plan without the path of the user's model, which may differ from machine to machine."""
    model = dict(baseline["model"])
    if model.get("source"):
        model["source"] = {key: value for key, value in model["source"].items() if key != "file"}
    return {**baseline, "model": model}


def experiments_in(storage: BaseStorage) -> list[str]:
    """The names of the experiments in a shared storage that have no verdict yet."""
    suffix = "/search"
    names = [one.study_name for one in storage.get_all_studies() if one.study_name.endswith(suffix)]
    running = (name for name in names if not is_over(optuna.load_study(study_name=name, storage=storage)))
    return sorted(name.removesuffix(suffix) for name in running)
