"""Writes `docs/gallery.md`: what the owner of each case sees, what the cause is, and what remedy says.

Run as `python -m benchmarks.gallery_page`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.gallery import GalleryCase, gallery
from benchmarks.table import say
from remedy.errors import RemedyError
from remedy.examination import examine
from remedy.fixes import apply_recipe
from remedy.plan import Plan
from remedy.preparation import prepare
from remedy.training import Limits, Outcome, TrainJob
from remedy.workers import WorkerPool

PAGE = Path("docs/gallery.md")
PICTURES = "gallery"
_SEED = 20_000
"""Neither a seed of a search nor one of a confirmation."""

_RED, _BLUE = "#c0392b", "#2471a3"

_HEAD = """\
# The gallery

Stuck trainings of which the cause and a cure are known, trainings with nothing to mend, and data with
nothing to learn. Each is a folder in [experiments/gallery](../experiments/gallery), and
`remedy run experiments/gallery/NAME/experiment.yaml` repeats it. Left in each picture: the loss as its owner
sees it, dashed for validation. Right: the skill on the validation split (share of the variance or deviance
explained, 0 is a constant answer) of that training and of the cured one.
"""


@dataclass(frozen=True)
class Shown:
    """What is shown of a case.

    Attributes:
        sentence: what the diagnosis says.
        before: the training as it is.
        after: the cured one; `None` where there is nothing to cure.
    """

    sentence: str
    before: Outcome
    after: Outcome | None


def show(case: GalleryCase) -> Shown:
    """Train a case once without and once with its cure, and diagnose it as `remedy run` would."""
    prepared = prepare(case.experiment, tell=lambda _: None)
    with WorkerPool(prepared.dataset, 1) as pool:
        before = _train(pool, prepared.baseline)
        known_stuck = None if case.verdicts == ("already_learning",) else before.status != "overfit"
        diagnosis = examine(prepared, pool, known_stuck=known_stuck)
        after = _train(pool, apply_recipe(prepared.baseline, case.cure)) if case.is_curable else None
    return Shown(diagnosis.sentence, before, after)


def _train(pool: WorkerPool, plan: Plan) -> Outcome:
    pool.submit(TrainJob(plan, _SEED, min_skill=0.1, model_path=None, limits=Limits()))
    _, result = pool.wait()
    assert isinstance(result, Outcome), result  # noqa: S101 - the gallery's trainings do not fail
    return result


def section(case: GalleryCase, sentence: str) -> str:
    """The case as Markdown."""
    lines = [f"### {case.cause}", "", f"![{case.name}]({PICTURES}/{case.name}.svg)", "", case.story, ""]
    if case.is_curable:
        lines += [f"- Cure: `{json.dumps(case.cure)}`"]
    lines += [f"- remedy says: {sentence}"]
    lines += [f"- Verdict: {' or '.join(f'`{name}`' for name in case.verdicts)}"]
    lines += [f"- Files: [experiments/gallery/{case.name}](../experiments/gallery/{case.name})"]
    return "\n".join(lines) + "\n"


def picture(shown: Shown) -> Figure:
    """The loss of the stuck training, and both skills."""
    figure = Figure(figsize=(7.2, 2.2), layout="constrained")
    loss, skill = figure.subplots(1, 2)
    curve = shown.before.curve
    epochs = [record.epoch for record in curve]
    loss.plot(epochs, [record.loss for record in curve], color=_RED)
    loss.plot(epochs, [record.val_loss for record in curve], color=_RED, linestyle="--")
    loss.set(xlabel="epoch", ylabel="loss")
    if not any(math.isfinite(record.loss) for record in curve):
        loss.text(0.5, 0.5, "NaN", transform=loss.transAxes, ha="center", va="center", color=_RED)
    for outcome, color, label in ((shown.before, _RED, "as it is"), (shown.after, _BLUE, "cured")):
        if outcome is not None:
            values = [max(record.val_skill, -1.0) for record in outcome.curve]
            skill.plot([record.epoch for record in outcome.curve], values, color=color, label=label)
    skill.axhline(0, color="grey", linewidth=0.6)
    skill.set(xlabel="epoch", ylabel="skill (from -1)", ylim=(-1.05, 1.05))
    skill.legend(frameon=False, loc="lower right")
    for axes in (loss, skill):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and its pictures.

    Returns:
        The exit status: 1 if a case cannot be shown, 2 if no case fits.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery_page", description=__doc__)
    parser.add_argument("--out", type=Path, default=PAGE, help=f"default: {PAGE}")
    options = parser.parse_args(arguments)
    folder = options.out.parent / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["svg.hashsalt"] = "remedy"
    mpl.rcParams["svg.fonttype"] = "none"
    groups: dict[str, list[str]] = {"Stuck": [], "Nothing to mend": [], "Nothing to learn": []}
    for case in gallery():
        try:
            shown = show(case)
        except RemedyError as error:
            say(f"{case.name}: {error}")
            return 1
        picture(shown).savefig(folder / f"{case.name}.svg", metadata={"Date": None})
        groups[_group(case)].append(section(case, shown.sentence))
        say(f"{case.name}: {shown.sentence}")
    parts = [f"## {title}\n\n" + "\n".join(sections) for title, sections in groups.items()]
    options.out.write_text("\n".join([_HEAD, *parts]), encoding="utf-8")
    return 0


def _group(case: GalleryCase) -> str:
    if case.is_curable:
        return "Stuck"
    return "Nothing to mend" if case.verdicts == ("already_learning",) else "Nothing to learn"


if __name__ == "__main__":
    sys.exit(main())
