"""The command line. Commands import what they need when they are called, so that the rest answers at once."""

from remedy.cli.app import main

__all__ = ["main"]
