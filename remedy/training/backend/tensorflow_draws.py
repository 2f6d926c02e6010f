"""TensorFlow's random numbers without TensorFlow, so that a seed means the same on another backend.

Its generator is Philox 4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011), read as
TensorFlow 2.21's kernels read it (`tensorflow/core/kernels/stateless_random_ops.cc`,
`tensorflow/core/lib/random/random_distributions.h`, `tensorflow/core/kernels/random_shuffle_op.cc`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from keras.src import backend
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint32(0x9E3779B9), np.uint32(0xBB67AE85))
_SCRAMBLING_KEY = (0x3EC8F720, 0x02461E29)
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

_LARGEST_SEED = 2**31 - 1
_CUT = 2.0
"""Standard deviations beyond which a truncated normal number is drawn anew."""

_BLOCKS_PER_GROUP = 256
"""Every four truncated normal numbers have so many blocks of the generator to themselves."""


@contextmanager
def tensorflow_draws() -> Iterator[None]:
    """Within it, Keras' initialisers draw what they draw on TensorFlow."""
    originals = {name: getattr(backend.random, name) for name in _DISTRIBUTIONS}
    for name, distribution in _DISTRIBUTIONS.items():
        setattr(backend.random, name, _in_place_of(originals[name], distribution))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(backend.random, name, original)


def permutation(count: int, seed: int) -> NDArray[np.int64]:
    """What `tf.random.shuffle` makes of `range(count)`, as the first of its graph under a global seed."""
    low = seed % _LARGEST_SEED
    high = 0 if low else _LARGEST_SEED  # two zeros would be no seed
    words = _words((count + 3) // 4, (low, 0), (0, 0, high, 0)).ravel()[:count]
    order = list(range(count))
    remaining = np.arange(count, 0, -1, dtype=np.uint32)
    for place, step in enumerate((words % remaining).tolist()[: count - 1]):
        order[place], order[place + step] = order[place + step], order[place]
    return np.array(order, np.int64)


def uniform(shape: Any, low: float, high: float, seed: NDArray[Any]) -> NDArray[np.float32]:
    """`tf.random.stateless_uniform`."""
    count = int(np.prod(shape))
    numbers = _fractions(_seeded_words((count + 3) // 4, seed)).ravel()[:count]
    span = np.float32(high) - np.float32(low)
    return (numbers * span + np.float32(low)).reshape(shape)


def normal(shape: Any, mean: float, deviation: float, seed: NDArray[Any]) -> NDArray[np.float32]:
    """`tf.random.stateless_normal`."""
    count = int(np.prod(shape))
    numbers = _box_muller(_seeded_words((count + 3) // 4, seed)).ravel()[:count]
    return (numbers * np.float32(deviation) + np.float32(mean)).reshape(shape)


def truncated_normal(shape: Any, mean: float, deviation: float, seed: NDArray[Any]) -> NDArray[np.float32]:
    """`tf.random.stateless_truncated_normal`."""
    count = int(np.prod(shape))
    groups = (count + 3) // 4
    tried = 8  # blocks of a group: that all but three of 32 numbers lie beyond the cut does not happen
    blocks = (np.arange(groups)[:, None] * _BLOCKS_PER_GROUP + np.arange(tried)).ravel()
    candidates = _box_muller(_seeded_words(blocks, seed)).reshape(groups, -1)
    is_kept = np.abs(candidates) < _CUT
    first = np.argsort(~is_kept, axis=1, kind="stable")[:, :4]
    numbers = np.take_along_axis(candidates, first, axis=1).ravel()[:count]
    return (numbers * np.float32(deviation) + np.float32(mean)).reshape(shape)


def _in_place_of(original: Callable[..., Any], distribution: Callable[..., Any]) -> Callable[..., Any]:
    def draw(shape: Any, *, dtype: Any = None, seed: Any = None, **bounds: float) -> Any:
        dtype = dtype or backend.floatx()
        seed = backend.random.draw_seed(seed)
        if dtype != "float32" or not _is_known(seed):
            return original(shape, dtype=dtype, seed=seed, **bounds)
        first = bounds.get("minval", bounds.get("mean", 0.0))
        second = bounds.get("maxval", bounds.get("stddev", 1.0))
        return backend.convert_to_tensor(distribution(shape, first, second, np.asarray(seed)))

    return draw


def _is_known(seed: Any) -> bool:
    try:
        np.asarray(seed)
    except TypeError:  # within a traced call of JAX
        return False
    return True


def _seeded_words(blocks: int | NDArray[np.int64], seed: NDArray[Any]) -> Words:
    """Words of a stateless generator, four in a row for every block."""
    first, second = (int(part) % (_LARGEST_SEED - 1) for part in seed)  # as Keras makes them fit into int32
    counter = (first & 0xFFFFFFFF, first >> 32, second & 0xFFFFFFFF, second >> 32)
    mixed = [int(word) for word in _words(1, _SCRAMBLING_KEY, counter)[0]]
    return _words(blocks, (mixed[0], mixed[1]), (0, 0, mixed[2], mixed[3]))


def _words(blocks: int | NDArray[np.int64], key: tuple[int, int], start: tuple[int, int, int, int]) -> Words:
    """The generator's output for counters that lie so many blocks behind the start."""
    offsets = np.arange(blocks) if isinstance(blocks, int) else blocks
    low = np.uint64(start[0] | start[1] << 32) + offsets.astype(np.uint64)
    a, b = low & _LOW, low >> _HALF
    c, d = (np.full(len(offsets), word, np.uint64) for word in start[2:])
    first, second = (np.uint32(word) for word in key)
    with np.errstate(over="ignore"):
        for _ in range(_ROUNDS):
            one, other = _MULTIPLIERS[0] * a, _MULTIPLIERS[1] * c
            a, b, c, d = (
                (other >> _HALF) ^ b ^ np.uint64(first),
                other & _LOW,
                (one >> _HALF) ^ d ^ np.uint64(second),
                one & _LOW,
            )
            first, second = first + _WEYL[0], second + _WEYL[1]
    return np.stack([a, b, c, d], axis=1).astype(np.uint32)


def _fractions(words: Words) -> NDArray[np.float32]:
    """Numbers in [0, 1) with the lowest 23 bits as mantissa."""
    one = np.uint32(0x3F800000)
    return ((words & np.uint32(0x7FFFFF)) | one).view(np.float32) - np.float32(1)


def _box_muller(words: Words) -> NDArray[np.float32]:
    """Two normal numbers for two words."""
    fractions = _fractions(words)
    radius = np.sqrt(np.float32(-2) * np.log(np.maximum(fractions[:, 0::2], np.float32(1e-7))))
    angle = (2 * np.pi * fractions[:, 1::2].astype(np.float64)).astype(np.float32)
    numbers = np.empty_like(fractions)
    numbers[:, 0::2], numbers[:, 1::2] = np.sin(angle) * radius, np.cos(angle) * radius
    return numbers


_DISTRIBUTIONS = {"uniform": uniform, "normal": normal, "truncated_normal": truncated_normal}
