"""Findings as a list that Jupyter can show."""

from __future__ import annotations

from remedy.diagnosis.symptom import Finding
from remedy.html_pieces import paragraph, table


class Findings(list[Finding]):
    """A list of findings, the likeliest cause first."""

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        if not self:
            return paragraph("nothing found")
        rows = [
            [str(number), finding.symptom, finding.severity, finding.cause, ", ".join(finding.fixes)]
            for number, finding in enumerate(self, start=1)
        ]
        return table(["", "symptom", "severity", "what was found", "treated by"], rows)
