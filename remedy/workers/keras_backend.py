"""Which of Keras' backends trains."""

from __future__ import annotations

import importlib.util
import os
from typing import Literal, get_args

from remedy.errors import ConfigError

KerasBackend = Literal["tensorflow", "jax"]


def keras_backend() -> KerasBackend:
    """What `KERAS_BACKEND` says; TensorFlow if it says nothing.

    Raises:
        ConfigError: nothing trains with it here.
    """
    wish = os.environ.get("KERAS_BACKEND") or "tensorflow"
    for backend in get_args(KerasBackend):
        if wish == backend:
            if importlib.util.find_spec(wish) is None:
                raise ConfigError(f"KERAS_BACKEND={wish}: it is not installed; pip install 'remedy[{wish}]'")
            return backend  # type: ignore[no-any-return]
    allowed = " or ".join(get_args(KerasBackend))
    raise ConfigError(
        f"KERAS_BACKEND={wish}: trainings run with {allowed}; set one of them, or leave it unset"
    )
