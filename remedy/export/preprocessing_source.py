"""The functions that fit and apply a plan's preprocessing, as source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from remedy.export.layer_source import identifier
from remedy.export.source import function, literal, mapping, statement
from remedy.export.training import InputFacts, Training, input_facts, is_single
from remedy.plan import Preprocessing

_SCALERS = {
    "minmax": ("MinMaxScaler", "data_min_", "1 / scaler.scale_", "so that it runs from 0 to 1"),
    "standard": ("StandardScaler", "mean_", "scaler.scale_", "so that its mean is 0 and its deviation 1"),
    "robust": (
        "RobustScaler",
        "center_",
        "scaler.scale_",
        "so that its median is 0 and its quartiles are 1 apart",
    ),
}
_RANK_OF_ROWS = 2


class PreprocessingSource:
    """The source of a training's preprocessing.

    Args:
        training: what is exported.
    """

    def __init__(self, training: Training) -> None:
        self._plan = training.plan
        self._settings: Preprocessing = training.plan.preprocessing
        self._inputs = input_facts(training.dataset, training.plan)
        self._single = is_single(training.dataset)
        self._training = training
        scales_inputs = bool(self._settings.scaling or self._settings.imputation)
        self.fitted_inputs = [name for name, one in self._inputs.items() if scales_inputs and not one.tokens]
        self.fits_targets = self._settings.target_scaling is not None and training.plan.task == "regression"

    @property
    def is_fitted(self) -> bool:
        """Whether there is anything that the training samples decide, so that a file has to hold it."""
        return bool(self.fitted_inputs) or self.fits_targets

    def functions(self) -> list[str]:
        """All functions, in the order in which they call each other."""
        found = [*self._scaler_functions(), *self._imputer_functions()]
        if any(one.ragged for one in self._inputs.values()):
            found.append(self._pad_function())
        if self.is_fitted:
            found.append(self._fit_function())
        return [*found, self._prepare_function()]

    def prepared(self, value: str) -> str:
        """The expression of prepared samples."""
        return f"prepare({value}, fitted)" if self.fitted_inputs else f"prepare({value})"

    def _kinds(self) -> set[str]:
        kinds = {self._settings.scaling} if self.fitted_inputs else set()
        kinds |= {self._settings.target_scaling} if self.fits_targets else set()
        return {kind for kind in kinds if kind is not None}

    def _scaler_functions(self) -> Iterator[str]:
        kinds = self._kinds()
        for kind in sorted(kinds):
            name, offset, scale, effect = _SCALERS[kind]
            yield function(
                f"{_fit_name(kind, kinds)}(values)",
                f"Offset and scale of each column, {effect}.",
                [
                    f"scaler = {name}().fit(values.reshape(-1, values.shape[-1]))",
                    *_dict(
                        kind=str(literal(kind)),
                        offset=f"scaler.{offset}.tolist()",
                        scale=f"({scale}).tolist()" if "/" in scale else f"{scale}.tolist()",
                    ),
                ],
            )
        if kinds:
            yield function(
                "scale(values, scaler)",
                "Scaled values.",
                ['return ((values - scaler["offset"]) / scaler["scale"]).astype("float32")'],
            )

    def _imputer_functions(self) -> Iterator[str]:
        if not self._settings.imputation or not self.fitted_inputs:
            return
        arrays = [self._inputs[name].array for name in self.fitted_inputs]
        empty = any(bool(np.isnan(one).reshape(-1, one.shape[-1]).all(axis=0).any()) for one in arrays)
        # Facts of the data call no integers constant, as they may be tokens. These are none.
        whole = any(np.issubdtype(one.dtype, np.integer) for one in arrays)
        zeroes = self._training.plan.data.constant or empty or whole
        median = "np.nanmedian(rows, axis=0)"
        body = ["rows = values.reshape(-1, values.shape[-1])"]
        if zeroes:
            what = "What takes the place of missing values, and which columns have nothing to say."
            body += [
                "varies = np.nanmin(rows, axis=0) < np.nanmax(rows, axis=0)",
                f"median = {'np.nan_to_num(' + median + ')' if empty else median}",
                *_dict(
                    kind=str(literal(self._settings.imputation)),
                    median="median.tolist()",
                    constant="(~varies).tolist()",
                ),
            ]
        else:
            what = "What takes the place of missing values."
            body += _dict(kind=str(literal(self._settings.imputation)), median=f"{median}.tolist()")
        yield function("fit_imputer(values)", what, body)
        yield self._impute_function(zeroes=zeroes)

    def _impute_function(self, *, zeroes: bool) -> str:
        body, doc, arguments = [], "Values with the median of the column where one is missing", ""
        axes = self._step_axes()
        if axes != {None}:
            doc = "Values with the last known one where one is missing, or the median if there was none"
            (only, *others) = axes
            axis, arguments = ("axis", ", axis=None") if others else (str(only), "")
            steps = f"np.arange(values.shape[{axis}]).reshape(-1, *[1] * (values.ndim - {axis} - 1))"
            forward = [
                f"steps = {steps}",
                f"known = np.maximum.accumulate(np.where(np.isnan(values), 0, steps), axis={axis})",
                f"values = np.take_along_axis(values, known, axis={axis})",
            ]
            body += ["if axis is not None:", *(f"    {line}" for line in forward)] if others else forward
        filled = 'np.where(np.isnan(values), imputer["median"], values)'
        if zeroes:
            doc += ", and 0 in constant columns"
            body += [f"values = {filled}", 'return np.where(imputer["constant"], 0.0, values)']
        else:
            body += [f"return {filled}"]
        return function(f"impute(values, imputer{arguments})", f"{doc}.", body)

    def _step_axis(self, name: str) -> int | None:
        """The axis of the steps along which values of an input are filled in; `None` if they are not."""
        one = self._inputs[name]
        if self._settings.imputation != "forward_fill" or one.array.ndim <= _RANK_OF_ROWS:
            return None
        return 0 if one.ragged else 1

    def _step_axes(self) -> set[int | None]:
        return {self._step_axis(name) for name in self.fitted_inputs}

    def _imputed(self, name: str, values: str, imputer: str) -> str:
        axis = self._step_axis(name)
        given = "" if axis is None or len(self._step_axes()) == 1 else f", axis={axis}"
        return f"impute({values}, {imputer}{given})"

    def _pad_function(self) -> str:
        return function(
            "pad(sequences, shape, value)",
            "Sequences of different lengths as one array, filled up with a value at their ends.",
            [
                "padded = np.full((len(sequences), *shape), value)",
                "for sample, sequence in zip(padded, sequences, strict=True):",
                "    sample[: len(sequence)] = sequence.reshape(-1, *shape[1:])",
                "return padded",
            ],
        )

    def _fit_function(self) -> str:
        kinds = self._kinds()
        entries = []
        fitted = {name: self._fit_input(name, kinds) for name in self.fitted_inputs}
        body: list[str] = []
        if fitted and self._single:
            statements, expression = fitted["X"]
            body += statements
            entries.append(("inputs", expression))
        elif fitted:
            body.append("inputs = {}")
            for name, (statements, expression) in fitted.items():
                body += [*statements, f"inputs[{literal(name)}] = {expression}"]
            entries.append(("inputs_by_name", "inputs"))
        if self.fits_targets:
            target = f"{_fit_name(str(self._settings.target_scaling), kinds)}(y)"
            entries.append(("targets", target))
        body += _dict(**dict(entries))
        return function(
            "fit_preprocessing(X, y)",
            "What is done to the samples, learned from those of the training alone.",
            body,
        )

    def _fit_input(self, name: str, kinds: set[str]) -> tuple[list[str], str]:
        """Statements, and the expression of the fitted preprocessing of one input."""
        one = self._inputs[name]
        value = "X" if self._single else f"X[{literal(name)}]"
        values = value
        if one.ragged:
            values = f"np.concatenate({value})"
            values += "[:, np.newaxis]" if one.array.ndim == _RANK_OF_ROWS else _single_column(one)
        if not self._settings.imputation:
            return [], f"{_fit_name(str(self._settings.scaling), kinds)}({values})"
        if not self._settings.scaling:
            return [], f'{{"imputation": fit_imputer({values})}}'
        filled = self._imputed(name, values, "imputer")
        if one.ragged:
            filled = self._imputed(name, f"sequence{_single_column(one)}", "imputer")
            filled = f"np.concatenate([{filled} for sequence in {value}])"
        scaler = f"{_fit_name(self._settings.scaling, kinds)}({filled})"
        return [f"imputer = fit_imputer({values})"], f'{scaler} | {{"imputation": imputer}}'

    def _prepare_function(self) -> str:
        arguments = "X, fitted" if self.fitted_inputs else "X"
        doc = "What the model gets of samples as `load_data` returns them."
        if self._single:
            statements, expression = self._prepared("X", "X", 'fitted["inputs"]')
            return function(f"prepare({arguments})", doc, [*statements, f"return {expression}"])
        body = ['inputs = fitted["inputs_by_name"]'] if self.fitted_inputs else []
        entries = []
        for name in self._inputs:
            key = str(literal(name))
            statements, expression = self._prepared(name, f"X[{key}]", f"inputs[{key}]")
            body += statements
            entries.append((name, expression))
        return function(f"prepare({arguments})", doc, [*body, *self._returned(entries)])

    def _returned(self, entries: list[tuple[str, str]]) -> list[str]:
        """The statement that returns several inputs in the form in which the model takes them."""
        model = self._training.model
        if model.as_list:
            return ["return [", *(f"    {expression}," for _, expression in entries), "]"]
        names = {data: own for own, data in (model.inputs or {}).items()} if self._plan.model.opaque else {}
        pairs = [f"    {literal(names.get(name, name))}: {expression}," for name, expression in entries]
        return ["return {", *pairs, "}"]

    def _prepared(self, name: str, value: str, fitted: str) -> tuple[list[str], str]:
        """Statements, and the expression of one prepared input."""
        one = self._inputs[name]
        if one.tokens:
            if one.ragged:
                return [], f'{_padded(one, value, "0")}.astype("int32")'
            return [], f'{value}.astype("int32")'
        if name not in self.fitted_inputs:
            if one.ragged:
                return [], f'{_padded(one, value, repr(self._settings.mask_value))}.astype("float32")'
            return [], f'{value}.astype("float32")'

        def applied(values: str) -> str:
            if self._settings.imputation:
                values = self._imputed(name, values, f'{fitted}["imputation"]')
            return f"scale({values}, {fitted})" if self._settings.scaling else values

        if one.ragged:
            sequences = f"[{applied('sequence' + _single_column(one))} for sequence in {value}]"
            variable = identifier(f"sequences_{name}") if not self._single else "sequences"
            padded = _padded(one, variable, repr(self._settings.mask_value))
            return [f"{variable} = {sequences}"], f'{padded}.astype("float32")'
        expression = applied(value)
        return [], expression if self._settings.scaling else f'{expression}.astype("float32")'


def _dict(**entries: str) -> list[str]:
    """The statement that returns a dict."""
    return statement("return ", mapping(entries))


def _single_column(one: InputFacts) -> str:
    """What gives sequences of single numbers an axis of features, as training did."""
    return ".reshape(-1, 1)" if one.array.ndim > _RANK_OF_ROWS and one.array.shape[2:] == (1,) else ""


def _padded(one: InputFacts, value: str, fill: str) -> str:
    return f"pad({value}, {one.array.shape[1:]}, {fill})"


def _fit_name(kind: str, kinds: set[str]) -> str:
    """The function that fits a kind of scaling; which kind need not be said where there is one only."""
    return "fit_scaler" if len(kinds) == 1 else f"fit_{kind}_scaler"
