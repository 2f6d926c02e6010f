"""One worker process as its parent sees it: started, handed jobs, listened to, replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from remedy.data import Dataset
from remedy.training import Job
from remedy.workers.keras_backend import KerasBackend, keras_backend
from remedy.workers.launched_process import LaunchedProcess, StartedProcess
from remedy.workers.template_process import current_template

_LAST_WORDS = 2000


class WorkerDiedError(Exception):
    """The process ended without being asked to; the message says how, `details` what it last printed."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details


class WorkerProcess:
    """A child process that trains, with one thread: several such use the cores better than one with many.

    Args:
        ahead: it is started before there is data, and loads TensorFlow meanwhile.
        compiled: a folder that it shares with others for what XLA has compiled.
        gpu: the one it may use, as `CUDA_VISIBLE_DEVICES` names it; `None` changes nothing.
        backend: Keras' backend; `None` is the one that trains.

    Attributes:
        module: what the process runs.
    """

    module = "remedy.workers.child"

    def __init__(
        self,
        *,
        ahead: bool = False,
        compiled: Path | None = None,
        gpu: str | None = None,
        backend: KerasBackend | None = None,
    ) -> None:
        # First, for it may raise.
        environment = _environment(compiled, gpu) | {"KERAS_BACKEND": backend or keras_backend()}
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self.pipe, child_pipe = multiprocessing.Pipe()
        with child_pipe:
            self._process = _launch(
                self.module, ["--ahead"] * ahead, environment, child_pipe.fileno(), self._output.fileno()
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def load(self, dataset: Dataset) -> None:
        """Hand over the data that all jobs are about, once, before the first job.

        Raises:
            WorkerDiedError: the process is gone.
        """
        self.send(dataset)

    def start(self, job: Job) -> None:
        """Hand over a job; messages about it then arrive on `pipe`.

        Raises:
            WorkerDiedError: the process is gone.
        """
        self.send(job)

    def answer(self, go_on: bool) -> None:
        """Answer an `EpochEnd`.

        Raises:
            WorkerDiedError: the process is gone.
        """
        self.send(go_on)

    def receive(self) -> Any:
        """The next message; blocks until there is one.

        Raises:
            WorkerDiedError: the process is gone.
        """
        try:
            return self.pipe.recv()
        except (EOFError, OSError):  # OSError: it died in the middle of a message
            raise self._death() from None

    def stop(self) -> None:
        """End the process, whatever it is doing; does nothing the second time."""
        if self.pipe.closed:
            return
        self.pipe.close()
        self._process.stop()
        self._output.close()

    def send(self, message: Any) -> None:
        """Send whatever the process understands.

        Raises:
            WorkerDiedError: the process is gone.
        """
        try:
            self.pipe.send(message)
        except (BrokenPipeError, ConnectionResetError):
            raise self._death() from None

    def _death(self) -> WorkerDiedError:
        code = self._process.exit_code()
        last_words = _last_words(self._output)
        if not last_words and self._process.printed_before is not None:
            last_words = _last_words(self._process.printed_before)
        status = "unknown" if code is None else code
        how = f"signal {-code}" if code is not None and code < 0 else f"exit status {status}"
        return WorkerDiedError(f"the worker process ended unexpectedly ({how})", last_words)


def _last_words(output: IO[bytes]) -> str:
    output.seek(0, os.SEEK_END)
    output.seek(max(0, output.tell() - _LAST_WORDS))
    return output.read().decode(errors="replace")


def _launch(
    module: str, arguments: list[str], environment: dict[str, str], pipe: int, output: int
) -> LaunchedProcess:
    template = current_template(environment)
    if template is not None:
        with contextlib.suppress(OSError):  # it is gone
            return template.fork(module, arguments, environment, pipe, output)
    # -P: a numpy.py in the user's folder is not NumPy.
    command = [sys.executable, "-P", "-m", module, str(pipe), *arguments]
    return StartedProcess(command, environment, pipe, output)


_SETTINGS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "NPROC": "1",  # threads of JAX on a CPU
    # Else the first worker takes all memory of a GPU.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


def _environment(compiled: Path | None, gpu: str | None) -> dict[str, str]:
    """What a worker sees: one thread, and the package that its parent runs, wherever that was found."""
    root = str(Path(__file__).parents[2])
    found_in_working_folder = root == str(Path.cwd())
    path = (
        os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        if found_in_working_folder
        else None
    )
    environment = os.environ | _SETTINGS | ({"PYTHONPATH": path} if path else {})
    if gpu is not None:
        environment["CUDA_VISIBLE_DEVICES"] = gpu
    if compiled is not None:
        flags = f"--tf_xla_persistent_cache_directory={compiled}"
        environment["TF_XLA_FLAGS"] = " ".join(filter(None, [os.environ.get("TF_XLA_FLAGS"), flags]))
        # A cache of the user's own outlives the run.
        environment.setdefault("JAX_COMPILATION_CACHE_DIR", str(compiled))
        environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    return environment
