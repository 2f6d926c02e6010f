"""Is there anything to learn? What simple learners make of the data."""

from remedy.diagnosis.learnability.learnability import (
    Learnability,
    ProbeResult,
    load_probes,
    probe_learnability,
)

__all__ = ["Learnability", "ProbeResult", "load_probes", "probe_learnability"]
