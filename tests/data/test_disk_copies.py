"""Samples that are too many for the memory are copied to a disk, which may be full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remedy.data.disk_copies import take_samples
from remedy.errors import DataError
from tests.full_disk import no_file_beyond


def test_a_full_disk_is_one_clear_line_and_does_not_take_the_process_down(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", np.arange(30_000.0).reshape(3, 10_000).T)
    array, chosen = np.load(tmp_path / "X.npy", mmap_mode="r"), np.arange(0, 10_000, 2)
    with (
        no_file_beyond(100_000),
        pytest.raises(DataError, match=r"no room for 0 MiB of data \(File too large\); name a larger folder"),
    ):
        take_samples(array, chosen, memory_bytes=8000)
    copy = take_samples(array, chosen, memory_bytes=8000)
    assert isinstance(copy, np.memmap)
    np.testing.assert_array_equal(copy, array[chosen])
