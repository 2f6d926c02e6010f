"""Symptom: a class that hardly occurs."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.fixes import get_fix

SHARE_OF_EVEN = 0.1


class ClassImbalance(Symptom):
    """Always naming the frequent class costs so little that the loss stays there."""

    name = "class_imbalance"
    stage = Stage.DATA
    rule = (
        "The rarest class has under 10 % of an even share of the training samples, classes are not weighed, "
        "and the training does not learn."
    )
    source = (
        "King and Zeng, Logistic Regression in Rare Events Data (2001), "
        "https://doi.org/10.1093/oxfordjournals.pan.a004868; Buda, Maki and Mazurowski, A systematic study "
        "of the class imbalance problem in convolutional neural networks (2018), "
        "https://doi.org/10.1016/j.neunet.2018.07.011"
    )

    def find(self, case: Case) -> Finding | None:
        """An error; a training that does better than the shares of the classes is fine."""
        data = case.data
        if data.task not in ("binary", "multiclass") or not data.class_shares or not case.is_stuck:
            return None
        limit = SHARE_OF_EVEN / len(data.class_shares)
        rarest = min(range(len(data.class_shares)), key=data.class_shares.__getitem__)
        share = data.class_shares[rarest]
        if share >= limit or case.plan.class_weight is not None:
            return None
        label = data.classes[rarest] if data.classes else str(rarest)
        treatable = share > 0 and get_fix("class_weight").not_applicable(case.plan) is None
        return Finding(
            symptom=self.name,
            severity="error",
            evidence=(
                Evidence("share of the rarest class", share, limit, label),
                Evidence("share of the most frequent class", max(data.class_shares)),
            ),
            cause=(
                f"the class '{label}' {'hardly' if share else 'never'} occurs: {share_text(share)} of the "
                f"training samples, where an even share is {share_text(1 / len(data.class_shares))}"
            ),
            explanation=(
                f"A batch of {case.plan.batch_size} samples holds {case.plan.batch_size * share:.2g} of this "
                "class on average, so its errors vanish among those of the others. The model does well by "
                "always answering the shares of the classes, and the loss stays there."
            ),
            fixes=("class_weight",) if treatable else (),
            recipe={"class_weight": "balanced"} if treatable else {},
            advice=None
            if treatable
            else f"Gather more samples of class '{label}', or repeat those there are.",
        )
