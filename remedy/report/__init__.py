"""The report of a study, which explains the verdict: for a browser, a repository or a paper."""

from remedy.report.markdown import write_markdown
from remedy.report.page import write_report
from remedy.report.paper import write_figures

__all__ = ["write_figures", "write_markdown", "write_report"]
