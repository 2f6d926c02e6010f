"""A child process that builds one model and says what a script has to know of it; loads TensorFlow.

Started by `remedy.export.model_facts`. What the user's code does to Keras or prints stays in here.
"""

from __future__ import annotations

import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from remedy.errors import RemedyError
from remedy.export.model_facts import ModelFacts
from remedy.plan import Plan
from remedy.workers.messages import Answer, Failure


def main() -> None:
    """Answer one request."""
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    arguments = pipe.recv()
    try:
        pipe.send(Answer(look_at_model(*arguments)))
    except RemedyError as error:
        pipe.send(Failure(str(error), traceback.format_exc(), users=True))
    except Exception as error:  # noqa: BLE001 - it is told to whoever asked
        text = " ".join(str(error).split())
        pipe.send(Failure(f"{type(error).__name__}: {text}", traceback.format_exc(), users=False))


def look_at_model(plan: Plan, inputs: Any, seed: int, weights: Path | None) -> ModelFacts:
    """Build the model as a trial does, and look at it.

    Args:
        plan: of the training.
        inputs: the first samples, preprocessed.
        seed: the training's.
        weights: where to write the weights from which it starts, if anywhere.
    """
    import keras
    import numpy as np

    from remedy.data.dataset import named_inputs
    from remedy.models.build import build_model
    from remedy.models.user_model import import_user_code
    from remedy.training.model_inputs import model_inputs
    from remedy.training.target_coding import gives_logits, is_told_by_outputs, takes_logits
    from remedy.training.whole_batches import fixed_batch_size, is_stateful

    keras.utils.clear_session(free_memory=False)
    import_user_code(plan.model)
    keras.utils.set_random_seed(seed)
    model = build_model(plan)
    if weights is not None:
        model.save_weights(weights)
    x = model_inputs(model, inputs)
    logits = plan.task != "regression" and takes_logits(plan.loss)
    if plan.task != "regression" and is_told_by_outputs(plan.loss):
        logits = gives_logits(plan, np.asarray(model(x, training=False)))
    arrays = named_inputs(inputs)
    names = _model_names(x, arrays)
    return ModelFacts(
        batch_size=fixed_batch_size(model),
        stateful=is_stateful(model),
        inputs=names if len(arrays) > 1 or isinstance(x, dict) else None,
        as_list=isinstance(x, list),
        logits=logits,
    )


def _model_names(x: Any, arrays: dict[str, Any]) -> dict[str, str]:
    """The model's names of the inputs, each with the data's name of what it gets."""
    if not isinstance(x, dict):
        return {name: name for name in arrays}
    return {key: next(name for name, array in arrays.items() if array is value) for key, value in x.items()}


if __name__ == "__main__":
    main()
