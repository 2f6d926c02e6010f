"""The function that predicts with the trained model, as source."""

from __future__ import annotations

from remedy.export.preprocessing_source import PreprocessingSource
from remedy.export.source import function
from remedy.export.training import Training, is_single, shape_text

_FILLED_UP = 'np.pad({0}, [(0, -len({0}) % BATCH_SIZE), *[(0, 0)] * ({0}.ndim - 1)], "edge")'


def predict_function(training: Training, preprocessing: PreprocessingSource) -> str:
    """The source of `predict(X)`, which reads the model and its preprocessing from their files."""
    opaque = training.plan.model.opaque is not None
    loaded = "build_model()" if opaque else "keras.saving.load_model(MODEL, compile=False)"
    body = [f"model = {loaded}"]
    if preprocessing.is_fitted:
        body.append("fitted = json.loads(PREPROCESSING.read_text())")
    body.append(f"inputs = {preprocessing.prepared('X')}")
    if training.model.batch_size is not None:
        body += _whole_batches(training)
    if opaque:
        body += _weights(training)
    body.append("outputs = model.predict(inputs, batch_size=BATCH_SIZE, verbose=0)")
    outputs = "outputs" if training.model.batch_size is None else "outputs[:count]"
    body.append(f"return {_in_units(training, preprocessing, outputs)}")
    return function("predict(X)", _doc(training), body)


def _whole_batches(training: Training) -> list[str]:
    comment = "# The last batch is filled up with copies of the last sample."
    if is_single(training.dataset):
        return ["count = len(X)", comment, f"inputs = {_FILLED_UP.format('inputs')}"]
    return [
        "count = len(next(iter(X.values())))",
        comment,
        "for name, array in inputs.items():",
        f"    inputs[name] = {_FILLED_UP.format('array')}",
    ]


def _weights(training: Training) -> list[str]:
    """The statements that load the weights of a model that Keras cannot open by itself."""
    source = training.plan.model.source
    body = []
    if source is not None and source.function is not None:
        body.append("model.predict(inputs, batch_size=BATCH_SIZE, verbose=0)  # makes the weights")
    body.append("model.load_weights(MODEL)")
    if training.model.stateful:
        body.append("reset_states(model)")
    return body


def _in_units(training: Training, preprocessing: PreprocessingSource, outputs: str) -> str:
    """The expression of the outputs in the target's own units, or as probabilities."""
    if preprocessing.fits_targets:
        return f'{outputs} * fitted["targets"]["scale"] + fitted["targets"]["offset"]'
    if training.plan.task == "regression":
        return outputs
    exact = f"{outputs}.astype(float)"
    if not training.model.logits:
        return exact
    return f"softmax({exact}, axis=-1)" if training.plan.task == "multiclass" else f"expit({exact})"


def _doc(training: Training) -> str:
    dataset, task = training.dataset, training.plan.task
    samples = "samples as `load_data` returns them"
    if is_single(dataset) and dataset.train.lengths is None:
        samples = f"samples `{shape_text(dataset.input_shape)}`"
    what = {"regression": "in the target's own units", "multiclass": "the probabilities of the classes"}
    shape = shape_text(dataset.output_shape)
    return f"Predictions for {samples}, {what.get(task, 'as probabilities')}: `{shape}`."
