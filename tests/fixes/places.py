"""What each fix may change in a plan, and the values with which that is tried."""

from __future__ import annotations

from typing import Any

from remedy.fixes import Fix, Range, corners
from remedy.plan import Plan

LAYER = r"(layers\.\w+\.)*layers\.\w+"
INSIDE = LAYER + r"(\.(layer|backward_layer)\.config)*"

PLACE = {
    "imputation": r"preprocessing\.imputation",
    "scaling": r"preprocessing\.scaling",
    "target_scaling": r"preprocessing\.target_scaling",
    "class_weight": r"class_weight",
    "label_encoding": r"preprocessing\.labels",
    "activation": INSIDE + r"\.(\w*activation|\w*_initializer|class_name|negative_slope)",
    "batch_normalization": LAYER + r"_batch_normalization",
    "cell": LAYER + r"(\.(layer|backward_layer))*\.(class_name|(config\.)?(reset_after|unit_forget_bias))",
    "depth": r"(layers\.\w+\.)*layers\.(?!out)\w+((\.(layer|backward_layer)\.config)*\.return_sequences)?",
    "kernel_initializer": INSIDE + r"\.(kernel|depthwise|pointwise)_initializer",
    "output_head": INSIDE + r"\.(units|filters|activation|class_name)|loss",
    "regularization": INSIDE + r"\.(rate|stddev|l1|l2|\w*dropout|\w+_regularizer.*)|optimizer\.weight_decay",
    "recurrent_initializer": INSIDE + r"\.recurrent_initializer",
    "optimizer": r"optimizer\..*",
    "learning_rate": r"optimizer\.learning_rate",
    "clipnorm": r"optimizer\.clip(norm|value)",
    "reduce_lr_on_plateau": r"callbacks\.ReduceLROnPlateau",
    "cyclical_learning_rate": r"callbacks\.CyclicalLearningRate|optimizer\.learning_rate",
    "epochs": r"epochs",
    "batch_size": r"batch_size",
}

SURGERY = {
    "activation",
    "batch_normalization",
    "cell",
    "depth",
    "kernel_initializer",
    "output_head",
    "recurrent_initializer",
    "regularization",
}


def values(fix: Fix, baseline: Plan) -> list[Any]:
    """The values at the corners of the default space, and more layers than the baseline has."""
    if fix.not_applicable(baseline):
        return []
    space = fix.default_space(baseline)
    deeper = [4] if fix.name == "depth" and isinstance(space, Range) else []
    return [*corners(space), *deeper]
