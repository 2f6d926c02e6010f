"""The report of a study: one page that explains the verdict, for a browser, a repository or a paper."""

from remedy.report.page import write_report

__all__ = ["write_report"]
