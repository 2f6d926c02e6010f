"""`remedy dashboard`: optuna-dashboard on the storage of a study, which it may read only."""

from __future__ import annotations

import importlib.util
import logging
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import typer

from remedy.cli.interruption import interruptible
from remedy.cli.serve_storage import cannot_listen
from remedy.cli.stderr import tell
from remedy.config import load_experiment
from remedy.errors import ConfigError, StudyError
from remedy.inert import legible
from remedy.results.folder import find_study
from remedy.results.study_storage import open_studies
from remedy.search import Studies
from remedy.storage import open_journal, open_remote_storage
from remedy.storage_address import is_masked, mask_passwords, parse_storage_address

_INTERRUPTED = 130


def serve_dashboard(study: str, results: Path, host: str, port: int) -> None:
    """Serve until interrupted.

    Args:
        study: a study's folder or name, or the address of a storage.
        results: the folder that holds the studies.
        host: where to listen.
        port: where to listen; 0 is any free port.

    Raises:
        ConfigError: optuna-dashboard is not installed, or the port is taken.
        StudyError: there is no such study, or it has no trials to show yet.
        typer.Exit: with 130 once it was interrupted.
    """
    if importlib.util.find_spec("optuna_dashboard") is None:
        raise ConfigError(
            "remedy dashboard: needs optuna-dashboard; install it with: pip install 'remedy[dashboard]'"
        )
    with closing(_open(study, results)) as studies:
        page = _page(studies, study)
        try:
            server = make_server(host, port, read_only(_app(studies)), _Server, _Handler)
        except OSError as error:
            raise cannot_listen(host, port, error) from error
        with server:
            address = f"http://{host}:{server.server_port}/dashboard"
            sys.stdout.write(legible(f"{mask_passwords(study)}: {address}{page} (Ctrl-C ends it)") + "\n")
            sys.stdout.flush()
            try:
                with interruptible():
                    server.serve_forever()
            except KeyboardInterrupt:
                tell("stopped")
                raise typer.Exit(_INTERRUPTED) from None


def read_only(app: WSGIApplication) -> WSGIApplication:
    """The same for those who only look: whatever would change a study is refused."""

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            environ.setdefault("HTTP_ACCEPT_ENCODING", "")  # the dashboard takes it for granted
            return app(environ, start_response)
        start_response(
            "405 Method Not Allowed", [("Content-Type", "application/json"), ("Allow", "GET, HEAD")]
        )
        return [b'{"reason": "remedy dashboard only reads; nothing was changed"}']

    return guarded


def _open(study: str, results: Path) -> Studies:
    if "://" in study:
        try:
            address = parse_storage_address(study)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        return Studies(open_remote_storage(address, _notice))
    folder = find_study(study, results)
    experiment = load_experiment(folder.experiment)
    shared = experiment.search.storage
    if shared is not None and not is_masked(shared):
        return open_studies(experiment, folder, _notice)
    if shared is not None:
        address = parse_storage_address(shared)
        if not folder.journal.exists():
            raise ConfigError(
                f"{folder.path}: is kept in {address}, whose password is not written down; "
                "remedy dashboard ADDRESS, with the password in it, shows it"
            )
        _notice(f"this is the copy of the last run; what is in {address} now shows remedy dashboard ADDRESS")
    elif not folder.journal.exists():
        raise _nothing_yet(study)
    return Studies(open_journal(folder.journal, read_only=True))


def _nothing_yet(study: str) -> StudyError:
    return StudyError(
        f"{mask_passwords(study)}: no training has begun yet; look again once remedy run trains"
    )


def _notice(message: str) -> None:
    tell(f"notice: {message}")


def _page(studies: Studies, named: str) -> str:
    """The part of the address that shows the search; of several experiments, the list of all."""
    known = {study.study_name: study._study_id for study in studies.storage.get_all_studies()}
    if not known:
        raise _nothing_yet(named)
    number = known.get(f"{studies.prefix}search")
    return "" if number is None else f"/studies/{number}"


def _app(studies: Studies) -> WSGIApplication:
    import optuna_dashboard

    warnings.filterwarnings("ignore", category=UserWarning, module="optuna")  # importance of few trials
    log = logging.getLogger("optuna_dashboard")
    log.handlers, log.propagate = [_Lines()], False
    app: Callable[..., Any] = optuna_dashboard.wsgi(studies.storage)
    return app


class _Lines(logging.Handler):
    """What the dashboard complains of, a line each."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        tell(f"notice: {record.getMessage().splitlines()[0]}")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    """Says nothing of every request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is Python's
        del format, args
