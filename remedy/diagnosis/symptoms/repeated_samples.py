"""Symptom: samples that occur more than once."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom

MOST = 0.05


class RepeatedSamples(Symptom):
    """Copies within the training split, in the validation split, or with another answer."""

    name = "repeated_samples"
    stage = Stage.DATA
    rule = (
        "Over 5 % of the validation samples are in the training split, too, or over 5 % of the training "
        "samples are copies of others; or over 5 % have the X of another sample with another y, and the "
        "training does not learn. Samples that consist of features of two values each do not count, since "
        "they can hardly help being alike."
    )
    source = (
        "Barz and Denzler, Do We Train on Test Data? Purging CIFAR of Near-Duplicates (2020), "
        "https://doi.org/10.3390/jimaging6060041; Deepchecks, Train Test Samples Mix and Data Duplicates "
        "(the same limits)"
    )

    def find(self, case: Case) -> Finding | None:
        """Advice: only the user knows which samples are copies by mistake."""
        data = case.data
        coarse = all(feature.binary or feature.std == 0 for feature in data.features)
        if coarse and not case.plan.preprocessing.tokens:
            return None
        evidence = (
            Evidence("share of validation samples in the training split", data.seen_in_validation, MOST),
            Evidence("share of training samples that are copies", data.repeated, MOST),
            Evidence("share of training samples with contradictory answers", data.contradictory, MOST),
        )
        if data.contradictory > MOST and case.is_stuck:
            return _contradictory(data.contradictory, (evidence[2], *evidence[:2]))
        if data.seen_in_validation > MOST:
            return _seen(data.seen_in_validation, evidence)
        return _copies(data.repeated, (evidence[1], evidence[0])) if data.repeated > MOST else None


def _contradictory(share: float, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        symptom=RepeatedSamples.name,
        severity="advice",
        evidence=evidence,
        cause=f"{share_text(share)} of the training samples have the same X as another one, but another y",
        explanation=(
            f"For {share_text(share)} of the training samples there is another with exactly the same X and a "
            "different y. No model can answer both of them right, so the loss cannot fall below a certain "
            "level."
        ),
        advice=(
            "Check whether labels are wrong, whether X and y are in the same order, and whether a feature is "
            "lacking that tells these samples apart."
        ),
    )


def _seen(share: float, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        symptom=RepeatedSamples.name,
        severity="advice",
        evidence=evidence,
        cause=f"{share_text(share)} of the validation samples are in the training split, too",
        explanation=(
            f"{share_text(share)} of the validation samples occur with the same X and y among the training "
            "samples. A model that has learned them by heart gets these right, so its validation skill looks "
            "better than it will be on new data."
        ),
        advice="Remove copies before the data are split, or keep all copies of a sample in one split.",
    )


def _copies(share: float, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        symptom=RepeatedSamples.name,
        severity="advice",
        evidence=evidence,
        cause=f"{share_text(share)} of the training samples are copies of others",
        explanation=(
            f"{share_text(share)} of the training samples have the same X and y as an earlier one. They "
            "teach nothing new, and weigh heavier than samples that occur once."
        ),
        advice="Check whether a file was read or joined twice, and remove the copies if they are a mistake.",
    )
