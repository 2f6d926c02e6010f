"""The symptoms, one file each."""
