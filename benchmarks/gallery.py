"""The cases of `experiments/gallery`: stuck trainings of which cause and cure are known, and controls."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from remedy.plan import Recipe

GALLERY = Path(__file__).parents[1] / "experiments" / "gallery"


@dataclass(frozen=True)
class GalleryCase:
    """What `case.yaml` says of one training.

    Attributes:
        name: of the case and of its folder.
        cause: what is wrong, as a title.
        story: what its owner saw and did, in three sentences.
        symptoms: of which the diagnosis has to name one first; empty for a healthy training.
        verdicts: of which the run has to reach one.
        cure: a recipe that is known to do it; empty for controls.
        accepted: sets of fixes that each treat the cause; one of them has to be in the minimal recipe.
        held_out: nothing was decided by looking at how this case comes out.
    """

    name: str
    cause: str
    story: str
    symptoms: tuple[str, ...]
    verdicts: tuple[str, ...]
    cure: Recipe
    accepted: tuple[frozenset[str], ...]
    held_out: bool

    @property
    def folder(self) -> Path:
        """Where everything lies that belongs to the case alone."""
        return GALLERY / self.name

    @property
    def experiment(self) -> Path:
        """The experiment file, as a user would have it."""
        return self.folder / "experiment.yaml"

    @property
    def is_curable(self) -> bool:
        """Whether there is a recipe for it; if not, it is a control."""
        return bool(self.cure)

    def is_treated_by(self, recipe: Recipe) -> bool:
        """Whether a recipe holds a known cure."""
        return any(fixes <= recipe.keys() for fixes in self.accepted)


def gallery(only: str = "*") -> list[GalleryCase]:
    """The cases whose name fits, in the order of their names."""
    names = sorted(path.parent.name for path in GALLERY.glob("*/case.yaml"))
    return [_read(name) for name in names if fnmatch(name, only)]


def _read(name: str) -> GalleryCase:
    said: dict[str, Any] = yaml.safe_load((GALLERY / name / "case.yaml").read_text(encoding="utf-8"))
    return GalleryCase(
        name=name,
        cause=said["cause"],
        story=said["story"],
        symptoms=tuple(said["symptoms"]),
        verdicts=tuple(said["verdict"]),
        cure=said.get("cure", {}),
        accepted=tuple(frozenset(fixes) for fixes in said.get("accepted", [])),
        held_out=said["held_out"],
    )
