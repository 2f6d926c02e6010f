"""Whether TensorFlow runs functions operation by operation, which user code may set for all of them."""

from __future__ import annotations

import keras


def functions_run_eagerly() -> bool:
    """What is set now; false on other backends."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return bool(tf.config.functions_run_eagerly())


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Set it; nothing on other backends."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(run_eagerly)
