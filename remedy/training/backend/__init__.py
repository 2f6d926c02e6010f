"""What is done otherwise on each of Keras' backends; everything else in the package runs on all of them.

A backend is an accelerator: a plan and a seed start from the same weights, and take the samples in the same
order, on every one of them.
"""

import keras

if keras.backend.backend() == "jax":
    from remedy.training.backend.jax import (
        compile_step,
        is_sparse,
        leave_tensorflow_out,
        shuffled,
        starting_draws,
        to_dense,
        to_tensor,
    )

    leave_tensorflow_out()
else:
    from remedy.training.backend.tensorflow import (
        compile_step,
        is_sparse,
        shuffled,
        starting_draws,
        to_dense,
        to_tensor,
    )

__all__ = ["compile_step", "is_sparse", "shuffled", "starting_draws", "to_dense", "to_tensor"]
