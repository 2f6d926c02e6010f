"""What can be said about a data set and a training before a search."""

from remedy.diagnosis.learnability import Learnability, ProbeResult, probe_learnability

__all__ = ["Learnability", "ProbeResult", "probe_learnability"]
