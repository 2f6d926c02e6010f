"""A child process that runs the user's code: builds models and calls data functions, one request at a time.

Started by `remedy.workers.user_code_process`. What the user's code does to Keras, prints, or leaves in memory
stays in here.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from remedy.errors import RemedyError
from remedy.plan import Plan
from remedy.workers.messages import Answer, Failure


def main() -> None:
    """Serve requests, `(function, arguments)` each, until the other end of the pipe is closed."""
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        while True:
            name, arguments = pipe.recv()
            pipe.send(_answer(_REQUESTS[name], arguments))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit(0)


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Answer | Failure:
    try:
        return Answer(function(*arguments))
    except RemedyError as error:
        return Failure(str(error), error.details or traceback.format_exc(), users=True)
    except Exception as error:  # noqa: BLE001 - it is told to whoever asked
        return Failure(
            f"{type(error).__name__}: {' '.join(str(error).split())}", traceback.format_exc(), users=False
        )


def _describe_model(*arguments: Any) -> Any:
    from remedy.models.read_user_model import read_user_model

    return read_user_model(*arguments)


def _load_data(*arguments: Any) -> Any:
    from remedy.data.user_arrays import load_from_function

    return load_from_function(*arguments)


def _try_to_build(plans: list[Plan]) -> list[str | None]:
    """For each plan why Keras cannot build its model, or `None` if it can."""
    from remedy.models.build import build_model

    reasons: list[str | None] = []
    for plan in plans:
        try:
            build_model(plan)
            reasons.append(None)
        except Exception as error:  # noqa: BLE001 - whatever a layer raises is the reason
            reasons.append(" ".join(str(error).split())[:200] or type(error).__name__)
    return reasons


_REQUESTS: dict[str, Callable[..., Any]] = {
    "describe_model": _describe_model,
    "load_data": _load_data,
    "try_to_build": _try_to_build,
}

if __name__ == "__main__":
    main()
