"""The baseline as a plan, and plans as Keras models.

Only what works on plain data is re-exported; `remedy.models.build` loads TensorFlow.
"""

from remedy.models.baseline import baseline_plan
from remedy.models.templates import template_layers

__all__ = ["baseline_plan", "template_layers"]
