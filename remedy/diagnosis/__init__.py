"""What can be said about a data set and a training before a search."""

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import DataStatistics
from remedy.diagnosis.describe_data import describe_data
from remedy.diagnosis.diagnosis import Diagnosis, diagnose
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.findings import Findings
from remedy.diagnosis.learnability import Learnability, ProbeResult, load_probes, probe_learnability
from remedy.diagnosis.registry import all_symptoms
from remedy.diagnosis.second_look import what_is_left
from remedy.diagnosis.symptom import Finding, Severity, Stage, Symptom

__all__ = [
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
    "all_symptoms",
    "describe_data",
    "diagnose",
    "load_probes",
    "probe_learnability",
    "what_is_left",
]
