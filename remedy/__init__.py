"""Finds the fixes that unstick a Keras training whose loss does not move.

Everything here is loaded on first use: `import remedy` is quick and never imports TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remedy.errors import RemedyError
    from remedy.monitor.stuck_loss_monitor import StuckLossMonitor
    from remedy.pipeline import run
    from remedy.python_api import diagnose, unstick
    from remedy.results.study import Study, load
    from remedy.results.verdict import Verdict

__all__ = ["RemedyError", "StuckLossMonitor", "Study", "Verdict", "diagnose", "load", "run", "unstick"]

_HOMES = {
    "RemedyError": "remedy.errors",
    "StuckLossMonitor": "remedy.monitor.stuck_loss_monitor",
    "Study": "remedy.results.study",
    "Verdict": "remedy.results.verdict",
    "diagnose": "remedy.python_api",
    "load": "remedy.results.study",
    "run": "remedy.pipeline",
    "unstick": "remedy.python_api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'remedy' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
