"""Workers that are forked from a process which has loaded TensorFlow."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from remedy.workers import UserCodeProcess, template_process
from remedy.workers.process import WorkerDiedError, WorkerProcess
from remedy.workers.template_process import TemplateProcess, worker_template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")

LOOK = """
import json, os, sys
import numpy as np

def load():
    seen = {
        "folder": os.getcwd(),
        "set later": os.environ.get("SET_LATER"),
        "threads": os.environ["TF_NUM_INTRAOP_THREADS"],
        "leads a session": os.getsid(0) == os.getpid(),
        "input": os.readlink("/proc/self/fd/0"),
        "arguments": len(sys.argv),
        "parent": os.getppid(),
    }
    print("seen")
    with open("SEEN", "w") as file:
        json.dump(seen, file)
    return np.zeros((4, 2, 1)), np.zeros(4)
"""


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> Iterator[TemplateProcess]:
    """One of its own for a test that does it harm."""
    own = TemplateProcess()
    monkeypatch.setattr(template_process, "_template", own)
    yield own
    own.stop()


def what_code_of_the_user_sees(folder: Path) -> dict[str, Any]:
    (folder / "look.py").write_text(LOOK.replace("SEEN", str(folder / "seen.json")))
    with UserCodeProcess(print) as process:
        process.load_data(folder / "look.py", "load")
    seen: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return seen


def test_what_is_forked_sees_what_a_process_of_its_own_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what_code_of_the_user_sees(tmp_path)  # the template runs from here on
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SET_LATER", "yes")
    forked = what_code_of_the_user_sees(tmp_path)
    monkeypatch.setattr(template_process, "_template", None)
    started = what_code_of_the_user_sees(tmp_path)
    assert started.pop("parent") == os.getpid()
    assert forked.pop("parent") != os.getpid()
    assert forked == started
    assert forked["folder"] == str(tmp_path)
    assert forked["set later"] == "yes"


def test_a_fork_that_dies_says_how_and_what_it_last_printed(tmp_path: Path) -> None:
    worker = WorkerProcess()
    os.kill(worker.pid, signal.SIGSEGV)
    with pytest.raises(WorkerDiedError, match=r"ended unexpectedly \(signal 11\)"):
        worker.receive()
    worker.stop()
    (tmp_path / "ends.py").write_text(
        "import os\n\ndef load():\n    print('oh no', flush=True)\n    os._exit(3)\n"
    )
    with (
        UserCodeProcess(print) as process,
        pytest.raises(Exception, match=r"status 3\); its last words: oh no"),
    ):
        process.load_data(tmp_path / "ends.py", "load")


def test_forked_processes_draw_other_numbers(tmp_path: Path) -> None:
    (tmp_path / "draws.py").write_text(
        "import numpy as np\n\ndef load():\n    return np.random.normal(size=(9, 2)), np.arange(9)\n"
    )
    drawn = []
    for _ in range(2):
        with UserCodeProcess(print) as process:
            drawn.append(str(process.load_data(tmp_path / "draws.py", "load")))
    assert drawn[0] != drawn[1]


@pytest.mark.usefixtures("template")
def test_a_template_that_cannot_load_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tensorflow.py").write_text("raise ImportError('no such instruction')\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    worker = WorkerProcess()
    with pytest.raises(WorkerDiedError) as death:
        worker.receive()
    worker.stop()
    assert "no such instruction" in death.value.details


@pytest.mark.usefixtures("template")
def test_without_its_template_a_worker_is_started_by_itself() -> None:
    first = WorkerProcess()
    (parent,) = psutil.Process(first.pid).parents()[:1]
    parent.kill()
    parent.wait()
    second = WorkerProcess()
    assert psutil.Process(second.pid).ppid() == os.getpid()
    orphan = psutil.Process(first.pid)
    for worker in (first, second):
        worker.stop()
    assert not psutil.pid_exists(second.pid)
    # Nobody here is told when an orphan is gone.
    deadline = time.monotonic() + 5
    while orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_whose_template_dies_while_it_loads_has_died_too(template: TemplateProcess) -> None:
    worker = WorkerProcess()
    template.stop()
    with pytest.raises(WorkerDiedError, match="exit status unknown"):
        worker.receive()
    worker.stop()


@pytest.fixture
def _without_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_process, "_template", None)
    monkeypatch.setattr(template_process, "_users", 0)


@pytest.mark.usefixtures("_without_a_template")
def test_it_starts_with_the_first_worker_and_ends_with_the_outermost_context() -> None:
    before = set(psutil.Process().children(recursive=True))
    with worker_template():
        with worker_template():
            assert set(psutil.Process().children(recursive=True)) == before
            worker = WorkerProcess()
            assert worker.pid
        second = WorkerProcess()
        assert psutil.Process(second.pid).ppid() == psutil.Process(worker.pid).ppid()
        worker.stop()
        second.stop()
    assert set(psutil.Process().children(recursive=True)) == before


def test_a_worker_that_is_stopped_before_the_template_has_loaded_does_not_keep_anyone_waiting(
    template: TemplateProcess,
) -> None:
    began = time.monotonic()
    WorkerProcess().stop()
    template.stop()
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("_without_a_template")
def test_threads_share_it_and_the_last_one_ends_it() -> None:
    before = set(psutil.Process().children(recursive=True))
    has_ended, parents = threading.Event(), []

    def work(waits: bool) -> None:
        with worker_template():
            if waits:
                assert has_ended.wait(60)
            worker = WorkerProcess()
            parents.append(psutil.Process(worker.pid).ppid())
            worker.stop()

    threads = [threading.Thread(target=work, args=(waits,)) for waits in (True, False)]
    for thread in threads:
        thread.start()
    threads[1].join()
    has_ended.set()
    threads[0].join()
    assert len(parents) == 2
    assert len(set(parents)) == 1
    assert set(psutil.Process().children(recursive=True)) == before
