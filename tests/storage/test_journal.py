"""A journal loses nothing and stays whole, whoever is killed and however many write."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from remedy.errors import StudyError
from remedy.search import Studies
from remedy.storage import open_journal

WRITER = """
import sys
from pathlib import Path
import optuna
from remedy.search import Studies
from remedy.storage import open_journal

trial_id = Studies(open_journal(Path(sys.argv[1]))).open("search").ask()._trial_id
storage = open_journal(Path(sys.argv[1]))
for count in range(int(sys.argv[2])):
    storage.set_trial_user_attr(trial_id, f"{sys.argv[3]}-{count}", "x" * 200)
    print(count, flush=True)
"""


def start_writer(journal: Path, count: int, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(journal), str(count), name], stdout=subprocess.PIPE, text=True
    )


def attributes(journal: Path) -> set[str]:
    study = Studies(open_journal(journal, read_only=True)).open("search")
    return {key for trial in study.trials for key in trial.user_attrs}


def test_what_several_processes_write_at_once_is_all_there(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    with ExitStack() as stack:
        writers = [stack.enter_context(start_writer(journal, 150, f"w{number}")) for number in range(3)]
        assert [len(writer.communicate(timeout=60)[0].split()) for writer in writers] == [150] * 3
        assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert attributes(journal) == {f"w{number}-{count}" for number in range(3) for count in range(150)}
    for line in journal.read_text().splitlines():
        json.loads(line)


def test_a_writer_that_is_killed_neither_blocks_nor_spoils_the_others(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    moments = random.Random(0)  # noqa: S311 - no secret
    said: dict[str, int] = {}
    with start_writer(journal, 600, "steady") as steady:
        for round_ in range(6):
            with start_writer(journal, 10_000, f"v{round_}") as victim:
                assert victim.stdout is not None
                victim.stdout.readline()  # it writes
                time.sleep(moments.uniform(0, 0.3))
                victim.kill()
                confirmed = victim.stdout.read().split()
            said[f"v{round_}"] = int(confirmed[-1]) if confirmed else 0
        steady.communicate(timeout=60)
    assert steady.returncode == 0
    kept = attributes(journal)
    assert {f"steady-{count}" for count in range(600)} <= kept
    # Everything that a writer was told is written is written.
    assert {f"{name}-{count}" for name, last in said.items() for count in range(last + 1)} <= kept


@pytest.mark.parametrize("torn", [b"{", b'{"op_code":4,"wor', b'{"op_code":4}', "é".encode()[:1]])
def test_half_a_line_that_someone_left_is_dropped_by_the_next_who_writes(tmp_path: Path, torn: bytes) -> None:
    journal = tmp_path / "study.journal"
    told: list[str] = []
    studies = Studies(open_journal(journal, told.append))
    trial = studies.open("search").ask()
    whole = journal.read_bytes()
    journal.write_bytes(whole + torn)
    trial.set_user_attr("after", 1)  # by a process that had the journal open already
    assert attributes(journal) == {"after"}
    assert journal.read_bytes().startswith(whole + b'{"op_code"')
    assert told == [
        f"{journal}: the last line was cut short when a run was killed; it is dropped, the rest is whole"
    ]


def test_a_full_disk_is_one_clear_line_and_nothing_is_lost(tmp_path: Path) -> None:
    """Beyond a size limit of the process a write fails like one on a full disk, in the middle."""
    journal = tmp_path / "study.journal"
    Studies(open_journal(journal)).open("search")
    before = journal.read_bytes()
    script = f"""
import resource, signal
from pathlib import Path
from remedy.errors import StudyError
from remedy.search import Studies
from remedy.storage import open_journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100}, resource.RLIM_INFINITY))
trial_storage = open_journal(Path({str(journal)!r}))
try:
    trial_storage.set_study_user_attr(0, "long", "x" * 5000)
except StudyError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == (
        f"{journal}: cannot be written (File too large); allow larger files (ulimit -f), "
        "then the same command goes on\n"
    )
    assert journal.read_bytes() == before


def test_a_journal_that_was_deleted_is_not_made_anew_by_who_has_it_open(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    study = Studies(open_journal(journal)).open("search")
    journal.unlink()
    with pytest.raises(StudyError, match=r"study\.journal: cannot be written \(No such file or directory\)"):
        study.set_user_attr("name", "value")
    with pytest.raises(StudyError, match=r"study\.journal: cannot be read \(No such file or directory\)"):
        study.get_trials()
    assert not journal.exists()


@pytest.mark.parametrize(
    "content", [b"hello\nworld\n", b'{"a": 1}\n{"b": 2}\n', b"[1]\n[2]\n", b"\x00\x01\n\x02\n"]
)
def test_a_file_that_is_no_journal_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "study.journal"
    journal.write_bytes(content)
    with pytest.raises(StudyError, match=r"study\.journal: is damaged and cannot be read \(.*--fresh"):
        open_journal(journal)
    assert journal.read_bytes() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_journal_that_may_not_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    Studies(open_journal(journal)).open("search")
    journal.chmod(0o444)
    with pytest.raises(StudyError, match=r"study\.journal: cannot be opened \(Permission denied\)"):
        open_journal(journal)


def test_a_process_that_is_killed_while_it_holds_the_lock_frees_it(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    study = Studies(open_journal(journal)).open("search")
    script = (
        f"import fcntl, time; file = open({str(journal)!r}, 'rb+'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print(); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-uc", script], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
    began = time.monotonic()
    study.set_user_attr("free", True)
    assert time.monotonic() - began < 5
