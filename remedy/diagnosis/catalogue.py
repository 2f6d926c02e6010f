"""The catalogue of symptoms as Markdown: `python -m remedy.diagnosis.catalogue > docs/symptoms.md`."""

from __future__ import annotations

import sys

from remedy.diagnosis.registry import all_symptoms
from remedy.diagnosis.symptom import Symptom

_INTRODUCTION = """\
# The symptoms

What `remedy diagnose` looks for, and `remedy run` before it searches. Three sources of numbers feed the
rules: the training split; some hundred batches of the baseline's own training, measured in a worker process;
and simple models that show whether there is anything to learn. Findings are ordered by severity (error,
warning, advice), equally severe ones by how close they are to a cause: data first, then output and loss,
starting weights and settings, scale, structure, gradients, and last what all of these lead to. A training
that clearly learns is not complained about because a number looks unusual.

A symptom is one file in `remedy/diagnosis/symptoms/`: a class derived from `Symptom` with its rule as a pure
function of plain data. Adding one is adding one file; this page and the order follow.
"""


def catalogue_markdown() -> str:
    """All symptoms: the rule, and where it comes from."""
    return "\n".join([_INTRODUCTION, *map(_section, all_symptoms().values())])


def _section(symptom: Symptom) -> str:
    return f"""\
## {symptom.name}

{symptom.rule}

- **Stage:** {symptom.stage.name.lower()}
- **Source:** {symptom.source}
"""


if __name__ == "__main__":
    sys.stdout.write(catalogue_markdown())
