"""Addresses of storages are understood, and their passwords are seen nowhere."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.storage_address import is_masked, mask_address, mask_passwords, parse_storage_address

WORDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "kind", "host", "port"),
    [
        ("postgresql+psycopg://me@db.example/remedy", "database", "db.example", None),
        ("postgresql://me:pw@db.example:6543/remedy", "database", "db.example", 6543),
        ("postgresql:///remedy", "database", "localhost", None),
        ("grpc://head:13000", "proxy", "head", 13000),
    ],
)
def test_addresses_of_databases_and_proxies(text: str, kind: str, host: str, port: int | None) -> None:
    address = parse_storage_address(text)
    assert (address.kind, address.host, address.port) == (kind, host, port)
    assert address.url.partition("://")[0] in {"postgresql+psycopg", "grpc"}


@given(user=WORDS, password=st.text(min_size=1, max_size=30), host=WORDS, before=WORDS, after=WORDS)
def test_a_password_is_masked_wherever_the_address_stands(
    user: str, password: str, host: str, before: str, after: str
) -> None:
    secret = f"~{quote(password, safe='')}~"
    url = f"postgresql+psycopg://{user}:{secret}@{host}:5432/{after}"
    masked = mask_passwords(f"{before} '{url}' {after}")
    assert masked == f"{before} 'postgresql+psycopg://{user}:***@{host}:5432/{after}' {after}"
    assert str(parse_storage_address(url)) in masked
    assert secret not in repr(parse_storage_address(url))


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+psycopg://me@db/remedy",
        "grpc://host:13000",
        "results/sunspots: is not empty; see https://keras.io:443/api",
        "12:30 me@example.org",
    ],
)
def test_text_without_a_password_stays_as_it_is(text: str) -> None:
    assert mask_passwords(text) == text
    assert not is_masked(text)


def test_a_password_in_the_query_is_masked() -> None:
    url = "postgresql+psycopg://db/remedy?user=me&password=s3cret&sslmode=require"
    assert mask_passwords(url) == "postgresql+psycopg://db/remedy?user=me&password=***&sslmode=require"
    assert is_masked(mask_passwords("postgresql://me:pw@db/remedy"))


@pytest.mark.parametrize(
    "password", ["sl/ash", "at@mark", "que?ry", "ha#sh", "two cats", "one:more@three/four", "new\nlyne"]
)
def test_a_password_that_was_not_encoded_is_refused_and_not_shown(password: str) -> None:
    url = f"postgresql://me:{password}@db/remedy"
    assert password not in mask_address(url)
    with pytest.raises(ValueError, match="%40, %2F, %3F, %23 and %20") as caught:
        parse_storage_address(url)
    for part in password.replace(":", " ").replace("@", " ").split():
        assert part not in str(caught.value)


def test_a_password_without_a_host_is_not_shown() -> None:
    with pytest.raises(ValueError, match="host and port cannot be told") as caught:
        parse_storage_address("postgresql://me:s3cret/remedy")
    assert "s3cret" not in str(caught.value)


@given(password=st.text(min_size=1, max_size=30))
def test_no_password_is_seen_in_an_address_whatever_it_holds(password: str) -> None:
    secret = f"~{password}~"
    url = f"postgresql://me:{secret}@db/remedy"
    assert secret not in mask_address(url)
    assert secret not in mask_address(f"search.storage={url}")
    assert secret not in shown_after_parsing(url)


def shown_after_parsing(url: str) -> str:
    try:
        return str(parse_storage_address(url))
    except ValueError as error:
        return str(error)
