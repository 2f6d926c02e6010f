"""`remedy schema`: the experiment file for editors."""

from __future__ import annotations


def schema() -> None:
    """The JSON schema of the experiment file, with which editors complete and check it.

    A line such as '# yaml-language-server: $schema=remedy.schema.json' in the file tells them where it is.
    """
    from remedy.cli.console import print_json
    from remedy.config import experiment_schema

    print_json(experiment_schema())
