"""Whatever is wrong with what was handed in, it is said in one line, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Remedy


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edit


def _remove_data(folder: Path) -> None:
    (folder / "sine.csv").unlink()


def _shorten_data(folder: Path) -> None:
    (folder / "sine.csv").write_text("value\n" + "\n".join(map(str, range(12))) + "\n")


def _fine(folder: Path) -> None:
    (folder / "a_file").write_text("")


RUN = ("run", "sine.yaml")
BAD_INPUT: dict[str, tuple[Callable[[Path], None], Sequence[str], str]] = {
    "no experiment file": (_fine, ("run", "nothing.yaml"), "nothing.yaml: no such file; "),
    "no data file": (_remove_data, RUN, "sine.csv"),
    "no such column": (_edit("sine.yaml", "target: value", "target: valeu"), RUN, "valeu"),
    "target of text": (_edit("sine.csv", "100.0000", "some text"), RUN, "value"),
    "NaN in the data": (_edit("sine.csv", "100.0000", "nan"), RUN, "value"),
    "too few rows": (_shorten_data, RUN, "row"),
    "empty space": (
        _edit("sine.yaml", "[minmax, standard]", "[]"),
        RUN,
        "scaling",
    ),
    "list for a number": (_edit("sine.yaml", "epochs: 3", "epochs: [4]"), RUN, "training.epochs"),
    "unknown key": (_edit("sine.yaml", "epochs: 3", "epoch: 4"), RUN, "did you mean 'epochs'"),
    "unknown fix": (_edit("sine.yaml", "  batch_norm", "  batchnorm"), RUN, "batch_normalization"),
    "no place for results": (_fine, (*RUN, "--results", "a_file/results"), "a_file/results"),
    "unknown --set key": (_fine, (*RUN, "--set", "training.epoch=3"), "did you mean 'epochs'"),
    "--set without value": (_fine, (*RUN, "--set", "training.epochs"), "--set training.epochs"),
    "bad number of trials": (_fine, (*RUN, "--trials", "0"), "--trials 0"),
    "bad duration": (_fine, (*RUN, "--timeout", "soon"), "--timeout soon"),
    "bad number of workers": (_fine, (*RUN, "--workers", "0"), "--workers 0"),
    "check of a bad file": (_edit("sine.yaml", "epochs: 3", "epochs: no"), ("check", "sine.yaml"), "epochs"),
    "results of an unknown study": (_fine, ("results", "nothing"), "no study 'nothing'"),
    "trial of an unknown study": (_fine, ("show", "nothing", "1"), "no study 'nothing'"),
    "unknown entry of the catalogue": (_fine, ("fixes", "clipnrom"), "did you mean 'clipnorm'"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_writes_nothing(folder: Path, remedy: Remedy, case: str) -> None:
    spoil, arguments, message = BAD_INPUT[case]
    spoil(folder)
    before = sorted(folder.rglob("*"))
    ended = remedy(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    assert message in ended.err
    assert sorted(folder.rglob("*")) == before
