"""The curves of all trainings: one small file each while a study runs, one table per study in the end."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

import pandas as pd

from remedy.results.files import UNFINISHED, is_left_over, write_parquet
from remedy.training import EpochRecord

COLUMNS = ["trial", *(field.name for field in dataclasses.fields(EpochRecord))]
"""trial, epoch, loss, val_loss, skill, val_skill, learning_rate, gradient_norm."""


class Curves:
    """The curves of one Optuna study.

    Args:
        folder: the experiment's results folder.
        study: the study's name; the search's table is `curves.parquet`, the others' `curves-<study>.parquet`.
    """

    def __init__(self, folder: Path, study: str) -> None:
        self._table = folder / ("curves.parquet" if study == "search" else f"curves-{study}.parquet")
        self._parts = folder / "curves" / study

    def save(self, trial: int, curve: tuple[EpochRecord, ...]) -> None:
        """Keep the curve of a finished training."""
        rows = [{"trial": trial, **dataclasses.asdict(record)} for record in curve]
        write_parquet(self._parts / f"{trial}.parquet", pd.DataFrame(rows, columns=COLUMNS))

    def ends(self) -> dict[int, EpochRecord]:
        """The last epoch of each curve that is kept."""
        last = self.read().groupby("trial").tail(1)
        return {trial: EpochRecord(*figures) for trial, *figures in last[COLUMNS].itertuples(index=False)}

    def of(self, trial: int) -> pd.DataFrame:
        """The curve of one trial, ordered by epoch; empty if none is kept."""
        part = self._parts / f"{trial}.parquet"
        if part.exists():
            return pd.read_parquet(part)
        if self._table.exists():
            return pd.read_parquet(self._table, filters=[("trial", "==", trial)])
        return pd.DataFrame(columns=COLUMNS)

    def read(self) -> pd.DataFrame:
        """All curves kept so far, ordered by trial and epoch."""
        tables = [pd.read_parquet(path) for path in self._written()]
        if self._table.exists():
            merged = pd.read_parquet(self._table)
            # A kill between writing the table and removing the parts leaves both.
            newer = {int(part.stem) for part in self._written()}
            tables.insert(0, merged[~merged["trial"].isin(newer)])
        if not tables:
            return pd.DataFrame(columns=COLUMNS)
        table = pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)
        return table.sort_values(["trial", "epoch"], ignore_index=True)

    def merge(self) -> None:
        """Put all curves into the one table; can be repeated and interrupted at any time."""
        parts = self._written()
        if not parts:
            return
        write_parquet(self._table, self.read())
        left_over = [path for path in self._parts.glob(UNFINISHED) if is_left_over(path)]
        for part in (*parts, *left_over):
            part.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a worker that helps has a curve in it again
            self._parts.rmdir()

    def _written(self) -> list[Path]:
        return sorted(self._parts.glob("[!.]*.parquet"))
