"""Listens to the calls of layers, wherever in a model they are."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tensorflow as tf

Hook = Callable[[dict[str, Any], Any], None]
"""Gets the arguments of a call by name, and what it returned."""


@contextlib.contextmanager
def listening(hooks: Iterable[tuple[Any, Hook]]) -> Iterator[None]:
    """Call hooks after each call of their layers inside the block.

    Calls within a loop of TensorFlow's are left out: their tensors cannot be had outside of it.
    """
    graph = tf.compat.v1.get_default_graph()
    heard = []
    try:
        for layer, hook in hooks:
            # Keras would track what is assigned to the layer in the ordinary way.
            vars(layer)["call"] = _listened(layer.call, hook, graph)
            heard.append(layer)
        yield
    finally:
        for layer in heard:
            del vars(layer)["call"]


def _listened(call: Any, hook: Hook, graph: Any) -> Any:
    signature = inspect.signature(call)

    @functools.wraps(call)
    def listened(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        if tf.compat.v1.get_default_graph() is graph:
            hook(dict(signature.bind(*args, **kwargs).arguments), output)
        return output

    return listened
