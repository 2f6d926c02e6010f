"""1,000 mutated data files: each can be used, or is refused in one line; none hangs, runs code or writes."""

from __future__ import annotations

import datetime
import decimal
import io
import itertools
import math
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from remedy.data import Dataset
from remedy.data.dataset import named_inputs
from remedy.errors import RemedyError
from remedy.preparation import prepare
from tests.fuzzing import assert_one_line, damaged, time_limit, unchanged, without_effects

ROWS = 60
SECONDS = 5
"""What no case may take; the slowest ones take a quarter of a second."""

_COUNT = np.arange(ROWS)
TABLE = pd.DataFrame(
    {
        "when": pd.date_range("2024-01-01", periods=ROWS, freq="h"),
        "station": [f"s{row // 15}" for row in range(ROWS)],
        "x": np.sin(_COUNT / 3).round(4),
        "count": _COUNT * 7 % 23,
        "city": [("Bonn", "Köln", "Aachen")[row % 3] for row in range(ROWS)],
        "wet": _COUNT % 2 == 0,
        "y": np.cos(_COUNT / 4).round(4),
        "label": [("a", "b", "c")[row * 5 % 3] for row in range(ROWS)],
        "flag": _COUNT * 7 % 2,
    }
)
SPLIT = {"validation": 0.3, "test": 0.3}
ON_TABLES: tuple[dict[str, Any], ...] = (
    {"target": "y", "split": SPLIT},
    {"target": "y", "features": ["x", "count"], "time": "when", "split": SPLIT},
    {"target": "y", "features": ["x", "y"], "time": "when", "window": {"length": 3, "horizon": [1, 2]}},
    {"target": "y", "features": ["x"], "group": "station", "window": {"length": 2}, "split": SPLIT},
    {"target": "y", "features": ["x"], "group": "station", "split": SPLIT | {"by": "group"}},
    {"target": "label", "features": ["x", "city", "wet"], "categorical": "one_hot", "split": SPLIT},
    {"target": "label", "features": ["x", "city"], "categorical": {"city": "drop"}, "split": SPLIT},
    {"target": "flag", "features": ["x", "wet"], "time": "count", "split": SPLIT},
    {"target": ["flag", "wet"], "features": ["x"], "split": SPLIT},
)
ON_ARRAYS: tuple[dict[str, Any], ...] = ({}, {"split": SPLIT}, {"window": {"length": 3}})

CELLS = (
    "", " ", "NA", "nan", "NaT", "null", "None", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e39",
    "1e-400", "0", "-0", "1", "2", "1.5", "true", "FALSE", "yes", "1,5", "1.234,5", "1_000", "0x1F", "1e5",
    "+1", "1%", "$1", "١٢", "\uff11", "½", "9" * 25, "9" * 400, "1" + "0" * 5000, "text", "é", "\U0001f600",
    "\u202e", "\u2028", "\x85", "\x1b[31m", "\x07", "\ufeff", "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)",
    "-2+3", "+1|x", '"', '""', '"a""b"', '"a\nb"', "'", "\\", "a;b", "a|b", "a\tb", "a,b", "2024-01-31",
    "2024-02-30", "0000-00-00", "9999-12-31", "1677-01-01", "31.1.2024", "12:30",
    "2024-01-01T00:00:00+05:30", "2024-01-01T00:00:00Z", "1700000000", "[1, 2]", "{}", "b'x'", "(1+2j)",
    "#N/A", "#", "//", "x" * 70_000, "1" * 200_000,
)  # fmt: skip
NAMES = (
    "", " ", "y", "x", "Y", "y ", "Unnamed: 0", "a\nb", "\x1b[31m", "é", "x" * 5000, "1", "1.0", "nan",
    "None", "True", "X", "__index_level_0__", "level_0", "index", "\u2028", ".", "y.1", "#y",
)  # fmt: skip
SNIPPETS = (
    *(cell.encode() for cell in CELLS),
    b"\0", b"\xff\xfe", b"\xc3\x28", b"\r", b"\n", b"\r\n", b"\n\n\n", b",", b";", b"\t", b"|",
    b",,,,,,,,,,,,,,", b"\n,,,,,,,,\n", b"PK\x03\x04", b"PAR1", b"\x93NUMPY", b"\x1f\x8b", b"(" * 300,
)  # fmt: skip


def text_file(random: Random) -> tuple[str, bytes]:
    """A mutated CSV or TSV file."""
    ending = random.choice((".csv", ".tsv", ".txt"))
    usual = "," if ending == ".csv" else "\t"
    delimiter = random.choice((usual, usual, usual, ",", ";", "\t", "|", ":", " "))
    rows = [list(TABLE.columns), *([str(cell) for cell in row] for row in TABLE.itertuples(index=False))]
    match random.randrange(9):
        case 0:
            for _ in range(random.choice((1, 1, 5, 60))):
                random.choice(rows[1:])[random.randrange(len(TABLE.columns))] = random.choice(CELLS)
        case 1:
            column = random.randrange(len(TABLE.columns))
            cells = random.sample(CELLS, random.choice((1, 2, 5)))
            for row in rows[1:]:
                row[column] = random.choice(cells)
        case 2:
            rows[0][random.randrange(len(rows[0]))] = random.choice(NAMES)
        case 3:
            row = random.choice(rows)
            row[:] = random.choice((row[:-1], [*row, ""], [*row, "1"], row * 2, row[:1], [], [""], row[::-1]))
        case 4:
            rows = random.choice(
                (rows[:1], rows[1:], rows[:2], rows[:4], [rows[0][:0]], rows * 2, [[*rows[0]] * 400])
            )
        case 5:
            for column in random.sample(range(len(TABLE.columns)), 3):
                for row in rows:
                    row[column] = f'"{row[column]}"'
            random.choice(rows)[column] = '"'
        case _:
            pass
    ends = random.choice(("\n", "\n", "\n", "\r\n", "\r", "\n\n", "\u2028"))
    text = ends.join(map(delimiter.join, rows)) + random.choice((ends, ""))
    usual_encoding = random.random() < 0.85
    encoding = "utf-8" if usual_encoding else random.choice(("utf-16", "utf-8-sig", "utf-32-le", "cp037"))
    content = text.encode(encoding, "ignore")
    return ending, damaged(content, random, SNIPPETS) if random.random() < 0.5 else content


def parquet_file(random: Random) -> tuple[str, bytes]:
    """A mutated Parquet file."""
    table = pa.Table.from_pandas(TABLE, preserve_index=random.random() < 0.2)
    kind = random.randrange(6)
    if kind < 3:
        for _ in range(random.choice((1, 1, 2))):
            place = random.randrange(TABLE.shape[1])
            name = random.choice((table.column_names[place],) * 3 + NAMES)
            table = table.set_column(place, name, _odd_column(random))
    elif kind == 3:
        table = random.choice(
            (
                table.slice(0, 0),
                table.slice(0, 1),
                table.slice(0, 4),
                table.select([]),
                pa.concat_tables([table] * 3),
                table.replace_schema_metadata({"pandas": random.choice(("", "{", "[]", "null", '{"a": 1}'))}),
                table.append_column("y", table.column("y")),
            )
        )
    file = io.BytesIO()
    compression = random.choice(("snappy", "gzip", "zstd", "none"))
    pq.write_table(table, file, compression=compression, use_dictionary=random.random() < 0.5)
    content = file.getvalue()
    return ".parquet", damaged(content, random, SNIPPETS) if random.random() < 0.5 else content


def _odd_column(random: Random) -> pa.Array:
    """A column of one of the types that a Parquet file can hold and a CSV file cannot."""
    day = datetime.date(2024, 1, 31)
    columns: tuple[tuple[pa.DataType, Any, Any], ...] = (
        (pa.list_(pa.int64()), [1, 2], [3]),
        (pa.list_(pa.float64(), 2), [1.0, 2.0], [3.0, math.nan]),
        (pa.struct({"a": pa.int64()}), {"a": 1}, {"a": None}),
        (pa.map_(pa.string(), pa.int64()), [("a", 1)], []),
        (pa.decimal128(38, 10), decimal.Decimal("1.5"), decimal.Decimal("9" * 28)),
        (pa.decimal256(76, 0), decimal.Decimal("9" * 70), decimal.Decimal(1)),
        (pa.date32(), day, datetime.date(9999, 12, 31)),
        (pa.date64(), day, datetime.date(1, 1, 1)),
        (pa.timestamp("s"), datetime.datetime(9999, 12, 31), datetime.datetime(1, 1, 1)),
        (pa.timestamp("ns", tz="Europe/Berlin"), pd.Timestamp("2024-01-31", tz="UTC"), None),
        (pa.time32("s"), datetime.time(12), datetime.time(13)),
        (pa.time64("ns"), datetime.time(12), datetime.time(13)),
        (pa.duration("us"), datetime.timedelta(days=1), datetime.timedelta(days=-9999)),
        (pa.dictionary(pa.int8(), pa.string()), "a", "b"),
        (pa.dictionary(pa.int32(), pa.string()), "a", None),
        (pa.binary(), b"\xff", b""),
        (pa.binary(2), b"ab", b"\0\0"),
        (pa.large_string(), "a", "x" * 70_000),
        (pa.string(), "a\nb", "\x1b[31m"),
        (pa.string(), "1", ""),
        (pa.null(), None, None),
        (pa.bool_(), True, None),
        (pa.uint64(), 2**64 - 1, 0),
        (pa.int64(), -(2**63), 2**63 - 1),
        (pa.int8(), -128, None),
        (pa.float16(), np.float16(1), np.float16("inf")),
        (pa.float32(), 1.5, math.nan),
        (pa.float64(), 1e308, -1e308),
        (pa.float64(), math.inf, 1.0),
        (pa.float64(), 5e-324, -0.0),
    )
    kind, one, other = random.choice(columns)
    share = random.choice((0.0, 0.02, 0.5))
    cells = [other if random.random() < share else one for _ in range(ROWS)]
    if random.random() < 0.2:
        cells[random.randrange(ROWS)] = None
    return pa.array(cells, kind)


class Bomb:
    """What writes a file if it is ever unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.system, ("touch unpickled",)


def npy_file(random: Random) -> tuple[str, bytes]:
    """A mutated NumPy file of one array."""
    return ".npy", _npy(random, _array(random))


def npz_file(random: Random) -> tuple[str, bytes]:
    """A mutated NumPy file of several arrays."""
    members = {"X.npy": _npy(random, _array(random), 0.5), "y.npy": _npy(random, _target(random), 0.5)}
    if random.random() < 0.2:
        members = {
            f"{name}_{part}.npy": _npy(random, _array(random) if name == "X" else _target(random), 0.1)
            for name, part in itertools.product("Xy", ("train", "val", "test"))
        }
    if random.random() < 0.05:
        members["X.npy"] = _npy(random, np.zeros(2_000_000), 0)
    method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            if random.random() < 0.05:
                name = random.choice(
                    (name[:-4], f"../{name}", f"/{name}", f"{name}.npy", f"{name}/", f"é\n{name}")
                )
            archive.writestr(name, content)
    content = file.getvalue()
    if (
        random.random() < 0.15
    ):  # the marks in the headers that say how a member is packed, or that it is encrypted
        place = content.find(random.choice((b"PK\x03\x04", b"PK\x01\x02")))
        place += random.choice((6, 8, 10, 14, 18, 22))
        content = content[:place] + random.randbytes(1) + content[place + 1 :]
    return ".npz", damaged(content, random, SNIPPETS) if random.random() < 0.5 else content


def _array(random: Random) -> np.ndarray:
    values = np.sin(np.arange(ROWS * 3).reshape(ROWS, 3) / 5)
    if random.random() < 0.5:
        return values
    return _odd_array(random, values)


def _target(random: Random) -> np.ndarray:
    values = np.cos(np.arange(ROWS) / 4)
    if random.random() < 0.5:
        return values
    if random.random() < 0.5:
        return np.array(random.choice((TABLE["label"], TABLE["flag"], TABLE["wet"], TABLE["count"])))
    return _odd_array(random, values)


def _odd_array(random: Random, values: np.ndarray) -> np.ndarray:
    """The array in another type or shape, or with values in it that no model can use."""
    match random.randrange(8):
        case 0:
            kinds = (
                "f2",
                "f4",
                "f16",
                "i1",
                "u8",
                "?",
                "c16",
                "U9",
                "S9",
                "O",
                "M8[s]",
                "m8[D]",
                ">f8",
                "V8",
            )
            kind = random.choice(kinds)
            return values.astype("S8").astype(kind) if kind == "V8" else values.astype(kind)
        case 1:
            odd = (math.nan, math.inf, -math.inf, 1e39, 1e308, 5e-324, -0.0)
            return np.where(
                np.random.default_rng(random.randrange(9)).random(values.shape) < 0.1,
                random.choice(odd),
                values,
            )
        case 2:
            return random.choice(
                (values[:0], values[:1], values[:4], values[:50], np.array(1.0), values[None])
            )
        case 3:
            return random.choice(
                (values[..., None], values.reshape(-1), values[..., None, None, None], values.T)
            )
        case 4:
            return np.full_like(values, random.choice((0.0, math.nan, 1.0)))
        case 5:
            return np.array([Bomb()] * len(values), dtype=object)
        case 6:
            return np.zeros(len(values), dtype=[("a", "f8"), ("b", "O")])
        case _:
            return np.asfortranarray(values)


def _npy(random: Random, array: np.ndarray, share: float = 1.0) -> bytes:
    """The bytes of an array's file, some with another header, as a pickle, or damaged."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=random.choice(((1, 0), (2, 0), (3, 0))))
    content = file.getvalue()
    if random.random() > share:
        return content
    match random.randrange(6):
        case 0:
            return damaged(content, random, SNIPPETS)
        case 1:
            return damaged(content[:128], random, SNIPPETS) + content[128:]
        case 2:
            return _with_header(random.choice(HEADERS)) + content[128:]
        case 3:
            return pickle.dumps(random.choice((Bomb(), [Bomb()], {"X": Bomb()})))
        case _:
            return content


HEADERS = (
    *(
        "",
        "{",
        "{}",
        "[]",
        "None",
        "1",
        "(" * 200,
        "-" * 3000 + "1",
        "'",
        "\0",
        "{'descr': '<f8'}",
        "__import__('os')",
    ),
    *(
        f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
        for descr, order, shape in (
            ("'<f8'", "False", "(60, 10000000000000)"),
            ("'<f8'", "False", "(10**9,)"),
            ("'<f8'", "False", "(4000000000, 4000000000)"),
            ("'<f8'", "False", "(18446744073709551616,)"),
            ("'<f8'", "False", "(-1, 3)"),
            ("'<f8'", "False", "(True, 3)"),
            ("'<f8'", "False", "(60L, 3L)"),
            ("'<f8'", "False", "(60.0, 3)"),
            ("'<f8'", "False", "60"),
            ("'<f8'", "False", f"({'1, ' * 70})"),
            ("'<f8'", "1", "(60, 3)"),
            ("'<f8'", "False", "(0, 3)"),
            ("'|O'", "False", "(60, 3)"),
            ("'<U1000000000'", "False", "(60,)"),
            ("'<f99'", "False", "(60, 3)"),
            ("''", "False", "(60, 3)"),
            ("None", "False", "(60, 3)"),
            ("3", "False", "(60, 3)"),
            ("('<f8', (2,))", "False", "(60, 3)"),
            ("('<f8', (-1,))", "False", "(60, 3)"),
            ("[('a', '<f8'), ('a', '<f8')]", "False", "(60,)"),
            ("[('a', '|O')]", "False", "(60,)"),
            ("[]", "False", "(60,)"),
            ("{'names': ['a'], 'formats': ['<f8']}", "False", "(60,)"),
        )
    ),
)


def _with_header(header: str) -> bytes:
    content = (header.ljust(117) + "\n").encode("latin-1")
    return b"\x93NUMPY\x01\x00" + len(content).to_bytes(2, "little") + content


KINDS = {
    "text": (text_file, 400),
    "parquet": (parquet_file, 200),
    "npy": (npy_file, 200),
    "npz": (npz_file, 200),
}
BLOCK = 100


@pytest.mark.parametrize(
    ("kind", "block"),
    [(kind, block) for kind, (_, count) in KINDS.items() for block in range(count // BLOCK)],
)
def test_a_mutated_file_is_used_or_refused_in_one_line_that_names_it(
    kind: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("targets.npy", np.cos(np.arange(ROWS) / 4))
    with unchanged(tmp_path):
        for number in range(BLOCK * block, BLOCK * (block + 1)):
            random = Random(f"{kind} {number}")  # noqa: S311
            ending, content = KINDS[kind][0](random)
            section = random.choice(ON_ARRAYS if ending in {".npy", ".npz"} else ON_TABLES)
            if ending == ".npy":
                section = section | {"target": "targets.npy"}
            task = random.choice((None, None, "regression", "binary", "multiclass", "multilabel"))
            file = Path(f"rows{ending}")
            file.write_bytes(content)
            try:
                with time_limit(SECONDS), without_effects():
                    _prepare(file, section, task)
            except BaseException as error:
                error.add_note(
                    f"{kind} case {number}, task: {task}, data: {section}, {file}: {content[:3000]!r}"
                )
                raise
            finally:
                file.unlink()


def _prepare(file: Path, section: dict[str, Any], task: str | None) -> None:
    message = None
    template = "lstm" if "window" in section else "dense"
    experiment = {
        "name": "fuzzed",
        "task": task,
        "data": section | {"source": str(file)},
        "model": {"template": template, "units": [4]},
        "fixes": {"scaling": True, "target_scaling": True, "learning_rate": True, "class_weight": True},
    }
    try:
        dataset = prepare(experiment).dataset
    except RemedyError as error:
        message = str(error)
    if message is None:
        _assert_can_be_trained_on(dataset)
    else:
        assert_one_line(message)
        assert file.name in message


def _assert_can_be_trained_on(dataset: Dataset) -> None:
    for split in (dataset.train, dataset.validation, dataset.test):
        assert len(split) > 0
        assert np.isfinite(split.y.astype(np.float32)).all()
        for array in named_inputs(split.X).values():
            assert len(array) == len(split)
            assert not np.isinf(array.astype(np.float32)).any()
