"""What a trained model says about a split."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from remedy.data import Preprocessor, Split
from remedy.plan import Plan
from remedy.training.batches import Batches, exceeds_memory
from remedy.training.model_inputs import model_inputs
from remedy.training.target_coding import gives_logits
from remedy.training.whole_batches import fixed_batch_size, reset_states


def predict(model: keras.Model, plan: Plan, preprocessor: Preprocessor, split: Split) -> NDArray[np.float64]:
    """The model's outputs for every sample, as they are: scaled, or logits, if it was trained like that.

    Args:
        model: trained on preprocessed data; states of stateful layers are emptied first.
        plan: what the model was trained by.
        preprocessor: fitted on the training split.
        split: raw samples; whole batches if the model fixes its batch size.

    Returns:
        float64, samples first.
    """
    batch_size = fixed_batch_size(model) or plan.batch_size
    reset_states(model)
    if exceeds_memory(split.X):
        batches = Batches(model, preprocessor, split, None, batch_size)
        return np.asarray(model.predict(batches, verbose=0), np.float64)
    x = model_inputs(model, preprocessor.inputs(split.X, split.lengths))
    return np.asarray(model.predict(x, batch_size=batch_size, verbose=0), np.float64)


def predict_targets(
    model: keras.Model, plan: Plan, preprocessor: Preprocessor, split: Split
) -> NDArray[np.float64]:
    """Like `predict`, but in the target's units, and for classes as probabilities."""
    outputs = predict(model, plan, preprocessor, split)
    if plan.task == "regression":
        return np.asarray(preprocessor.inverse_targets(outputs), np.float64)
    return probabilities(plan, outputs)


def probabilities(plan: Plan, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The outputs of a classifier as probabilities: sigmoid or softmax of them if they are logits."""
    if not gives_logits(plan, outputs):
        return outputs
    return np.asarray(softmax(outputs, axis=-1) if plan.task == "multiclass" else expit(outputs))
