"""As many workers as the machine has use for: one per core, or one per GPU that TensorFlow can use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from remedy.workers import worker_count
from remedy.workers.process import _environment
from remedy.workers.worker_count import WORKER_MEMORY, gpus, named_gpus


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    for address in ("0000:3b:00.0", "0000:5e:00.0", "0000:af:00.0"):
        (tmp_path / "gpus" / address).mkdir(parents=True)
    return tmp_path / "gpus"


def test_there_is_a_worker_for_every_core_unless_the_file_says_otherwise() -> None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if not gpus():
        assert worker_count("auto") == max(1, min(len(os.sched_getaffinity(0)), memory // WORKER_MEMORY))
    assert worker_count(3) == 3


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("0", "1", "2")),
        ({"CUDA_VISIBLE_DEVICES": "2, 0"}, ("2", "0")),
        ({"CUDA_VISIBLE_DEVICES": "GPU-8f1c"}, ("GPU-8f1c",)),
        ({"CUDA_VISIBLE_DEVICES": ""}, ()),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, ()),
        ({"CUDA_VISIBLE_DEVICES": "1,-1,2"}, ("1",)),
    ],
)
def test_hidden_gpus_are_left_alone(
    environment: Mapping[str, str], expected: tuple[str, ...], driver: Path
) -> None:
    assert named_gpus(environment, driver) == expected


def test_a_machine_without_the_driver_has_no_gpu(tmp_path: Path) -> None:
    assert named_gpus({"CUDA_VISIBLE_DEVICES": "0"}, tmp_path / "missing") == ()


def test_a_worker_sees_the_gpu_that_is_its_own() -> None:
    assert _environment(None, "2")["CUDA_VISIBLE_DEVICES"] == "2"
    assert _environment(None, None).get("CUDA_VISIBLE_DEVICES") == os.environ.get("CUDA_VISIBLE_DEVICES")
