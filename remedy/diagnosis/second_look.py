"""What is still wrong with a training whose causes are treated."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.diagnosis import diagnose
from remedy.diagnosis.symptoms._rates import start_rate, suggested_rate
from remedy.plan import Recipe

_WORTHWHILE = 3.0
"""A rate that is closer to the one in use is none to try: range tests differ as much from batch to batch."""


def what_is_left(case: Case) -> Recipe:
    """What to try beside the treatment of the causes.

    Args:
        case: the training with its causes treated, measured.

    Returns:
        The treatment of what is found now; else the rate that the range test suggests, if it is far from the
        one in use; else nothing.
    """
    treatments = diagnose(case).treatments
    if treatments:
        return treatments[0]
    used = start_rate(case.plan)
    rate = suggested_rate(case.plan, case.measured.range_test) if case.measured else None
    if used is None or rate is None or max(rate / used.value, used.value / rate) < _WORTHWHILE:
        return {}
    return {"learning_rate": rate}
