"""The data sets that scikit-learn brings along, as arrays, in an order of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

Arrays = tuple[NDArray[Any], NDArray[Any]]


def wine() -> Arrays:
    """178 wines: 13 measurements in their own units, and which of three growers made it."""
    return _mixed(*datasets.load_wine(return_X_y=True))


def wine_standardised() -> Arrays:
    """The same, every measurement with mean 0 and deviation 1."""
    X, y = wine()
    return _standardised(X), y


def shuffled_wine() -> Arrays:
    """Standardised, and every wine with the grower of another."""
    X, y = wine_standardised()
    return X, np.random.default_rng(13).permutation(y)


def diabetes() -> Arrays:
    """442 patients: ten measurements with deviation 0.048, and the progress of their illness, 25 to 346."""
    return _mixed(*datasets.load_diabetes(return_X_y=True))


def diabetes_scaled_up() -> Arrays:
    """Measurements of deviation 1, and a progress between 0 and 1."""
    X, y = diabetes()
    return _standardised(X), (y - 25) / 321


def breast_cancer() -> Arrays:
    """569 tumours: 30 measurements in their own units, and whether it is benign."""
    return _mixed(*datasets.load_breast_cancer(return_X_y=True))


def breast_cancer_standardised() -> Arrays:
    """The same, every measurement with mean 0 and deviation 1."""
    X, y = breast_cancer()
    return _standardised(X), y


def iris() -> Arrays:
    """150 flowers: four lengths in centimetres, and which of three species it is."""
    return _mixed(*datasets.load_iris(return_X_y=True))


def digits() -> Arrays:
    """1,797 handwritten digits of 8 x 8 pixels from 0 to 1, flat, and which digit it is."""
    X, y = _mixed(*datasets.load_digits(return_X_y=True))
    return X / 16, y


def digit_images() -> Arrays:
    """The same as images with one channel."""
    X, y = digits()
    return X.reshape(-1, 8, 8, 1), y


def digits_over_255() -> Arrays:
    """The digits, and labels that went through the same division by 255 as pixels do."""
    X, y = digits()
    return X, y / 255


def digit_traits() -> Arrays:
    """The digits, and four traits of each: even, above four, prime, drawn with a loop."""
    X, y = digits()
    traits = [y % 2 == 0, y > 4, np.isin(y, [2, 3, 5, 7]), np.isin(y, [0, 6, 8, 9])]
    return X, np.stack(traits, axis=1).astype(int)


def _mixed(X: NDArray[Any], y: NDArray[Any]) -> Arrays:
    order = np.random.default_rng(7).permutation(len(y))
    return X[order], y[order]


def _standardised(X: NDArray[Any]) -> NDArray[Any]:
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))
