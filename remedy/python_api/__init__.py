"""What `remedy run` and `remedy diagnose` do, for a compiled model and arrays that are at hand."""

from remedy.python_api.diagnose_model import diagnose
from remedy.python_api.unstick_model import unstick

__all__ = ["diagnose", "unstick"]
