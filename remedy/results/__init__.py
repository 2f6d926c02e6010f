"""The results folder of a study: its files, its tables, its verdict.

Nothing is re-exported: reading results must not load what only writing them needs.
"""
