"""The `remedy` command: its sub-commands, and how every way to end becomes an exit status."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from remedy.cli.commands.check import check
from remedy.cli.commands.compare import compare
from remedy.cli.commands.dashboard import dashboard
from remedy.cli.commands.diagnose import diagnose
from remedy.cli.commands.export import export
from remedy.cli.commands.fixes import fixes
from remedy.cli.commands.init import init
from remedy.cli.commands.report import report
from remedy.cli.commands.results import results
from remedy.cli.commands.run import run
from remedy.cli.commands.schema import schema
from remedy.cli.commands.show import show
from remedy.cli.commands.storage import storage
from remedy.cli.commands.worker import worker
from remedy.cli.invocation import Invocation
from remedy.cli.stderr import tell
from remedy.errors import RemedyError, machine_fault
from remedy.inert import legible_lines
from remedy.storage_address import mask_passwords

BAD_INPUT = 2
INTERNAL_ERROR = 1
INTERRUPTED = 130

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
for _command in (
    init,
    run,
    check,
    diagnose,
    results,
    show,
    compare,
    report,
    export,
    fixes,
    schema,
    worker,
    dashboard,
):
    app.command()(_command)
app.add_typer(storage, name="storage")


@app.callback(invoke_without_command=True)
def _remedy(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error comes from, with its traceback.")
    ] = False,
) -> None:
    """Find the fixes that unstick a Keras training whose loss does not move."""
    context.ensure_object(Invocation).debug = debug
    if version:
        import importlib.metadata

        typer.echo(f"remedy {importlib.metadata.version('remedy')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
    else:
        return
    raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Args:
        arguments: those of the process, unless given.
    """
    program = "python -m remedy" if Path(sys.argv[0]).name == "__main__.py" else "remedy"
    invocation = Invocation(program, list(sys.argv[1:] if arguments is None else arguments))
    sys.exit(_status(invocation))


def _status(invocation: Invocation) -> int:
    try:
        status = app(
            invocation.arguments, prog_name=invocation.program, obj=invocation, standalone_mode=False
        )
    except RemedyError as error:
        return _fail(str(error), BAD_INPUT, _behind(error) if invocation.debug else "")
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context else ""
        return _fail(error.format_message().rstrip(".") + hint, BAD_INPUT)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - whatever is left is our mistake
        if (fault := machine_fault(error)) is not None:
            return _fail(str(fault), BAD_INPUT, _behind(error) if invocation.debug else "")
        more = "" if invocation.debug else "; remedy --debug ... prints where it happened"
        message = f"{type(error).__name__}: {error}: this is a bug in remedy{more}"
        return _fail(message, INTERNAL_ERROR, _behind(error) if invocation.debug else "")
    return status or 0


def _behind(error: Exception) -> str:
    """The traceback of an error with its causes, after that of the process in which it happened."""
    own = "".join(traceback.format_exception(error))
    elsewhere = error.details.strip() if isinstance(error, RemedyError) else ""
    return f"{elsewhere}\n\n{own}" if elsewhere and elsewhere not in own else own


def _fail(message: str, status: int, details: str = "") -> int:
    tell(f"error: {' '.join(message.split())}")
    sys.stderr.write(mask_passwords(legible_lines(details)))
    return status
