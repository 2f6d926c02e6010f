"""A process that loads TensorFlow once and then forks workers, which have it from the start.

Started by `remedy.workers.template_process` as `python -m remedy.workers.template_child FILE_DESCRIPTOR`. A
request is one byte and four file descriptors: a file of JSON that says what to run, the worker's pipe, its
output, and where its number and later its exit code are written. TensorFlow starts its threads with the first
operation, so that a process which has only loaded it can be forked.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import traceback
from typing import Any, NoReturn

NUMBER = struct.Struct("!i")
FILE_DESCRIPTORS = 4

_LOADED_FIRST = "remedy.workers.run_job"


def main() -> None:
    """Fork until the other end of the socket is closed."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    importlib.import_module(_LOADED_FIRST)
    gc.collect()
    gc.freeze()  # else collecting garbage copies what the workers share
    running: dict[int, int] = {}
    wakeup, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        selector.register(wakeup, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if wakeup in ready:
                wakeup.recv(1 << 10)
                _report_ended(running)
            if requests in ready:
                request = _read(requests)
                if request is None:
                    return
                details, (pipe, output, status) = request
                number = os.fork()
                if number == 0:
                    for end in (requests, wakeup, wake, selector):
                        end.close()
                    for descriptor in (*running.values(), status):
                        os.close(descriptor)
                    _become(details, pipe, output)
                running[number] = status
                os.close(pipe)
                os.close(output)
                _tell(status, number)


def _read(requests: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    byte, descriptors, _, _ = socket.recv_fds(requests, 1, FILE_DESCRIPTORS)
    if not byte:
        return None
    with os.fdopen(descriptors[0], encoding="utf-8") as file:
        file.seek(0)
        return json.load(file), descriptors[1:]


def _report_ended(running: dict[int, int]) -> None:
    while running:
        try:
            number, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if number == 0:
            return
        descriptor = running.pop(number)
        _tell(descriptor, os.waitstatus_to_exitcode(status))
        os.close(descriptor)


def _tell(descriptor: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
        os.write(descriptor, NUMBER.pack(number))


def _become(details: dict[str, Any], pipe: int, output: int) -> NoReturn:
    """Run a module's `main` as if it had been started by itself."""
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for standard in (1, 2):
            os.dup2(output, standard)
        os.close(output)
        os.environ.clear()
        os.environ.update(details["environment"])
        os.chdir(details["folder"])
        sys.argv = [details["module"], str(pipe), *details["arguments"]]
        sys.modules["numpy"].random.seed()  # else all that is forked draws the same
        importlib.import_module(details["module"]).main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 - the last words of a process
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
