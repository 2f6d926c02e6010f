"""Finds the symptoms: every class of `remedy/diagnosis/symptoms/` that has a rule."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

from remedy.diagnosis import symptoms
from remedy.diagnosis.symptom import Symptom


@functools.cache
def all_symptoms() -> Mapping[str, Symptom]:
    """All symptoms by name, those that are closest to a cause first."""
    modules = (
        importlib.import_module(f"{symptoms.__name__}.{info.name}")
        for info in pkgutil.iter_modules(symptoms.__path__)
    )
    found = [symptom() for module in modules for symptom in _defined_in(module)]
    return {
        symptom.name: symptom for symptom in sorted(found, key=lambda one: (one.stage, one.rank, one.name))
    }


def _defined_in(module: ModuleType) -> Iterator[type[Symptom]]:
    for _, member in inspect.getmembers(module, inspect.isclass):
        own = member.__module__ == module.__name__
        if own and issubclass(member, Symptom) and not inspect.isabstract(member):
            yield member
