"""The functions of a training, in the order in which they call each other, as source."""

from __future__ import annotations

from remedy.export.graph_references import structure_references
from remedy.export.keras_source import Imports, callback_source, loss_source, optimizer_source
from remedy.export.model_facts import starts_from_file
from remedy.export.model_source import model_functions
from remedy.export.prediction_source import predict_function
from remedy.export.preprocessing_source import PreprocessingSource
from remedy.export.score_source import main_function
from remedy.export.source import Expression, call, function, literal, pair, sequence, statement, tall
from remedy.export.training import Training, is_single
from remedy.models.jit_compilation import jit_compile
from remedy.training.target_coding import is_own, is_sparse

START = "start.weights.h5"
"""The file beside a script that holds the weights from which its training starts."""

_CYCLICAL = '''\
class CyclicalLearningRate(keras.callbacks.Callback):
    """Lets the learning rate climb from `base` to `peak` and fall back, step by step."""

    def __init__(self, base, peak, epochs):
        super().__init__()
        self.base, self.peak, self.epochs = base, peak, epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        position = (self.epoch + batch / self.params["steps"]) / self.epochs % 1
        height = 1 - abs(2 * position - 1)
        self.model.optimizer.learning_rate = self.base + (self.peak - self.base) * height'''

_RESET_STATES = '''\
def reset_states(model):
    """Empty the states that layers carry from one batch to the next."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


class ResetStates(keras.callbacks.Callback):
    """Lets every epoch and every validation begin without a memory of what came before."""

    def on_epoch_begin(self, epoch, logs=None):
        reset_states(self.model)

    def on_test_begin(self, logs=None):
        reset_states(self.model)'''

_WHOLE_BATCHES = '''\
def whole_batches(X, y):
    """The first samples, as many as fill whole batches: the model takes no others."""
    count = len(y) // BATCH_SIZE * BATCH_SIZE
    return {taken}, y[:count]'''


class TrainingSource:
    """The source of a training: the model, its training, predictions and their skill.

    Args:
        training: what is exported.
    """

    def __init__(self, training: Training) -> None:
        self._training = training
        self._plan = training.plan
        self._preprocessing = PreprocessingSource(training)
        self.imports = Imports()
        self._weights_only = not training.model_file.endswith(".keras")

    def functions(self) -> list[str]:
        """All functions and classes, in the order in which they call each other."""
        model = self._training.model
        found = [*self._preprocessing.functions(), *self._model_functions()]
        if any(callback.class_name == "CyclicalLearningRate" for callback in self._plan.callbacks):
            found.append(_CYCLICAL)
        if model.stateful:
            found.append(_RESET_STATES)
        if model.batch_size is not None:
            single = is_single(self._training.dataset)
            taken = "X[:count]" if single else "{name: array[:count] for name, array in X.items()}"
            found.append(_WHOLE_BATCHES.format(taken=taken))
        return [
            *found,
            self._train_function(),
            predict_function(self._training, self._preprocessing),
            main_function(self._training),
        ]

    @property
    def constants(self) -> dict[str, Expression]:
        """Names and values of what is worth changing."""
        batch_size = self._training.model.batch_size or self._plan.batch_size
        found = {
            "SEED": literal(self._training.seed),
            "EPOCHS": literal(self._plan.epochs),
            "BATCH_SIZE": literal(batch_size),
            "MODEL": f"FOLDER / {literal(self._training.model_file)}",
        }
        if self._preprocessing.is_fitted:
            found["PREPROCESSING"] = 'FOLDER / "preprocessing.json"'
        return found

    def _model_functions(self) -> list[str]:
        model = self._plan.model
        if model.opaque is None:
            return model_functions(model, _input_names(self._training), self.imports)
        source = model.source
        assert source is not None  # noqa: S101 - only models of the user's are opaque
        if source.function is None:
            name = literal(start_model(source.file))
            made = f"return keras.saving.load_model(FOLDER / {name}, compile=False)"
            return [function("build_model()", "The model, with the weights that it has.", [made])]
        arguments = {
            key: literal(tuple(value) if isinstance(value, list) else value)
            for key, value in source.arguments.items()
        }
        own = self.imports.add(_module(source.file), source.function)
        return [
            function(
                "build_model()",
                "The model.",
                statement("return ", call(own, **arguments)),
            )
        ]

    def _train_function(self) -> str:
        plan, fitted = self._plan, self._preprocessing.is_fitted
        body = ['(X, y), (X_validation, y_validation) = samples["train"], samples["validation"]']
        if fitted:
            body += [
                "fitted = fit_preprocessing(X, y)",
                'PREPROCESSING.write_text(json.dumps(fitted, indent=1) + "\\n")',
            ]
        if self._training.model.batch_size is not None:
            body += [
                "X, y = whole_batches(X, y)",
                "X_validation, y_validation = whole_batches(X_validation, y_validation)",
            ]
        body += ["", "keras.utils.set_random_seed(SEED)", "model = build_model()"]
        if starts_from_file(plan):
            body.append(f'model.load_weights(FOLDER / "{START}")  # from which the study has started')
        if plan.model.source is not None and plan.model.source.sets_seed:
            body.append(
                f"keras.utils.set_random_seed(SEED)  # {plan.model.source.function}() sets another one"
            )
        body += self._compile_and_fit()
        if self._training.model.stateful:
            body.append("reset_states(model)")
        body.append("model.save_weights(MODEL)" if self._weights_only else "model.save(MODEL)")
        doc = (
            f"Train the model and write it{', and its preprocessing,' if fitted else ''} beside this script."
        )
        return function("train(samples)", doc, body)

    def _compile_and_fit(self) -> list[str]:
        plan = self._plan
        compiled: dict[str, Expression] = {
            "optimizer": optimizer_source(plan.optimizer, self.imports),
            "loss": loss_source(plan.loss, self.imports),
        }
        if plan.run_eagerly:
            compiled["run_eagerly"] = "True"
        if (wish := jit_compile(plan)) is not None:
            compiled["jit_compile"] = str(wish)
        body = statement("", call("model.compile", **compiled))
        callbacks: list[Expression] = ["ResetStates()"] if self._training.model.stateful else []
        for callback in plan.callbacks:
            if callback.class_name == "CyclicalLearningRate":
                callbacks.append(
                    call("CyclicalLearningRate", **{k: literal(v) for k, v in callback.config.items()})
                )
            else:
                callbacks.append(callback_source(callback, self.imports))
        fit: dict[str, Expression] = {
            "validation_data": pair(
                self._preprocessing.prepared("X_validation"), self._coded("y_validation")
            ),
            "epochs": "EPOCHS",
            "batch_size": "BATCH_SIZE",
        }
        if self._training.model.stateful:
            fit["shuffle"] = "False"
        if plan.class_weight is not None:
            body += [
                "classes = np.unique(y)",
                f'weights = compute_class_weight("{plan.class_weight}", classes=classes, y=y.ravel())',
            ]
            fit["class_weight"] = "dict(zip(classes.astype(int), weights, strict=True))"
        if callbacks:
            fit["callbacks"] = sequence(callbacks)
        fit["verbose"] = "2"
        fitting = tall(call("model.fit", self._preprocessing.prepared("X"), self._coded("y"), **fit))
        return [*body, *statement("", fitting)]

    def _coded(self, value: str) -> str:
        """The targets as the loss wants them."""
        plan = self._plan
        if self._preprocessing.fits_targets:
            return f'scale({value}, fitted["targets"])'
        if plan.task != "multiclass":
            return f'{value}.astype("float32")'
        as_indices = not plan.data.one_hot if is_own(plan.loss) else is_sparse(plan.loss)
        if as_indices:
            return value
        return f"keras.utils.to_categorical({value}, {self._training.dataset.output_units})"


def start_model(file: str) -> str:
    """What a copy of the user's saved model is called beside a script."""
    return f"start.{file.rpartition('.')[2]}"


def _input_names(training: Training) -> dict[str, str]:
    """What the data calls the inputs, by their names in the model; none for a single input."""
    data = list(training.dataset.input_shapes)
    if len(data) < 2 or not training.plan.model.is_graph:
        return {}
    own = [name for name, _, _ in structure_references(training.plan.model.inputs)]
    return {name: name for name in own} if set(own) == set(data) else dict(zip(own, data, strict=True))


def _module(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".py")
