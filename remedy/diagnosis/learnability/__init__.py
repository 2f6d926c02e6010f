"""Is there anything to learn? What simple learners make of the data."""

from remedy.diagnosis.learnability.learnability import Learnability, ProbeResult, probe_learnability

__all__ = ["Learnability", "ProbeResult", "probe_learnability"]
