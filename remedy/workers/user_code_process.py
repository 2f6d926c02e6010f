"""Runs the user's code in a process of its own, so that it can neither load TensorFlow here nor do harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from remedy.errors import UserCodeError
from remedy.models.description import ModelDescription, Shape
from remedy.plan import Plan, UserModel
from remedy.workers.messages import Answer, Failure
from remedy.workers.process import WorkerDiedError, WorkerProcess

PATIENCE = 30.0
"""After so many seconds it is said that the user's code takes its time."""

LIMIT = 1800.0
"""After so many seconds the user's code is stopped."""


class _Process(WorkerProcess):
    module = "remedy.workers.user_code_child"


class UserCodeProcess:
    """A process that is started with the first request and ended with the context.

    Args:
        tell: is told when the user's code takes long.
        limit: seconds after which a request is given up.
    """

    def __init__(self, tell: Callable[[str], None], limit: float = LIMIT) -> None:
        self._tell = tell
        self._limit = limit
        self._process: _Process | None = None
        self._data: dict[tuple[Path, str], Any] = {}

    def __enter__(self) -> UserCodeProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.stop()

    def describe_model(
        self, source: UserModel, input_shapes: Mapping[str, Shape], output_shape: Shape
    ) -> ModelDescription:
        """See `remedy.models.read_user_model`.

        Raises:
            UserCodeError: the user's code failed, or there is no model that can be trained.
        """
        what = source.file if source.function is None else f"{source.file}: {source.function}()"
        description: ModelDescription = self._ask(
            what, "describe_model", source, dict(input_shapes), tuple(output_shape)
        )
        return description

    def load_data(self, file: Path, function: str) -> Any:
        """The arrays that a function returns; it is called once, however often they are asked for.

        Raises:
            UserCodeError: the user's code failed.
            DataError: what it returned is no data.
        """
        if (file, function) not in self._data:
            self._data[file, function] = self._ask(f"{file}: {function}()", "load_data", file, function)
        return self._data[file, function]

    def try_to_build(self, plans: Sequence[Plan]) -> list[str | None]:
        """For each plan why Keras cannot build its model, or `None` if it can."""
        reasons: list[str | None] = self._ask("building models", "try_to_build", list(plans))
        return reasons

    def _ask(self, what: str, request: str, *arguments: Any) -> Any:
        self._process = self._process or _Process()
        try:
            self._process.send((request, arguments))
            self._wait(what)
            answer = self._process.receive()
        except WorkerDiedError as death:
            last = death.details.strip().splitlines()[-1:] or ["it printed nothing"]
            raise UserCodeError(f"{what}: {death}; its last words: {last[0]}", death.details) from death
        if isinstance(answer, Failure) and not answer.users:
            raise RuntimeError(f"{what}: {answer.error}\n{answer.details}")
        if isinstance(answer, Failure):
            raise UserCodeError(answer.error, answer.details)
        assert isinstance(answer, Answer)  # noqa: S101 - the child sends nothing else
        return answer.value

    def _wait(self, what: str) -> None:
        assert self._process is not None  # noqa: S101 - the request has been sent
        if self._process.pipe.poll(min(PATIENCE, self._limit)):
            return
        self._tell(
            f"{what} has been running for {PATIENCE:g} s; it is stopped after {self._limit / 60:g} min"
        )
        if not self._process.pipe.poll(max(self._limit - PATIENCE, 0)):
            self._process.stop()
            self._process = None
            raise UserCodeError(
                f"{what} did not come to an end within {self._limit / 60:g} min; make it shorter"
            )
