"""The lines that a run shows on a terminal while it goes on: what matters most, in as many as there are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from remedy.cli.board import BEST, PHASES, Board, Running, Saved
from remedy.cli.formats import RIGHT
from remedy.cli.sparkline import sparkline
from remedy.cli.time_left import span_text
from remedy.cli.trials_view import status_cell
from remedy.inert import legible
from remedy.plan import Recipe
from remedy.search import TrialRecord
from remedy.wording.text import count_text, duration_text, recipe_text, skill_text

_CURVE, _AS_IT_IS, _OFF = "curve", "as it is", "off"
_AT_WORK_SHOWN = 4
_SHORT_NAMES = {"confirmation": "confirm"}
AT_WORK = {"diagnosis": "looking for the cause", "conclusion": "reading the test split, writing the results"}
"""What is done in a step in which nothing is trained."""


@dataclass(frozen=True)
class Screen:
    """Room and abilities of a terminal, in characters.

    Attributes:
        ascii_only: it cannot show blocks.
    """

    width: int
    height: int
    ascii_only: bool = False

    @property
    def bar_width(self) -> int:
        """Room for a bar of progress, so that the figures beside it have some, too."""
        return 20 if self.width >= 76 else 10

    @property
    def curve_width(self) -> int:
        """Room for a curve, so that the recipe beside it has some, too."""
        return 20 if self.width >= 110 else 12 if self.width >= 76 else 8


@dataclass
class _Room:
    """Lines that are left."""

    lines: int

    def take(self, wanted: int, at_least: int = 0) -> int:
        """As many of the lines as are left, or none if that is too few."""
        given = max(min(wanted, self.lines), 0)
        if given < at_least:
            return 0
        self.lines -= given
        return given


def live_view(board: Board, screen: Screen) -> RenderableType:
    """Draw what the board knows, the most important first; every line of it is one line of the terminal.

    Args:
        board: follows the run.
        screen: where it is drawn; what does not fit is left out.
    """
    running = board.at_work
    room = _Room(screen.height - 1)  # the cursor stands in a line of its own
    room.take(2)  # the phase, and the time
    best = board.best
    something = best or running or board.done("baseline")
    rows = something and room.take(2, at_least=2)  # the heads of the columns, and the best trial
    at_work = room.take(min(len(running), _AT_WORK_SHOWN)) if rows else 0
    more_best = room.take(max(min(len(best), BEST) - 1, 0)) if rows else 0
    phases = room.take(len(PHASES) - 1 + (board.now == "conclusion"), at_least=len(PHASES) - 1)
    baseline = room.take(1) if rows and best and board.done("baseline") else 0
    sentence = _cut(legible(board.diagnosis), screen.width, 2) if board.diagnosis else []
    said = room.take(len(sentence))
    blanks = room.take(2, at_least=2)

    parts: list[RenderableType] = [Text()] if blanks else []
    parts += [_phases(board, screen, all_of_them=bool(phases)), _time(board, screen.width)]
    parts += [Text(line, no_wrap=True, overflow="ellipsis") for line in sentence[:said]]
    parts += [Text()] if blanks else []
    if rows:
        parts.append(_trials(board, screen, 1 + more_best, at_work, with_baseline=bool(baseline)))
    return Group(*parts)


def _phases(board: Board, screen: Screen, *, all_of_them: bool) -> Table:
    names = [*PHASES, "conclusion"] if board.now == "conclusion" else PHASES
    shown = names if all_of_them else [board.now or PHASES[0]]
    counts = {name: _count_text(board, name) for name in shown if name not in AT_WORK}
    widest = max(map(len, counts.values()), default=0)
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(no_wrap=True, width=max(map(len, shown)))
    lines.add_column(no_wrap=True)
    for name in shown:
        now, spent = name == board.now, board.seconds_in(name)
        style = "bold" if now else "" if spent else "dim"
        taken = duration_text(spent) if spent >= 1 else ""
        if name in AT_WORK:
            rest: RenderableType = _one_line(AT_WORK[name]) if now else Text(taken, "dim")
        elif not counts[name]:
            rest = Text()
        else:
            rest = _progress(board, name, Text(counts[name]), Text(taken), widest, screen)
        lines.add_row(Text(name, style), rest)
    return lines


def _progress(
    board: Board, name: str, count: Text, taken: Text, widest: int, screen: Screen
) -> RenderableType:
    if name != board.now:
        count.stylize("dim")
        taken.stylize("dim")
    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_column(width=screen.bar_width)
    line.add_column(no_wrap=True, width=widest)
    line.add_column(no_wrap=True)
    done, most = board.done(name), max(board.trainings(name).high, 1)
    bar = ProgressBar(
        most, min(done, most), width=screen.bar_width, complete_style="cyan", finished_style="cyan"
    )
    line.add_row(bar if count.plain != _OFF else "", count, taken)
    return line


def _count_text(board: Board, name: str) -> str:
    """How many trainings of a phase there are and will be, as far as that can be told."""
    total, done = board.trainings(name), board.done(name)
    if name == "ablation" and not board.ablates:
        return _OFF
    most = count_text(int(total.high), "training")
    if total.low == total.high:
        return f"{done:,} of {most}"
    if done:
        return f"{done:,} of {int(total.low):,} to {most}"
    if not board.best:
        return ""
    return f"{int(total.low):,} to {most}" if total.low else f"up to {most}"


def _time(board: Board, width: int) -> Text:
    text = f"{duration_text(board.elapsed)} so far"
    if (left := board.left) is not None:
        text += f", {span_text(left)} left"
    elif board.now != "conclusion":
        text += ", estimating the time left"
    if board.saved.epochs > 0:
        long = f"{text}; {saved_text(board.saved)}"
        text = long if len(long) <= width else f"{text}; {saved_text(board.saved, short=True)}"
    return _one_line(text)


def saved_text(saved: Saved, *, short: bool = False) -> str:
    """What early stopping has saved so far."""
    share = f"{100 * saved.epochs / saved.planned:.0f} %"
    if short:
        return f"early stopping saved {share} of epochs"
    return f"early stopping saved {saved.epochs:,} of {saved.planned:,} epochs ({share})"


def _trials(board: Board, screen: Screen, best: int, at_work: int, *, with_baseline: bool) -> Table:
    shown = board.best[:best]
    shared = _shared([record.recipe for record in shown])
    rows = [_trial(board, place, record, shared, screen) for place, record in enumerate(shown, start=1)]
    if (with_baseline or not shown) and board.done("baseline"):
        rows.append(_baseline(board, screen))
    rows += [_at_work(study, number, one, screen) for (study, number), one in board.at_work[:at_work]]
    heads = [Text(head, "dim") for head in ("rank", "trial", "status", "skill", _CURVE, "recipe")]
    table = Table.grid(padding=(0, 2, 0, 0))
    left = screen.width
    for index, head in enumerate(heads[:-1]):
        cells = [head, *(row[index] for row in rows)] if head.plain != _CURVE else []
        width = max((cell.cell_len for cell in cells), default=screen.curve_width)
        table.add_column(justify="right" if head.plain in RIGHT else "left", no_wrap=True, width=width)
        left -= width + 2
    table.add_column(no_wrap=True, overflow="ellipsis", width=max(left, 1))
    for row in (heads, *rows):
        table.add_row(*row)
    return table


def _trial(
    board: Board, place: int, record: TrialRecord, shared: Collection[str], screen: Screen
) -> list[Text]:
    return [
        Text(str(place)),
        Text(str(record.number)),
        status_cell(record.status.value),
        Text(skill_text(record.skill), "bold"),
        _curve(board.curve("search", record.number), screen),
        _one_line(recipe_text(_telling_first(record.recipe, shared)) or _AS_IT_IS),
    ]


def _shared(recipes: Sequence[Recipe]) -> set[str]:
    """The fixes that all recipes have with the same value."""
    return {
        name
        for name, value in (recipes[0] if len(recipes) > 1 else {}).items()
        if all(recipe.get(name) == value for recipe in recipes)
    }


def _telling_first(recipe: Recipe, shared: Collection[str]) -> Recipe:
    """The recipe with what tells it from the others in front: the end is cut where there is no room."""
    return dict(sorted(recipe.items(), key=lambda item: item[0] in shared))


def _baseline(board: Board, screen: Screen) -> list[Text]:
    records = list(board.finished["baseline"].values())
    skill = skill_text(statistics.fmean(record.skill for record in records))
    curve = _curve(board.curve("baseline", records[0].number), screen)
    return [
        Text(),
        Text("baseline"),
        status_cell(board.baseline_status.value),
        Text(skill),
        curve,
        Text(_AS_IT_IS),
    ]


def _at_work(study: str, number: int, training: Running, screen: Screen) -> list[Text]:
    progress = f"epoch {training.epoch}/{training.epochs}" if training.epoch else "begun"
    return [
        Text(),
        Text(str(number) if study == "search" else f"{_SHORT_NAMES.get(study, study)} {number}", "cyan"),
        Text(progress, "cyan"),
        Text(skill_text(training.skill)),
        _curve(training.curve, screen, training.epoch / training.epochs),
        _one_line(recipe_text(training.recipe) or _AS_IT_IS),
    ]


def _curve(skills: Sequence[float], screen: Screen, share: float = 1.0) -> Text:
    """Validation skill from 0 to 1, so that curves can be compared; what is below 0 is at the bottom."""
    width = max(round(screen.curve_width * share), 1)
    clipped = [min(max(skill, 0.0), 1.0) if math.isfinite(skill) else skill for skill in skills]
    drawn = sparkline(clipped, width=width, bounds=(0.0, 1.0), ascii_only=screen.ascii_only)
    return Text(drawn, no_wrap=True)


def _cut(text: str, width: int, lines: int) -> list[str]:
    """Text broken at words into at most so many lines, the last one with dots if it is not all."""
    rest = text.split()
    cut: list[str] = []
    while rest and len(cut) < lines:
        line = rest.pop(0)
        while rest and len(line) + 1 + len(rest[0]) <= width:
            line += f" {rest.pop(0)}"
        cut.append(line)
    if rest:
        cut[-1] = f"{cut[-1][: width - 3].rpartition(' ')[0]} ..."
    return cut


def _one_line(text: str, style: str = "") -> Text:
    """Text that is cut where there is no more room, so that the columns before it stay whole."""
    return Text(legible(text), style, no_wrap=True, overflow="ellipsis")
