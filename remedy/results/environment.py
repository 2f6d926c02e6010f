"""`environment.json`: what is needed to tell why two runs of one experiment differ."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from remedy.config import Experiment
from remedy.data import Dataset
from remedy.plan import Plan, canonical_json

_PACKAGES = ("remedy", "tensorflow", "keras", "optuna", "numpy", "scikit-learn", "pandas")


def describe_environment(
    experiment: Experiment, dataset: Dataset, baseline: Plan, command_line: Sequence[str], workers: int
) -> dict[str, Any]:
    """Versions, machine, command line, seeds and the fingerprints of data and model, as JSON data."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command_line": list(command_line),
        "versions": {"python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in _PACKAGES},
        "machine": {
            "platform": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "workers": workers,
        },
        "git_commit": _git_commit(experiment.data.source.parent),
        "seed": experiment.search.seed,
        "data": {
            "source": str(experiment.data.source),
            "sha256": dataset.fingerprint,
            "rows": dataset.rows,
            "samples": {
                "train": len(dataset.train),
                "validation": len(dataset.validation),
                "test": len(dataset.test),
            },
            "input_shape": list(dataset.input_shape),
        },
        "model": _model(baseline),
    }


def _model(baseline: Plan) -> dict[str, Any] | None:
    """The user's own model: where it comes from, and a digest of what it says; `None` for a template."""
    source = baseline.model.source
    if source is None:
        return None
    if baseline.model.opaque is not None:
        content = Path(source.file).read_bytes()
    else:
        content = canonical_json(
            [baseline.model_dump(mode="json")[key] for key in ("model", "optimizer", "loss", "metrics")]
        ).encode()
    return {
        "source": source.file if source.function is None else f"{source.file}:{source.function}",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _git_commit(folder: Path) -> str | None:
    """The commit of the repository that holds the data, `None` outside of one."""
    try:
        run = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return run.stdout.strip() if run.returncode == 0 else None
