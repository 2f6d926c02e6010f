from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remedy.config.experiment import Data
from remedy.data import Dataset, load_dataset
from remedy.errors import ConfigError, DataError

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5]


def _load(source: Path, **section: Any) -> Dataset:
    return load_dataset(Data(source=source, **section))


def test_an_npz_file_holds_x_and_y(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", X=X, y=Y)
    dataset = _load(tmp_path / "rows.npz")
    assert dataset.input_shapes == {"X": (3,)}
    assert (dataset.task, dataset.rows, dataset.split_by) == ("regression", 60, "random")
    assert (dataset.features, dataset.targets) == (("X0", "X1", "X2"), ("y",))
    for split in (dataset.train, dataset.validation, dataset.test):
        np.testing.assert_array_equal(split.X, X[split.target_rows])
        np.testing.assert_array_equal(split.y[:, 0], Y[split.target_rows])


def test_arrays_of_an_npz_file_can_be_chosen(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "rows.npz", series=np.ones((60, 5, 2)) * X[:, :1, None], static=X, z=Y)
    dataset = _load(tmp_path / "rows.npz", features=["series", "static"], target="z")
    assert dataset.input_shapes == {"series": (5, 2), "static": (3,)}
    assert dataset.features == ("series0", "series1", "static0", "static1", "static2")
    assert _load(tmp_path / "rows.npz", features="static", target="z").input_shapes == {"X": (3,)}


@pytest.mark.parametrize("validation", ["val", "validation", "valid"])
def test_an_npz_file_may_come_split(tmp_path: Path, validation: str) -> None:
    parts = {"train": slice(0, 40), validation: slice(40, 50), "test": slice(50, 60)}
    arrays = {f"x_{part}": X[rows] for part, rows in parts.items()}
    arrays |= {f"y_{part}": Y[rows] for part, rows in parts.items()}
    np.savez(tmp_path / "rows.npz", **arrays)  # type: ignore[arg-type]
    dataset = _load(tmp_path / "rows.npz")
    assert dataset.split_by == "given"
    assert [len(split) for split in (dataset.train, dataset.validation, dataset.test)] == [40, 10, 10]
    np.testing.assert_array_equal(dataset.validation.X, X[40:50])
    assert dataset.test.target_rows.tolist() == list(range(50, 60))


def test_an_npy_file_goes_with_a_file_of_targets(tmp_path: Path) -> None:
    np.save(tmp_path / "X_all.npy", X)
    np.save(tmp_path / "y_all.npy", Y)
    beside = _load(tmp_path / "X_all.npy")
    assert any("y_all.npy" in note for note in beside.notes)
    named = _load(tmp_path / "X_all.npy", target="y_all.npy")
    np.testing.assert_array_equal(named.train.y, beside.train.y)
    assert named.fingerprint == beside.fingerprint


def test_an_npy_file_alone_is_a_series_predicted_from_its_past(tmp_path: Path) -> None:
    np.save(tmp_path / "series.npy", Y)
    dataset = _load(tmp_path / "series.npy", window={"length": 4})
    assert dataset.input_shape == (4, 1)
    np.testing.assert_array_equal(dataset.train.y[:, 0], Y[dataset.train.rows[:, -1] + 1])
    np.testing.assert_array_equal(dataset.train.persistence, Y[dataset.train.rows[:, -1:]])


def test_the_fingerprint_is_that_of_the_values(tmp_path: Path) -> None:
    prints = []
    for values in (X, X.copy(), X.astype(np.float32), X.reshape(60, 3, 1), X + (np.arange(3) == 2) * 1e-9):
        np.savez(tmp_path / "rows.npz", X=values, y=Y)
        prints.append(_load(tmp_path / "rows.npz").fingerprint)
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["X.npy", "rows.npz", "renamed.npy", "member.npz"])
def test_nothing_is_ever_unpickled(tmp_path: Path, name: str) -> None:
    source, trace = tmp_path / name, tmp_path / "code-has-run"
    bomb = np.array([_Bomb(trace)] * 60, dtype=object)
    np.save(tmp_path / "y.npy", Y)
    if name == "X.npy":
        np.save(source, bomb, allow_pickle=True)
    elif name == "rows.npz":
        np.savez(source, X=bomb, y=Y)
    elif name == "renamed.npy":
        source.write_bytes(pickle.dumps(_Bomb(trace)))
    else:
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("X", pickle.dumps(_Bomb(trace)))
            archive.writestr("y", pickle.dumps(_Bomb(trace)))
    section = {"target": "y.npy"} if name.endswith("npy") else {}
    with pytest.raises(DataError, match=r"pickled|damaged|bytes") as caught:
        _load(source, **section)
    assert "\n" not in str(caught.value)
    assert not trace.exists()


def _npy(array: Any) -> bytes:
    import io

    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _header(shape: str) -> bytes:
    """The bytes of a file that promises an array of this shape and holds none of it."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "pickled|damaged"),
        (_npy(X)[:100], "damaged"),
        (_npy(X)[:-8], "damaged"),
        (_npy(X)[:-8] + b"x", "damaged"),
        (_header("(60, 10000000000000)"), "damaged|does not fit"),
        (_header("(60, 'x')"), "damaged"),
        (_header("(-1, 3)"), "damaged"),
        (_header("(True, 3)") + _npy(X)[128:], "damaged"),
        (_header("(60, 3), ("), "damaged"),
        (_header("-" * 3000 + "1"), "damaged"),
        (_npy(np.array(3.0)), "single value"),
        (_npy(np.zeros((0, 3))), "is empty"),
        (_npy(X[:50]), "X of X.npy has 50 samples, but y has 60"),
        (_npy(X.astype(complex)), "complex numbers"),
        (_npy(X.astype(str)), "text"),
        (_npy(X.astype("datetime64[s]")), "dates"),
        (_npy(np.zeros(60, dtype=[("a", float)])), "values of type"),
        (_npy(np.where(X[7, 1] == X, np.inf, X)), "sample 7 is infinite"),
        (_npy(X * 1e300), "too large for 32-bit floats"),
        (_npy(np.where([0, 1, 0], np.nan, X)), "feature 1 is missing"),
    ],
)
def test_a_bad_x_says_what_to_do(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "X.npy").write_bytes(content)
    np.save(tmp_path / "y.npy", Y)
    with pytest.raises(DataError, match=message) as caught:
        _load(tmp_path / "X.npy")
    assert "X.npy" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.where(np.arange(60) == 3, np.nan, Y), r"y of rows.npz: a value of sample 3 is missing \(NaN\)"),
        (np.where(np.arange(60) == 3, -np.inf, Y), "sample 3 is infinite"),
        (Y.astype(complex), "complex numbers"),
        (Y.astype("datetime64[s]"), "dates"),
        (np.array([b"a", b"\xff"] * 30), "no UTF-8 text"),
        (np.zeros((60, 2, 2, 2)), "shape"),
        (np.ones(60), "'y' is 1 in every sample"),
        (np.array(["only"] * 60), "one class only"),
        (np.array(["a", "b"] * 60).reshape(60, 2), "text in 2 columns"),
        (Y[:0], "is empty"),
        (np.array(1.0), "single value"),
    ],
)
def test_a_bad_y_says_what_to_do(tmp_path: Path, y: np.ndarray, message: str) -> None:
    np.savez(tmp_path / "rows.npz", X=X, y=y)
    with pytest.raises(DataError, match=message) as caught:
        _load(tmp_path / "rows.npz")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [0.02, 0.3, 0.9, 0.999])
def test_a_truncated_archive_is_refused(tmp_path: Path, cut: float) -> None:
    np.savez_compressed(tmp_path / "rows.npz", X=X, y=Y)
    content = (tmp_path / "rows.npz").read_bytes()
    (tmp_path / "rows.npz").write_bytes(content[: int(len(content) * cut)])
    with pytest.raises(DataError, match="damaged"):
        _load(tmp_path / "rows.npz")


def test_an_archive_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "rows.npz", X=X, y=Y)
    content = bytearray((tmp_path / "rows.npz").read_bytes())
    content[len(content) // 3] ^= 0x10
    (tmp_path / "rows.npz").write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        _load(tmp_path / "rows.npz")


def test_a_header_that_python_2_has_written_is_understood_without_a_warning(tmp_path: Path) -> None:
    content = _npy(X).replace(b"(60, 3), }  ", b"(60L, 3L), }")
    (tmp_path / "X.npy").write_bytes(content)
    np.save(tmp_path / "y.npy", Y)
    assert _load(tmp_path / "X.npy").input_shapes == {"X": (3,)}


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", X=X, y=Y)
    content = bytearray((tmp_path / "rows.npz").read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    (tmp_path / "rows.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"array 'X' of .*rows.npz is damaged .*encrypted"):
        _load(tmp_path / "rows.npz")


def test_a_damaged_member_that_is_packed_with_lzma_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "rows.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("X.npy", _npy(X))
        archive.writestr("y.npy", _npy(Y))
    content = bytearray((tmp_path / "rows.npz").read_bytes())
    content[60:90] = bytes(30)
    (tmp_path / "rows.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"array 'X' of .*rows.npz is damaged"):
        _load(tmp_path / "rows.npz")


@pytest.mark.parametrize(
    ("source", "section", "error", "message"),
    [
        ("missing.npz", {}, DataError, "does not exist"),
        ("row.npz", {}, DataError, "did you mean rows.npz"),
        ("rows.npz", {"target": "z"}, DataError, "data.target: rows.npz has no array 'z'"),
        ("rows.npz", {"features": ["Xs"]}, DataError, "no array 'Xs'; did you mean 'X'"),
        ("rows.npz", {"target": ["y", "X"]}, ConfigError, "one array of targets, not 2"),
        ("rows.npz", {"time": "t"}, ConfigError, "data.time names columns"),
        ("rows.npz", {"group": "g"}, ConfigError, "data.group names columns"),
        ("rows.npz", {"categorical": "integer"}, ConfigError, "data.categorical names columns"),
        ("other.npz", {}, DataError, "has no array 'y'; name one in data.target; arrays: 'a', 'b'"),
        ("other.npz", {"target": "a"}, DataError, "has no array 'X'; name one in data.features"),
        ("lonely.npy", {}, ConfigError, "data.target: name the .npy file"),
        ("lonely.npy", {"target": "y.csv"}, ConfigError, "data.target: name the .npy file"),
        ("lonely.npy", {"target": "gone.npy"}, DataError, "does not exist"),
        ("lonely.npy", {"features": ["a"]}, ConfigError, "data.features: a .npy file holds one array"),
        ("an_npy.npz", {}, DataError, "rename it to an_npy.npy"),
        ("an_npz.npy", {"target": "y.npy"}, DataError, "rename it to an_npz.npz"),
        ("folder.npz", {}, DataError, "is a directory"),
        ("series.npz", {"window": {"length": 3}}, DataError, "remove data.window"),
    ],
)
def test_a_source_that_does_not_fit_the_section_says_so(
    tmp_path: Path, source: str, section: dict[str, Any], error: type[Exception], message: str
) -> None:
    np.savez(tmp_path / "rows.npz", X=X, y=Y)
    np.savez(tmp_path / "other.npz", a=X, b=Y)
    np.savez(tmp_path / "series.npz", X=np.ones((60, 4, 2)) * X[:, :1, None], y=Y)
    np.save(tmp_path / "lonely.npy", X)
    np.save(tmp_path / "y.npy", Y)
    (tmp_path / "an_npy.npz").write_bytes(_npy(X))
    (tmp_path / "an_npz.npy").write_bytes((tmp_path / "rows.npz").read_bytes())
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(error, match=message) as caught:
        _load(tmp_path / source, **section)
    assert "\n" not in str(caught.value)
