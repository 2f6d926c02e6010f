"""The password of a storage stands in no file and no output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy.cli.check_experiment import check_experiment
from remedy.cli.invocation import Invocation
from remedy.config import dump_experiment
from remedy.preparation import prepare
from remedy.results.environment import describe_environment
from remedy.results.folder import StudyFolder
from remedy.results.study_storage import open_shared

Remedy = Callable[..., Any]

SECRET = "s3cr3t%21"  # noqa: S105
ADDRESSES = (
    f"postgresql+psycopg://me:{SECRET}@db.example:5432/remedy",
    f"postgresql://:{SECRET}@db.example/remedy",
    f"postgresql://db.example/remedy?user=me&password={SECRET}&sslmode=require",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_file_of_a_study_holds_it(folder: Path, address: str) -> None:
    setting = f"search.storage={address}"
    prepared = prepare("sine.yaml", [setting])
    command = ["remedy", "run", "sine.yaml", "--set", setting]
    environment = describe_environment(
        prepared.experiment, prepared.dataset, prepared.baseline, command, workers=1
    )
    study = StudyFolder(folder / "results" / "sine")
    with study.hold():
        study.adopt(prepared.experiment, environment, prepared.baseline)
    written = {path.name: path.read_text() for path in study.path.iterdir()}
    assert {"experiment.yaml", "environment.json", "baseline.json"} <= written.keys()
    assert not [name for name, text in written.items() if SECRET in text]
    assert "db.example" in written["experiment.yaml"]
    assert SECRET not in dump_experiment(prepared.experiment)
    assert SECRET not in Invocation(arguments=command[1:]).again()


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_output_of_check_holds_it(remedy: Remedy, folder: Path, address: str) -> None:
    Path("sine.yaml").write_text(Path("sine.yaml").read_text().replace("trials: 4", f"storage: '{address}'"))
    for options in ((), ("--json",)):
        ended = remedy("check", "sine.yaml", *options)
        assert ended.status == 0, ended.err
        assert SECRET not in ended.out + ended.err


@pytest.mark.parametrize(
    "address",
    [
        *(address.replace("postgresql", "mysql") for address in ADDRESSES),
        f"postgresql://me:/{SECRET}@db/remedy",
        f"postgresql://me:two {SECRET}@db/remedy",
        f"postgresql://me:@{SECRET}@db/remedy",
        f"postgresql://me:{SECRET}/remedy",
        f"postgresql://me:{SECRET}@db:port/remedy",
        f"grpc://me:{SECRET}@host:13000",
    ],
)
def test_a_message_about_a_wrong_address_does_not_hold_it(remedy: Remedy, folder: Path, address: str) -> None:
    assert remedy("check", "sine.yaml").status == 0
    in_the_file = Path("sine.yaml").read_text().replace("trials: 4", f"storage: '{address}'")
    Path("wrong.yaml").write_text(in_the_file)
    calls = [
        ("check", "sine.yaml", "--set", f"search.storage={address}"),
        ("check", "wrong.yaml"),
        ("storage", "serve", address),
        ("worker", address),
    ]
    for call in [*calls, *(("--debug", *call) for call in calls)]:
        ended = remedy(*call)
        assert ended.status == 2
        assert SECRET not in ended.out + ended.err, call


@pytest.mark.parametrize("key", ["storage", "search.sampler", "search.workers", "data.source", "task"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_the_wrong_place_is_shown_without_it(
    remedy: Remedy, folder: Path, key: str, address: str
) -> None:
    for options in ((), ("--debug",)):
        ended = remedy(*options, "check", "sine.yaml", "--set", f"{key}={address}")
        assert ended.status == 2
        assert SECRET[:4] not in ended.out + ended.err


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_internal_error_and_its_traceback_do_not_hold_it(
    remedy: Remedy, folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"cannot reach {address}: {address!r}")

    monkeypatch.setattr(f"{check_experiment.__module__}.prepare", fail)
    for options in ((), ("--debug",)):
        ended = remedy(*options, "check", "sine.yaml")
        assert ended.status == 1
        assert "cannot reach" in ended.err
        assert SECRET not in ended.out + ended.err


def test_a_storage_that_cannot_be_reached_is_named_without_it() -> None:
    pytest.importorskip("psycopg")
    address = f"postgresql://me:{SECRET}@127.0.0.1:9/remedy"
    with pytest.raises(Exception, match=r"127\.0\.0\.1") as caught:
        open_shared(address, "sine")
    assert SECRET not in str(caught.value)
    assert "s3cr3t!" not in str(caught.value)


def test_what_debug_shows_of_a_storage_that_cannot_be_reached_does_not_hold_it(
    remedy: Remedy, folder: Path
) -> None:
    pytest.importorskip("psycopg")
    address = f"postgresql://me:{SECRET}@127.0.0.1:9/remedy"
    ended = remedy("--debug", "run", "sine.yaml", "--quiet", "--set", f"search.storage={address}")
    assert ended.status == 2
    assert "OperationalError" in ended.err
    assert "s3cr3t" not in ended.out + ended.err
