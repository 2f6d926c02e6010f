"""A training of a study as a script that reproduces it without this package."""

from remedy.export.export import Exported, export_training

__all__ = ["Exported", "export_training"]
