"""The base class of all symptoms: one rule that tells from numbers what is wrong with a training."""

from __future__ import annotations

import abc
import enum
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence, evidence_to_plain
from remedy.plan import Recipe

Severity = Literal["error", "warning", "advice"]
"""`error`: by itself enough to keep the loss where it is. `warning`: likely to hold the training back.
`advice`: nothing that a fix could mend, but something to know."""


class Stage(enum.IntEnum):
    """How far from the cause a symptom is; of equally severe findings the earlier stage is told first.

    A fault in the data shows in the gradients, and both show in the predictions.
    """

    DATA = 0
    OUTPUT = 1
    START = 2
    SETTINGS = 3
    SCALE = 4
    STRUCTURE = 5
    GRADIENT = 6
    OUTCOME = 7


@dataclass(frozen=True)
class Finding:
    """A symptom that a training has.

    Attributes:
        symptom: its name.
        severity: see `Severity`.
        evidence: the numbers that tell it, the most telling one first.
        cause: what is wrong, as a clause without a full stop that "because" can stand before.
        explanation: in two sentences what this does to a training, and why.
        fixes: names of the fixes that treat it, the likeliest first.
        recipe: what to try first, fix -> value; empty if the symptom does not tell.
        advice: what to do by hand, as a sentence, where no fix can do it or one of the user's own should.
    """

    symptom: str
    severity: Severity
    evidence: tuple[Evidence, ...]
    cause: str
    explanation: str
    fixes: tuple[str, ...] = ()
    recipe: Recipe = field(default_factory=dict)
    advice: str | None = None

    def to_plain(self) -> dict[str, Any]:
        """As JSON data, as in `diagnosis.json`."""
        return {
            "name": self.symptom,
            "severity": self.severity,
            "evidence": evidence_to_plain(self.evidence),
            "cause": self.cause,
            "explanation": self.explanation,
            "fixes": list(self.fixes),
            "recipe": self.recipe,
            "advice": self.advice,
        }


class Symptom(abc.ABC):
    """A pure function from what is known of a training to a finding.

    A subclass sets the class attributes and implements `find`.

    Attributes:
        name: how tables and `diagnosis.json` call it.
        stage: how far from the cause it is.
        rank: of symptoms of the same stage, those of a lower rank are told first.
        rule: when it is found, in one sentence with the threshold.
        source: the paper or library page behind the rule.
    """

    name: ClassVar[str]
    stage: ClassVar[Stage]
    rank: ClassVar[int] = 0
    rule: ClassVar[str]
    source: ClassVar[str]

    @abc.abstractmethod
    def find(self, case: Case) -> Finding | None:
        """What is wrong with the training, or `None`; says nothing where the numbers it needs are missing."""
