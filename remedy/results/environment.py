"""`environment.json`: what is needed to tell why two runs of one experiment differ."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from remedy.config import Experiment
from remedy.data import Dataset
from remedy.fixes import reference_to
from remedy.plan import Plan, canonical_json, names_user_code
from remedy.storage_address import mask_passwords

_PACKAGES = ("remedy", "tensorflow", "keras", "optuna", "numpy", "scikit-learn", "pandas")


def describe_environment(
    experiment: Experiment, dataset: Dataset, baseline: Plan, command_line: Sequence[str], workers: int
) -> dict[str, Any]:
    """Versions, machine, command line, seeds and fingerprints, as JSON data."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command_line": [mask_passwords(argument) for argument in command_line],
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
        "fixes": _own_fixes(experiment),
    }


def _model(baseline: Plan) -> dict[str, Any] | None:
    """The user's own model: where it comes from, and a digest of what it is; `None` for a template."""
    source = baseline.model.source
    if source is None:
        return None
    plain = baseline.model_dump(mode="json")
    parts = [canonical_json([plain[key] for key in ("model", "optimizer", "loss", "metrics")]).encode()]
    if source.keep_weights or baseline.model.opaque is not None or names_user_code(plain):
        parts.append(Path(source.file).read_bytes())
    return {
        "source": source.file if source.function is None else f"{source.file}:{source.function}",
        "sha256": _digest(parts),
    }


def _own_fixes(experiment: Experiment) -> dict[str, Any] | None:
    """Where the fixes of the user's own come from, and a digest of their code; `None` without any."""
    references = [reference for name in experiment.fixes if ":" in (reference := reference_to(name))]
    if not references:
        return None
    return {"source": ", ".join(references), "sha256": _digest(map(_code_of, references))}


def _code_of(reference: str) -> bytes:
    place, _, _ = reference.rpartition(":")
    if place.endswith(".py"):
        return Path(place).read_bytes()
    spec = importlib.util.find_spec(place)
    return Path(spec.origin).read_bytes() if spec is not None and spec.origin is not None else b""


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


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
