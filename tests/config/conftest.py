from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remedy.config import Experiment, load_experiment


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Experiment]:
    """Loads text as the file `x.yaml` of the current folder, with any overrides."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str | bytes, *overrides: str) -> Experiment:
        Path("x.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
        return load_experiment("x.yaml", overrides)

    return load_text
