"""The function that trains and says how good the model is, as source."""

from __future__ import annotations

from remedy.export.source import function
from remedy.export.training import Training

_CLIPPED = "np.clip(predict(X), 1e-7, 1 - 1e-7)  # else one wrong 0 or 1 would decide it all"


def main_function(training: Training) -> str:
    """The source of `main()`, which prints skill and error by scikit-learn's definitions."""
    body = ["samples = load_data()", "train(samples)", 'X, y = samples["validation"]']
    if training.model.batch_size is not None:
        body.append("X, y = whole_batches(X, y)")
    doc = "Train, and say how good the model is on the validation samples."
    return function("main()", doc, [*body, *_score(training)])


def _score(training: Training) -> list[str]:
    plan = training.plan
    if plan.task == "regression":
        skill, error = "r2_score", "mean_squared_error"
        if plan.metric == "mae":
            skill, error = "d2_absolute_error_score", "mean_absolute_error"
        return [
            "predicted = predict(X)",
            *_pooled(training),
            f"skill, error = {skill}(y, predicted), {error}(y, predicted)",
            f'print(f"validation skill {{skill:.6f}}, {plan.metric} {{error:.6g}}")',
        ]
    return [
        f"predicted = {_CLIPPED}",
        *_pooled(training),
        *(_multiclass() if plan.task == "multiclass" else _zero_or_one(training)),
        'print(f"validation skill {skill:.6f}, log loss {error:.6g}, accuracy {accuracy:.4f}")',
    ]


def _pooled(training: Training) -> list[str]:
    """The statement that makes the steps of a target for every step samples of their own."""
    if training.dataset.target_steps is None:
        return []
    return ["y, predicted = (values.reshape(-1, values.shape[-1]) for values in (y, predicted))"]


def _multiclass() -> list[str]:
    return [
        "predicted /= predicted.sum(axis=1, keepdims=True)",
        "classes = np.arange(predicted.shape[1])",
        "skill = d2_log_loss_score(y[:, 0], predicted, labels=classes)",
        "error = log_loss(y[:, 0], predicted, labels=classes)",
        "accuracy = accuracy_score(y[:, 0], predicted.argmax(axis=1))",
    ]


def _zero_or_one(training: Training) -> list[str]:
    if training.dataset.output_units == 1:
        return [
            "skill = d2_log_loss_score(y[:, 0], predicted[:, 0])",
            "error = log_loss(y[:, 0], predicted[:, 0])",
            "accuracy = accuracy_score(y[:, 0], predicted[:, 0] > 0.5)",
        ]
    return [
        "columns = list(zip(y.T, predicted.T, strict=True))",
        "skill = np.mean([d2_log_loss_score(*column) for column in columns])",
        "error = np.mean([log_loss(*column) for column in columns])",
        "accuracy = np.mean([accuracy_score(label, share > 0.5) for label, share in columns])",
    ]
