"""A child process that loads data by a script's own `load_data()`.

Started by `remedy.export.check_data`. What the script does to Keras or prints stays in here.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from remedy.workers.messages import Answer, Failure


def main() -> None:
    """Answer one request."""
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    folder, result = pipe.recv()
    os.chdir(folder)
    try:
        write_loaded(folder, result)
        pipe.send(Answer(None))
    except BaseException as error:  # noqa: BLE001 - a script may also end the process
        last = traceback.format_exception_only(error)[-1].strip()
        pipe.send(Failure(last, traceback.format_exc(), users=False))


def write_loaded(folder: Path, result: Path) -> None:
    """Load the data of the script in a folder, and write all arrays to a `.npz` file."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    import numpy as np

    arrays = {}
    for part, (X, y) in importlib.import_module("train").load_data().items():
        arrays[f"{part}/y"] = y
        for name, array in X.items() if isinstance(X, dict) else [("X", X)]:
            if isinstance(array, list):
                arrays[f"{part}/lengths/{name}"] = np.array([len(one) for one in array])
                array = np.concatenate(array)
            arrays[f"{part}/X/{name}"] = array
    np.savez(result, **arrays)


if __name__ == "__main__":
    main()
