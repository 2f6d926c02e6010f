"""Where Optuna keeps the studies: a journal file, or a database that several machines share."""

from remedy.storage.copies import copy_studies
from remedy.storage.journal import open_journal
from remedy.storage.patient import PatientStorage
from remedy.storage.remote import open_remote_storage

__all__ = ["PatientStorage", "copy_studies", "open_journal", "open_remote_storage"]
