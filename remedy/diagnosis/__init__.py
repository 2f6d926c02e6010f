"""What can be said about a data set and a training before a search."""

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import DataStatistics
from remedy.diagnosis.describe_data import describe_data
from remedy.diagnosis.diagnosis import Diagnosis, diagnose
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.findings import Findings
from remedy.diagnosis.learnability import Learnability, ProbeResult, load_probes, probe_learnability
from remedy.diagnosis.registry import all_symptoms
from remedy.diagnosis.second_look import ADAPTIVE, adaptive_rate, better_rate, needs_adaptive_rates
from remedy.diagnosis.symptom import Finding, Severity, Stage, Symptom

__all__ = [
    "ADAPTIVE",
    "Case",
    "DataStatistics",
    "Diagnosis",
    "Evidence",
    "Finding",
    "Findings",
    "Learnability",
    "ProbeResult",
    "Severity",
    "Stage",
    "Symptom",
    "adaptive_rate",
    "all_symptoms",
    "better_rate",
    "describe_data",
    "diagnose",
    "load_probes",
    "needs_adaptive_rates",
    "probe_learnability",
]
