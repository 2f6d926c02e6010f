"""The baseline as a plan, the user's models as descriptions, and plans as Keras models.

Only what works on plain data is re-exported; `build`, `user_model` and `read_user_model` load TensorFlow.
"""

from remedy.models.baseline import baseline_plan
from remedy.models.description import Compilation, ModelDescription
from remedy.models.match_data import answers_at_every_step, task_of_model
from remedy.models.templates import template_layers

__all__ = [
    "Compilation",
    "ModelDescription",
    "answers_at_every_step",
    "baseline_plan",
    "task_of_model",
    "template_layers",
]
