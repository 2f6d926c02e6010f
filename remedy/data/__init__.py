"""Reading data, cutting it into samples and splits, and scaling them."""

from remedy.data.dataset import Dataset, Split
from remedy.data.facts import data_facts
from remedy.data.load import load_dataset
from remedy.data.preprocessing import Preprocessor, fit_preprocessing
from remedy.data.reference import check_metric, constant_reference, default_metric
from remedy.data.scaling import Scaler, fit_scaler
from remedy.data.table import Table
from remedy.data.table_file import read_table

__all__ = [
    "Dataset",
    "Preprocessor",
    "Scaler",
    "Split",
    "Table",
    "check_metric",
    "constant_reference",
    "data_facts",
    "default_metric",
    "fit_preprocessing",
    "fit_scaler",
    "load_dataset",
    "read_table",
]
