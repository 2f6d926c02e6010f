"""`remedy report`: a study as a page for a browser."""

from __future__ import annotations

from remedy.cli.options import DEFAULT_RESULTS, ResultsFolder, StudyName


def report(study: StudyName, results: ResultsFolder = DEFAULT_RESULTS) -> None:
    """Write report.html into a study's folder.

    One file, to be opened in any browser or sent on: the verdict, curves before and after, which fixes
    matter, the diagnosis with its evidence, predictions, all trials, and the code.
    """
    from remedy.cli.console import write
    from remedy.inert import legible
    from remedy.report import write_report
    from remedy.results.folder import find_study

    write(legible(str(write_report(find_study(study, results)))))
