"""What a trial measures of a user's own model, on data of every shape, is what scikit-learn and Keras say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.metrics import d2_log_loss_score, log_loss, r2_score

from remedy.data import Dataset, fit_preprocessing
from remedy.data.dataset import named_inputs
from remedy.errors import TrainingError
from remedy.plan import KerasObject, Plan, Preprocessing, UserModel
from remedy.training import Status
from remedy.training.evaluation import evaluate
from remedy.training.model_inputs import model_inputs
from remedy.training.saved_model import load_model, save_model
from remedy.training.target_coding import coded_targets
from remedy.training.trial import Trained, train
from remedy.training.whole_batches import reset_states
from tests.training import own_models
from tests.training.samples import (
    class_indices,
    make_samples,
    own_plan,
    rows_of_numbers,
    series_of_numbers,
)

SPARSE_LOGITS = {"class_name": "SparseCategoricalCrossentropy", "config": {"from_logits": True}}
ONE_HOT_LOGITS = {"class_name": "CategoricalCrossentropy", "config": {"from_logits": True}}
YES_NO_LOGITS = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}


def outputs_of(trained: Trained, dataset: Dataset) -> np.ndarray:
    X = model_inputs(trained.model, trained.preprocessor.inputs(dataset.validation.X))
    outputs: np.ndarray = trained.model.predict(X, verbose=0).astype(float)
    return outputs


def check_skill(trained: Trained, plan: Plan, dataset: Dataset, expected: float) -> dict[str, float]:
    assert trained.outcome.skill == pytest.approx(expected, rel=1e-4, abs=1e-5)
    result = evaluate(trained.model, plan, trained.preprocessor, dataset.validation)
    assert result.skill == pytest.approx(expected, abs=1e-6)
    return result.metrics


@pytest.fixture(scope="module")
def steps() -> Dataset:
    X = series_of_numbers()
    return make_samples("regression", X, X.cumsum(axis=1) * [1, 100] - [7, 0])


@pytest.fixture(scope="module")
def answers() -> Dataset:
    X = rows_of_numbers()
    return make_samples("binary", X, (X[:, :1] > 0.5).astype(float), classes=2)


@pytest.fixture(scope="module")
def sums() -> Dataset:
    X = rows_of_numbers()
    return make_samples("regression", X, X.sum(axis=1, keepdims=True))


def test_a_target_for_every_step_is_judged_by_all_steps_of_all_samples(steps: Dataset) -> None:
    plan = own_plan("every_step", steps, preprocessing=Preprocessing(target_scaling="standard"))
    trained = train(plan, steps, seed=0)
    predicted = trained.preprocessor.inverse_targets(outputs_of(trained, steps)).reshape(-1, 2)
    y = steps.validation.y.reshape(-1, 2)
    metrics = check_skill(trained, plan, steps, r2_score(y, predicted))
    assert metrics["mae"] == pytest.approx(np.abs(y - predicted).mean())


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_so_is_a_class_for_every_step(loss: str) -> None:
    dataset = make_samples("multiclass", series_of_numbers(), class_indices(6), classes=3)
    plan = own_plan("classes_of_every_step", dataset, loss)
    trained = train(plan, dataset, seed=0)
    probability = outputs_of(trained, dataset).reshape(-1, 3)
    probability /= probability.sum(axis=1, keepdims=True)
    y = dataset.validation.y.ravel()
    metrics = check_skill(trained, plan, dataset, d2_log_loss_score(y, probability, labels=[0, 1, 2]))
    assert metrics["accuracy"] == np.mean(probability.argmax(axis=1) == y)


def test_logits_of_a_yes_no_model_are_judged_as_probabilities(answers: Dataset) -> None:
    plan = own_plan("one_logit", answers, YES_NO_LOGITS)
    trained = train(plan, answers, seed=0)
    logits = outputs_of(trained, answers)[:, 0]
    y = answers.validation.y[:, 0].astype(int)
    metrics = check_skill(trained, plan, answers, d2_log_loss_score(y, expit(logits), labels=[0, 1]))
    assert metrics["accuracy"] == np.mean((logits > 0) == y)
    assert logits.min() < 0


@pytest.mark.parametrize("loss", [SPARSE_LOGITS, ONE_HOT_LOGITS], ids=lambda loss: loss["class_name"])
def test_logits_of_several_classes_are_judged_as_probabilities(loss: Any) -> None:
    dataset = make_samples("multiclass", rows_of_numbers(), class_indices(), classes=3)
    plan = own_plan("three_logits", dataset, loss)
    trained = train(plan, dataset, seed=0)
    probability = softmax(outputs_of(trained, dataset), axis=1)
    y = dataset.validation.y[:, 0]
    metrics = check_skill(trained, plan, dataset, d2_log_loss_score(y, probability, labels=[0, 1, 2]))
    assert metrics["log_loss"] == pytest.approx(log_loss(y, probability, labels=[0, 1, 2]))


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_scores_of_hinge_losses_are_no_probabilities(loss: str, activation: str) -> None:
    X = rows_of_numbers()
    y = (X[:, :1] + 0.3 * X[:, 1:2] > 0).astype(float)
    dataset = make_samples("binary", X, y, classes=2)
    plan = own_plan("one_logit", dataset, loss, epochs=30)
    (output,) = [layer for layer in plan.model.layers if layer.config.get("units") == 1]
    head = output.model_copy(update={"config": output.config | {"activation": activation}})
    trained = train(plan.with_layers((*plan.model.layers[:-1], head)), dataset, seed=0)
    assert trained.outcome.status == "learning"
    right = (outputs_of(trained, dataset) > 0) == (dataset.validation.y > 0)
    assert right.mean() > 0.85
    assert trained.outcome.skill > 0.3


def test_masked_steps_with_targets_are_refused_and_a_mask_that_hides_nothing_is_not() -> None:
    X = series_of_numbers()
    y = X.cumsum(axis=1)
    whole = make_samples("regression", X, y)
    assert np.isfinite(train(own_plan("masked_steps", whole), whole, seed=0).outcome.skill)
    X[150, 4:] = -1.0
    padded = make_samples("regression", X, y)
    assert not np.any(np.asarray(padded.train.X) == -1)
    X[3, 4:] = -1.0
    for dataset in (padded, make_samples("regression", X, y)):
        with pytest.raises(TrainingError, match="the model masks steps"):
            train(own_plan("masked_steps", dataset), dataset, seed=0)


def test_units_beyond_the_classes_are_the_users_business_if_the_loss_is_sparse() -> None:
    two_classes = class_indices(shares=(0.5, 0.5))
    dataset = make_samples("multiclass", rows_of_numbers(), two_classes, classes=2)
    assert np.isfinite(train(own_plan("three_logits", dataset, SPARSE_LOGITS), dataset, seed=0).outcome.skill)
    with pytest.raises(TrainingError, match=r"output has shape \(3,\) where the data need \(2,\)"):
        train(own_plan("three_logits", dataset, ONE_HOT_LOGITS), dataset, seed=0)


@pytest.mark.parametrize("names", [("series", "facts"), ("a", "b")])
def test_inputs_reach_the_model_by_name_or_else_in_order(names: tuple[str, str]) -> None:
    series, facts = series_of_numbers(), rows_of_numbers()
    X = dict(zip(names, (series, facts), strict=True))
    # By name, the order must not matter.
    X = dict(reversed(X.items())) if names == ("series", "facts") else X
    dataset = make_samples("multiclass", X, class_indices(), classes=3)
    outcome = train(own_plan("two_inputs", dataset, "sparse_categorical_crossentropy"), dataset, 0).outcome
    expected = make_samples("multiclass", {"series": series, "facts": facts}, class_indices(), classes=3)
    plan = own_plan("two_inputs", expected, "sparse_categorical_crossentropy")
    assert outcome.curve == train(plan, expected, seed=0).outcome.curve


def test_a_single_named_input_is_like_an_unnamed_one(sums: Dataset) -> None:
    plan = own_plan("one_logit", sums)
    named = make_samples(
        "regression", {"numbers": rows_of_numbers()}, rows_of_numbers().sum(axis=1, keepdims=True)
    )
    assert train(plan, named, seed=0).outcome.curve == train(plan, sums, seed=0).outcome.curve


def test_a_model_with_another_number_of_inputs_says_so(sums: Dataset) -> None:
    with pytest.raises(TrainingError, match=r"has 2 input\(s\) \(series, facts\), and the data have 1 \(X\)"):
        train(own_plan("two_inputs", sums), sums, seed=0)


@pytest.mark.parametrize(
    ("function", "X", "shape", "needed"),
    [
        ("every_step", series_of_numbers(), r"\(6, 2\)", r"\(1,\)"),
        ("three_logits", rows_of_numbers(), r"\(3,\)", r"\(1,\)"),
        ("any_length", series_of_numbers(), r"\(4, 2\)", r"\(1,\)"),
    ],
)
def test_an_output_that_keras_would_stretch_to_the_target_is_refused(
    function: str, X: np.ndarray, shape: str, needed: str
) -> None:
    dataset = make_samples("regression", X, X.reshape(200, -1)[:, :1])
    with pytest.raises(TrainingError, match=f"output has shape {shape} where the data need {needed}; change"):
        train(own_plan(function, dataset), dataset, seed=0)


def test_a_yes_no_target_with_an_output_per_class_is_told_how_to_go_on() -> None:
    dataset = make_samples(
        "binary", rows_of_numbers(), class_indices(shares=(0.5, 0.5)).astype(float), classes=2
    )
    plan = own_plan("three_logits", dataset, SPARSE_LOGITS)
    (output,) = [layer for layer in plan.model.layers if layer.config.get("units") == 3]
    two = output.model_copy(update={"config": output.config | {"units": 2}})
    plan = plan.with_layers((*plan.model.layers[:-1], two))
    with pytest.raises(TrainingError, match="set task: multiclass"):
        train(plan, dataset, seed=0)


def test_several_outputs_are_refused(sums: Dataset) -> None:
    with pytest.raises(TrainingError, match=r"the model has 2 output\(s\) in a list"):
        train(own_plan("two_outputs", sums), sums, seed=0)


def test_class_weights_change_the_training_but_not_what_skill_means(answers: Dataset) -> None:
    plan = own_plan("one_logit", answers, YES_NO_LOGITS)
    frozen = plan.replace(optimizer=KerasObject(class_name="SGD", config={"learning_rate": 0.0}))
    plain, weighed = (
        train(frozen.replace(class_weight=weight), answers, seed=0).outcome for weight in (None, "balanced")
    )
    assert weighed.train_skill == plain.train_skill
    assert weighed.curve[-1].loss != plain.curve[-1].loss


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_class_weights_need_one_class_per_sample(task: str, sums: Dataset) -> None:
    every_step = make_samples("multiclass", series_of_numbers(), class_indices(6), classes=3)
    dataset, function = (sums, "one_logit") if task == "regression" else (every_step, "classes_of_every_step")
    plan = own_plan(function, dataset, "sparse_categorical_crossentropy", class_weight="balanced")
    with pytest.raises(TrainingError, match="one class per sample"):
        train(plan, dataset, seed=0)


OWN_METRIC = {"module": "own_models", "class_name": "function", "config": "relative_error"}


def test_the_users_metrics_are_reported_in_the_targets_own_units(sums: Dataset) -> None:
    metrics = (
        "mean_absolute_error",
        OWN_METRIC,
        {"class_name": "RootMeanSquaredError", "config": {"name": "rmse"}},
    )
    plan = own_plan("one_logit", sums, metrics=metrics, preprocessing=Preprocessing(target_scaling="minmax"))
    trained = train(plan, sums, seed=0)
    result = evaluate(trained.model, plan, trained.preprocessor, sums.validation).metrics
    predicted = trained.preprocessor.inverse_targets(outputs_of(trained, sums))
    y = sums.validation.y
    assert result["mean_absolute_error"] == pytest.approx(np.abs(y - predicted).mean(), rel=1e-5)
    assert result["rmse"] == pytest.approx(np.sqrt(result["mse"]), rel=1e-5)
    assert result["relative_error"] == pytest.approx(np.mean(np.abs(y - predicted) / np.abs(y)), rel=1e-4)
    assert train(plan.replace(metrics=()), sums, seed=0).outcome.curve == trained.outcome.curve


CLASS_METRICS = {
    "sparse_categorical_crossentropy": ("acc", "sparse_top_k_categorical_accuracy"),
    "categorical_crossentropy": ("acc", {"class_name": "AUC", "config": {"name": "auc"}}),
}


@pytest.mark.parametrize("loss", CLASS_METRICS)
def test_the_users_metrics_of_classes_are_those_of_their_own_evaluate(loss: str) -> None:
    X = {"series": series_of_numbers(), "facts": rows_of_numbers()}
    dataset = make_samples("multiclass", X, class_indices(), classes=3)
    plan = own_plan("two_inputs", dataset, loss, metrics=CLASS_METRICS[loss])
    trained = train(plan, dataset, seed=0)
    result = evaluate(trained.model, plan, trained.preprocessor, dataset.validation).metrics

    by_hand = [keras.metrics.get(m) if isinstance(m, dict) else m for m in CLASS_METRICS[loss]]
    y = dataset.validation.y
    y = y if loss.startswith("sparse") else np.eye(3)[y[:, 0]]
    trained.model.compile(loss=loss, metrics=by_hand)
    expected = trained.model.evaluate(
        trained.preprocessor.inputs(dataset.validation.X), y, verbose=0, return_dict=True
    )
    assert {name: result[name] for name in expected if name != "loss"} == pytest.approx(
        {name: value for name, value in expected.items() if name != "loss"}, rel=1e-5
    )
    assert len(expected) == 3


def test_a_metric_that_keras_does_not_know_is_no_silent_omission(sums: Dataset) -> None:
    plan = own_plan("one_logit", sums, metrics=("no_such_metric",))
    trained = train(plan, sums, seed=0)
    with pytest.raises(ValueError, match="no_such_metric"):
        evaluate(trained.model, plan, trained.preprocessor, sums.validation)


def test_a_stateful_model_is_judged_alike_in_the_trial_and_afterwards(tmp_path: Path) -> None:
    X = series_of_numbers()
    dataset = make_samples("regression", X, X[:, :1, 0])
    plan = own_plan("stateful", dataset)
    trained = train(plan, dataset, seed=0)
    assert trained.outcome.status is not Status.DIVERGED
    for _ in range(2):
        result = evaluate(trained.model, plan, trained.preprocessor, dataset.validation)
        assert result.skill == pytest.approx(trained.outcome.skill, abs=1e-5)
    save_model(trained.model, plan, tmp_path / "model.keras")
    model = load_model(tmp_path / "model.keras", plan)
    result = evaluate(model, plan, trained.preprocessor, dataset.validation)
    assert result.skill == pytest.approx(trained.outcome.skill, abs=1e-5)


def test_too_few_samples_for_one_batch_of_a_fixed_size_are_reported(sums: Dataset) -> None:
    X = series_of_numbers()
    dataset = make_samples("regression", X, X[:, :1, 0])
    short = Dataset(
        **(vars(dataset) | {"validation": make_samples("regression", X[:10], X[:10, :1, 0]).train})
    )
    with pytest.raises(
        TrainingError, match="batches of exactly 16 samples, and the validation split has only 10"
    ):
        train(own_plan("stateful", dataset), short, seed=0)


def test_a_target_that_varies_only_beyond_the_last_whole_batch_is_reported() -> None:
    X = series_of_numbers()
    y = X[:, :1, 0].copy()
    y[90 : 90 + 48] = 1.0  # the validation split has 55 samples
    dataset = make_samples("regression", X, y)
    with pytest.raises(TrainingError, match="never varies in the samples that fill whole batches"):
        train(own_plan("stateful", dataset), dataset, seed=0)


def test_states_within_wrappers_and_nested_models_are_emptied() -> None:
    layers = keras.layers
    inner = keras.Sequential([keras.Input(batch_shape=(4, 6, 2)), layers.GRU(3, stateful=True)])
    both = layers.Bidirectional(layers.LSTM(3, stateful=True))
    inputs = keras.Input(batch_shape=(4, 6, 2))
    model = keras.Model(inputs, layers.Concatenate()([inner(inputs), both(inputs)]))
    X = series_of_numbers()[:4]
    first, second = model(X).numpy(), model(X).numpy()
    assert not np.allclose(first, second)
    reset_states(model)
    np.testing.assert_allclose(model(X).numpy(), first, rtol=1e-6)


def test_a_mixed_precision_model_is_judged_in_full_precision(tmp_path: Path) -> None:
    X = series_of_numbers()
    dataset = make_samples("regression", X, X[:, :1, 0])
    plan = own_plan("mixed_precision", dataset)
    trained = train(plan, dataset, seed=0)
    assert type(trained.model.optimizer).__name__ == "LossScaleOptimizer"
    check_skill(trained, plan, dataset, r2_score(dataset.validation.y, outputs_of(trained, dataset)))
    save_model(trained.model, plan, tmp_path / "model.keras")
    plain = keras.saving.load_model(tmp_path / "model.keras")
    assert type(plain.optimizer.inner_optimizer) is keras.optimizers.Adam
    X = named_inputs(dataset.validation.X)["X"].astype("float32")
    np.testing.assert_array_equal(plain.predict(X, verbose=0), trained.model.predict(X, verbose=0))


@pytest.mark.parametrize(
    ("function", "suffix"), [("subclassed", ".weights.h5"), ("plain_subclass", ".keras")]
)
def test_a_subclassed_model_can_be_saved_and_evaluated(
    function: str, suffix: str, sums: Dataset, tmp_path: Path
) -> None:
    plan = own_plan(function, sums)
    trained = train(plan, sums, seed=0)
    path = tmp_path / "model.keras"
    assert save_model(trained.model, plan, path) == tmp_path / f"model{suffix}"
    assert [file.name for file in tmp_path.iterdir()] == [f"model{suffix}"]
    model = load_model(path, plan)
    result = evaluate(model, plan, trained.preprocessor, sums.validation)
    assert result.skill == pytest.approx(trained.outcome.skill, rel=1e-5)
    assert type(model).__name__ == type(getattr(own_models, function)()).__name__


def own_function(name: str) -> dict[str, str]:
    return {"module": "own_models", "class_name": "function", "config": name}


def test_a_loss_of_the_users_may_take_logits(answers: Dataset) -> None:
    plan = own_plan("one_logit", answers, own_function("yes_or_no_of_logits"))
    trained = train(plan, answers, seed=0)
    by_keras = train(plan.replace(loss=YES_NO_LOGITS), answers, seed=0)
    check_skill(trained, plan, answers, by_keras.outcome.skill)


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_loss_of_the_users_gets_labels_as_the_source_has_them(one_hot: bool) -> None:
    X = rows_of_numbers()
    dataset = make_samples("multiclass", X, X.argmax(axis=1, keepdims=True), classes=3)
    own = own_function("surprise")
    loss = {"class_name": "CategoricalCrossentropy", "module": "own", "config": {}} if one_hot else own
    plan = own_plan("three_classes", dataset, loss)
    plan = plan.replace(data=plan.data.model_copy(update={"one_hot": one_hot}))
    y = coded_targets(plan, fit_preprocessing(plan.preprocessing, dataset.train), dataset.train.y, 3)
    assert y.shape[-1] == (3 if one_hot else 1)
    if not one_hot:
        twin = train(plan.replace(loss="sparse_categorical_crossentropy"), dataset, seed=0)
        assert train(plan, dataset, seed=0).outcome.skill == pytest.approx(twin.outcome.skill, rel=1e-4)


def test_a_metric_that_fails_takes_nothing_else_along(sums: Dataset) -> None:
    plan = own_plan("one_logit", sums, metrics=(own_function("fails"), "mae"))
    metrics = evaluate_plan(plan, sums)
    assert np.isnan(metrics["fails"])
    assert metrics["mae"] > 0


def evaluate_plan(plan: Plan, dataset: Dataset) -> dict[str, float]:
    trained = train(plan, dataset, seed=0)
    return evaluate(trained.model, plan, trained.preprocessor, dataset.validation).metrics


def test_what_a_file_draws_when_it_is_imported_does_not_touch_the_training(
    sums: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "draws_numbers.py").write_text(
        "import keras\nkeras.utils.set_random_seed(7)\n"
        "def build():\n    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\n"
    )
    plan = own_plan("one_logit", sums)
    source = UserModel(file=str(tmp_path / "draws_numbers.py"), function="build")
    plan = plan.replace(model=plan.model.model_copy(update={"source": source}))
    first, again, other = (train(plan, sums, seed).outcome.curve for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_model_that_sets_the_seed_is_still_shuffled_by_the_training_seed(sums: Dataset) -> None:
    plan = own_plan("seeded", sums, epochs=1)
    source = plan.model.source
    assert source is not None
    plan = plan.replace(
        model=plan.model.model_copy(update={"source": source.model_copy(update={"sets_seed": True})})
    )
    curves = [train(plan, sums, seed).outcome.curve for seed in (1, 1, 2)]
    assert curves[0] == curves[1]
    assert curves[0] != curves[2]
