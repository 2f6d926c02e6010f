from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from remedy.config.experiment import Data, Split, Window
from remedy.data import Dataset, load_dataset
from remedy.plan import Task

Load = Callable[..., Dataset]


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load a frame, or the text or bytes of a file, as an experiment's data section says."""
    folder = tmp_path_factory.mktemp("sources")
    numbers = count()

    def write(source: pd.DataFrame | str | bytes, ending: str) -> Path:
        path = folder / f"{next(numbers)}" / f"rows{ending}"
        path.parent.mkdir()
        if isinstance(source, pd.DataFrame):
            source = source.to_parquet() if ending.lower() == ".parquet" else source.to_csv(index=False)
        path.write_bytes(source.encode() if isinstance(source, str) else source)
        return path

    def load(
        source: pd.DataFrame | str | bytes,
        target: list[str],
        task: Task | None = None,
        *,
        window: dict[str, Any] | None = None,
        split: dict[str, Any] | None = None,
        ending: str = ".csv",
        **section: Any,
    ) -> Dataset:
        path = write(source, ending)
        try:
            data = Data(
                source=path,
                target=target,
                window=Window(**window) if window else None,
                split=Split(**split or {}),
                **section,
            )
            return load_dataset(data, task)
        finally:
            path.unlink()

    return load
