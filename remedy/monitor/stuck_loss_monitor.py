"""The Keras callback that watches the user's own `fit` and says what keeps its loss where it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from remedy.diagnosis.symptom import Finding
from remedy.errors import ConfigError
from remedy.monitor.model_facts import model_facts
from remedy.monitor.recorder import Fit
from remedy.monitor.rules import findings
from remedy.monitor.seen import ModelFacts, NonFinite, Seen
from remedy.monitor.speech import say, sentence
from remedy.monitor.watch import Watch
from remedy.training.outcome import EpochRecord

_Logs = Mapping[str, Any] | None


@dataclass
class _Training:
    """The training of one model, through one or several calls of `fit`."""

    watch: Watch
    facts: ModelFacts
    curve: list[EpochRecord] = field(default_factory=list)
    start_loss: float = math.nan
    rate: float = math.nan
    fit: Fit | None = None
    non_finite: NonFinite | None = None
    told: int = 0


class StuckLossMonitor(keras.callbacks.Callback):
    """Watches loss, gradients and weights while a model trains, and says once what is wrong with it.

        model.fit(X, y, callbacks=[remedy.StuckLossMonitor()])

    It changes no number of the training, and says nothing of one that learns. What it finds goes to
    stderr, a sentence or two per symptom, and stays on `symptoms`. Numbers that are not finite and an output
    that cannot vary are told at once, a growing loss after two epochs, everything else once the training has
    had `patience` epochs and 300 batches and is stuck, or at the end of `fit` after 3 epochs and 300 batches.

    The same monitor follows a model through several calls of `fit`; with another model it starts over.

    Args:
        stop: end the training at the first finding of severity error.
        quiet: print nothing; findings are on `symptoms` only.
        patience: epochs after which a training that has not learned is judged.

    Attributes:
        symptoms: the findings so far, in the order in which they were told.
    """

    def __init__(self, stop: bool = False, quiet: bool = False, patience: int = 10) -> None:
        super().__init__()
        if patience < 2:
            raise ConfigError(f"patience is {patience}; it takes at least 2 epochs to call a loss stuck")
        self.stop = stop
        self.quiet = quiet
        self.patience = patience
        self.symptoms: list[Finding] = []
        self._training: _Training | None = None

    @property
    def watches_gradients(self) -> bool:
        """Whether gradients have been seen.

        They cannot be with `jit_compile=True`, under a distribution strategy, or if a `train_step` of the
        user's own goes past the model's optimizer.
        """
        return self._training is not None and self._training.watch.sees_gradients

    def on_train_begin(self, logs: _Logs = None) -> None:
        """Begin to watch, and say what can be said before the first batch."""
        del logs
        facts = model_facts(self.model)
        if self._training is None or self._training.watch.model is not self.model:
            self.symptoms = []
            self._training = _Training(Watch(self.model, self._on_bad_step), facts)
        self._training.facts = facts
        self._training.watch.begin()
        self._judge()
        self._speak()

    def on_epoch_begin(self, epoch: int, logs: _Logs = None) -> None:
        """Say what the last epoch showed: by now its progress bar has ended."""
        del epoch, logs
        self._speak()
        self._now.watch.take_fit()  # what an interrupted epoch left
        self._now.rate = self._now.watch.learning_rate()

    def on_epoch_end(self, epoch: int, logs: _Logs = None) -> None:
        """Record the epoch and judge the training."""
        del epoch
        now = self._now
        loss, val_loss = (_number(logs or {}, key) for key in ("loss", "val_loss"))
        now.watch.look()
        now.fit = now.watch.take_fit()
        if now.non_finite is None and not all(
            value is None or math.isfinite(value) for value in (loss, val_loss)
        ):
            self._note_bad(in_loss=True)
        if loss is not None and math.isfinite(loss):
            self._record(loss, loss if val_loss is None or not math.isfinite(val_loss) else val_loss)
        self._judge()

    def on_train_end(self, logs: _Logs = None) -> None:
        """Judge the whole training and leave the model as it was."""
        del logs
        if self._now.non_finite is None and self._now.watch.bad_weights():
            self._note_bad(in_loss=False)
        self._judge(ended=True)
        self._now.watch.end()
        self._speak()

    @property
    def _now(self) -> _Training:
        if self._training is None:
            raise RuntimeError("on_train_begin was not called")
        return self._training

    def _record(self, loss: float, val_loss: float) -> None:
        now = self._now
        if math.isnan(now.start_loss):
            first = now.watch.start_loss
            now.start_loss = first if math.isfinite(first) else loss
        fall = (now.start_loss - loss) / abs(now.start_loss) if now.start_loss else 0.0
        skill = fall if now.fit is None else now.fit.skill
        number = len(now.curve) + 1
        now.curve.append(EpochRecord(number, loss, val_loss, skill, skill, now.rate, math.nan))

    def _on_bad_step(self) -> None:
        """A batch had a number that was not finite: that is told at once."""
        if self._now.non_finite is None:
            self._note_bad(in_loss=False)
            self._judge()
            self._speak(amid_progress=self.params.get("verbose") in {1, "auto"})

    def _note_bad(self, *, in_loss: bool) -> None:
        now = self._now
        first = now.watch.first_bad_step()
        step, bad_loss, gradients = first if first is not None else (None, in_loss, ())
        weights = now.watch.bad_weights()
        now.non_finite = NonFinite(
            epoch=len(now.curve) + 1,
            step=step,
            in_loss=bad_loss,
            gradients=gradients,
            weights=weights,
            recovered=not weights and not in_loss,
        )

    def _judge(self, *, ended: bool = False) -> None:
        now = self._now
        seen = Seen(
            model=now.facts,
            curve=tuple(now.curve),
            patience=self.patience,
            steps=now.watch.steps,
            ended=ended,
            start_loss=now.start_loss,
            skill_is_known=now.fit is not None,
            prediction_spread=None if now.fit is None else now.fit.spread,
            layers=now.watch.layers(),
            gradient_norm=now.watch.gradient_norm(),
            non_finite=now.non_finite,
        )
        known = {finding.symptom for finding in self.symptoms}
        new = [finding for finding in findings(seen) if finding.symptom not in known]
        self.symptoms += new
        if self.stop and any(finding.severity == "error" for finding in new):
            self.model.stop_training = True

    def _speak(self, *, amid_progress: bool = False) -> None:
        new = self.symptoms[self._now.told :]
        self._now.told = len(self.symptoms)
        if new and not self.quiet:
            say([sentence(finding) for finding in new], amid_progress=amid_progress)


def _number(logs: Mapping[str, Any], key: str) -> float | None:
    value = logs.get(key)
    return float(value) if isinstance(value, int | float) else None
