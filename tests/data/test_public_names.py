from __future__ import annotations

import subprocess
import sys

import remedy.data


def test_every_public_name_exists_and_is_listed_once() -> None:
    assert sorted(set(remedy.data.__all__)) == remedy.data.__all__
    for name in remedy.data.__all__:
        assert hasattr(remedy.data, name)


def test_reading_data_does_not_load_tensorflow() -> None:
    code = "import sys, remedy.data; assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
