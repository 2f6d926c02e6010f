"""Calls code of the user's, such as a `build` function, and says in which of its lines it failed."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from remedy.errors import UserCodeError


def import_file(file: Path) -> ModuleType:
    """Import a Python file under its own name, as `import name` in its folder would.

    Its folder is put on the module path, so that the file can import its neighbours. A file that has been
    imported already is not run again.

    Raises:
        UserCodeError: there is no such file, or it raised something; the message names the line.
    """
    file = Path(os.path.realpath(file))  # unlike Path's own this never raises, nor does isfile
    imported = sys.modules.get(file.stem)
    if imported is not None and getattr(imported, "__file__", None) == str(file):
        return imported
    if not os.path.isfile(file):  # noqa: PTH113
        raise UserCodeError(f"{file} does not exist; correct the path")
    if imported is not None:
        raise UserCodeError(
            f"{file} cannot be imported: {file.stem!r} is the name of another module; rename the file"
        )
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise UserCodeError(f"{file} is no Python file; its name has to end in .py")
    module = importlib.util.module_from_spec(spec)
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    sys.modules[file.stem] = module  # before it runs: dataclasses and Keras look their module up there
    try:
        with blaming(file, "it"):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[file.stem]
        raise
    return module


def load_member(file: Path, name: str) -> Any:
    """A function or class of a Python file.

    Raises:
        UserCodeError: the file cannot be imported or does not define it.
    """
    module = import_file(file)
    if not hasattr(module, name):
        defined = [key for key, value in vars(module).items() if callable(value) and _is_own(value, module)]
        offer = f"; it defines {', '.join(defined)}" if defined else ""
        raise UserCodeError(f"{file} has no {name!r}{offer}")
    return getattr(module, name)


def parameters_of(function: Any) -> dict[str, bool]:
    """The names of the arguments that a function takes, and whether it cannot do without."""
    named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    return {
        name: parameter.default is parameter.empty
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in named
    }


@contextlib.contextmanager
def blaming(file: Path, what: str) -> Iterator[None]:
    """Turn whatever happens inside into one line that names the user's own line; what it prints is no output.

    Args:
        file: the user's file.
        what: what was called, such as `build()`.

    Raises:
        UserCodeError: the code inside raised something.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (KeyboardInterrupt, UserCodeError):
        raise
    except BaseException as error:
        line = _line_in(file, error)
        place = f"{file}:{line}" if line else f"{file}"
        text = " ".join(str(error).split())[:500]
        raise UserCodeError(
            f"{place}: {what} raised {type(error).__name__}{': ' if text else ''}{text}",
            traceback.format_exc(),
        ) from error


def _line_in(file: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return own[-1].lineno if own else None


def _is_own(value: Any, module: ModuleType) -> bool:
    return getattr(value, "__module__", None) == module.__name__
