"""Symptom: starting weights that are all alike, or of the wrong size."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from scipy.special import chdtr, chdtrc

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import RECTIFYING, activations, trained_kernels
from remedy.plan import Recipe
from remedy.surgery.graph import keeps_weights
from remedy.surgery.layers import NORMALISATIONS
from remedy.training.measurements import KernelStart, LayerMeasurements

_ALPHA = 0.1
_TIMES = 3.0
"""How far a size has to be from Glorot's, He's and LeCun's: Keras' own choices, such as orthogonal kernels
for four gates at once, are up to 2 times smaller than these."""

_DECADE = 10.0
"""By how much all layers together have to shrink or blow up a signal to be the cause by themselves."""


@dataclass(frozen=True)
class _Size:
    """A kernel of the wrong size.

    Attributes:
        size: root mean square of its weights.
        usual: the least and the largest of Glorot's, He's and LeCun's.
        factor: how many times too small (below 1) or too large it is.
    """

    layer: LayerMeasurements
    kernel: KernelStart
    size: float
    usual: tuple[float, float]
    factor: float


class BadInitialization(Symptom):
    """Units that start alike and stay alike, or kernels that shrink or blow up what passes through them."""

    name = "bad_initialization"
    stage = Stage.START
    rule = (
        "The training is stuck, and the units of a hidden layer start from the same weights, or the variance "
        "of a kernel differs from Glorot's, He's and LeCun's (chi-square test against known variances, alpha "
        f"{_ALPHA}) by over {_TIMES:g} times in its root."
    )
    source = (
        "Ben Braiek and Khomh, Testing Feedforward Neural Networks Training Programs (TheDeepChecker, 2022), "
        "https://doi.org/10.1145/3529318; Glorot and Bengio (2010), "
        "https://proceedings.mlr.press/v9/glorot10a.html"
    )

    def find(self, case: Case) -> Finding | None:
        """From what the kernels start."""
        if case.measured is None or not case.is_stuck or keeps_weights(case.plan):
            return None
        layers = trained_kernels(case.measured)
        alike = [layer for layer in layers if not layer.is_output and _units_alike(layer)]
        return self._alike(case, alike) if alike else self._wrong_size(case, _wrong_sizes(case))

    def _alike(self, case: Case, alike: list[LayerMeasurements]) -> Finding:
        names = " and ".join(layer.name for layer in alike[:2]) + (" and more" if len(alike) > 2 else "")
        kernel = alike[0].kernels[0]
        what = "zeros" if kernel.mean == kernel.std == 0 else "the same weights"
        return Finding(
            self.name,
            "error",
            (Evidence("layers whose units all start alike", len(alike), 0, at=alike[0].name),),
            f"all units of {names} start from {what}",
            f"The kernel of {alike[0].name} starts with the mean {kernel.mean:.3g} and the same weights in "
            "every unit. Units that start alike compute the same and get the same gradient, so a layer of "
            "them is worth a single one, and zeros pass on neither signal nor gradient.",
            ("kernel_initializer", "recurrent_initializer"),
            _recipe(case, alike, recurrent=any(_recurrent(layer) for layer in alike)),
            "Let the kernels start from random weights, as Keras does by default.",
        )

    def _wrong_size(self, case: Case, wrong: list[_Size]) -> Finding | None:
        if not wrong:
            return None
        worst = max(wrong, key=lambda one: abs(math.log(one.factor)))
        same = [one for one in wrong if (one.factor < 1) == (worst.factor < 1)]
        total = math.prod(one.factor for one in same)
        times = 1 / worst.factor if worst.factor < 1 else worst.factor
        which = "small" if worst.factor < 1 else "large"
        what = "shrinks" if worst.factor < 1 else "grows"
        recurrent = [one for one in wrong if one.kernel.role == "recurrent_kernel"]
        return Finding(
            self.name,
            "error" if abs(math.log(total)) >= math.log(_DECADE) else "warning",
            (
                Evidence(
                    "root mean square of the starting weights", worst.size, worst.usual, at=worst.layer.name
                ),
                Evidence("kernels of the wrong size", len(wrong), 0),
            ),
            f"the starting weights of {worst.layer.name} are {times:.3g} times too {which}",
            f"The weights of {worst.layer.name} start with a size of {worst.size:.2g}, where Glorot, He and "
            f"LeCun draw them between {worst.usual[0]:.2g} and {worst.usual[1]:.2g}. A signal {what} in each "
            "such layer on its way forward, and so does the gradient on its way back.",
            ("kernel_initializer", "recurrent_initializer", "batch_normalization"),
            _recipe(
                case,
                [one.layer for one in wrong if one.kernel.role == "kernel"],
                recurrent=bool(recurrent),
            ),
            "Use glorot_uniform, or he_normal before ReLU.",
        )


def _units_alike(layer: LayerMeasurements) -> bool:
    return any(
        kernel.role == "kernel" and kernel.units_alike and kernel.fan_out > 1 for kernel in layer.kernels
    )


def _recurrent(layer: LayerMeasurements) -> bool:
    """Whether the recurrence starts from the same weights for all units as well."""
    return any(kernel.role == "recurrent_kernel" and kernel.units_alike for kernel in layer.kernels)


def _wrong_sizes(case: Case) -> list[_Size]:
    """The kernels that are too small or too large and nothing sets that right behind them."""
    assert case.measured is not None  # noqa: S101 - the caller has looked
    found = []
    for layer, after in itertools.zip_longest(case.measured.layers, case.measured.layers[1:]):
        if not layer.trainable or (after is not None and after.class_name in NORMALISATIONS):
            continue
        for kernel in layer.kernels:
            wrong = _wrong(layer, kernel)
            # Small weights at the end only make the first predictions alike, and a recurrence with small
            # ones is close to none at first; both learn.
            harmless = layer.is_output or kernel.role == "recurrent_kernel"
            if wrong is not None and not (harmless and wrong.factor < 1):
                found.append(wrong)
    return found


def _wrong(layer: LayerMeasurements, kernel: KernelStart) -> _Size | None:
    count, size = math.prod(kernel.shape), math.hypot(kernel.mean, kernel.std)
    variances = (2 / (kernel.fan_in + kernel.fan_out), 2 / kernel.fan_in, 1 / kernel.fan_in)
    low, high = min(variances), max(variances)
    usual = math.sqrt(low), math.sqrt(high)
    if size == 0 or not math.isfinite(size):
        return None  # zeros in every layer are units alike
    too_small = size < usual[0] / _TIMES and chdtr(count, count * size**2 / low) < _ALPHA / 2
    too_large = size > usual[1] * _TIMES and chdtrc(count, count * size**2 / high) < _ALPHA / 2
    if not too_small and not too_large:
        return None
    return _Size(layer, kernel, size, usual, size / usual[0] if too_small else size / usual[1])


def _recipe(case: Case, layers: list[LayerMeasurements], *, recurrent: bool) -> Recipe:
    """Glorot, He before ReLU, and orthogonal recurrences."""
    behind = activations(case.plan)
    rectifying = any(behind.get(layer.name) in RECTIFYING for layer in layers)
    recipe: Recipe = {"kernel_initializer": "he_normal" if rectifying else "glorot_uniform"} if layers else {}
    return recipe | ({"recurrent_initializer": "orthogonal"} if recurrent else {})
