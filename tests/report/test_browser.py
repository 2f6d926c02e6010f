"""The report as a reader has it: in Chromium, on a desk and on a phone, with a mouse and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from remedy.report.palette import CHOSEN
from remedy.results.folder import StudyFolder
from tests.report.conftest import Open
from tests.report.hostile_study import hostile_copy

_MARKS = ".mark-line path, .mark-symbol path, .mark-rect path, .mark-rule line, .mark-rule path"
_PHONE = 390
_PAPER = 688
"""Pixels of an A4 page between its margins."""


def _visible(page: Page, column: int) -> list[str]:
    """What a column of the trials shows."""
    rows = f"rows => rows.filter(row => !row.hidden).map(row => row.cells[{column}].innerText.trim())"
    cells: list[str] = page.eval_on_selector_all("#trials-table tbody tr", rows)
    return cells


def _drawn(page: Page, chart: str, color: str) -> int:
    """How many lines of a chart have a colour and can be seen."""
    return page.locator(f'#{chart} path[stroke="{color}"]:not([opacity="0"])').count()


def test_reports_open_in_silence_and_ask_for_nothing(
    open_report: Open, series: StudyFolder, classes: StudyFolder
) -> None:
    for study in (series, classes):
        report = open_report(study)
        assert report.said == []
        assert report.requested == [study.report.as_uri()]


def test_every_chart_has_marks_and_a_description(
    open_report: Open, series: StudyFolder, classes: StudyFolder
) -> None:
    drawn = set()
    for study in (series, classes):
        page = open_report(study).page
        for chart in page.locator(".chart").all():
            assert chart.locator(_MARKS).count() > 0
            described = chart.locator("xpath=descendant-or-self::*[@role='graphics-document']")
            assert len(described.get_attribute("aria-label") or "") > 9
            drawn.add(chart.get_attribute("id"))
    assert {"chart-skill", "chart-fixes", "chart-layers", "chart-scatter-0", "chart-confusion-1"} <= drawn


@pytest.mark.parametrize("width", [1280, _PHONE])
def test_nothing_is_wider_than_the_screen(open_report: Open, series: StudyFolder, width: int) -> None:
    page = open_report(series, width).page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for chart in page.locator(".chart:not([style]) svg").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > width / 5
        assert box["x"] + box["width"] <= width


def test_on_a_phone_every_figure_of_a_fix_is_seen_with_its_name(
    open_report: Open, series: StudyFolder
) -> None:
    page = open_report(series, _PHONE).page
    table = page.locator("table.cards")
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    shown = table.locator("[data-label]").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    heads = table.locator("thead th.number").all_text_contents()
    assert shown[: len(heads)] == [f'"{head}"' for head in heads]
    assert "alone" in heads


def test_trials_are_sorted_by_any_column_in_both_directions(open_report: Open, large: StudyFolder) -> None:
    page = open_report(large).page
    header = page.get_by_role("columnheader", name="skill", exact=True)
    orders = []
    for direction in ("ascending", "descending"):
        header.get_by_role("button").press("Enter")
        assert header.get_attribute("aria-sort") == direction
        cells = _visible(page, 4)
        skills = [float(cell) for cell in cells if cell != "-"]
        assert cells[len(skills) :] == ["-"] * (300 - len(skills)) != []
        orders.append(skills)
    assert orders[0] == sorted(orders[0])
    assert orders[1] == orders[0][::-1]
    assert page.locator("#trials-table th[aria-sort=none]").count() == 6


def test_trials_are_filtered_by_words_of_their_recipe_and_by_status(
    open_report: Open, large: StudyFolder
) -> None:
    page = open_report(large).page
    page.get_by_label("Recipe holds").fill("Clipnorm depth")
    recipes = _visible(page, 8)
    assert 0 < len(recipes) < 300
    assert all("clipnorm" in recipe and "depth" in recipe for recipe in recipes)
    page.get_by_label("Status").select_option("diverged")
    assert set(_visible(page, 3)) == {"diverged"}
    assert page.get_by_role("status").inner_text() == f"{len(_visible(page, 3))} of 300 trials"
    page.get_by_label("Recipe holds").fill("no such fix")
    assert _visible(page, 0) == []
    assert page.get_by_role("status").inner_text() == "0 of 300 trials"


def test_ticked_trials_stand_out_in_the_charts(open_report: Open, large: StudyFolder) -> None:
    page = open_report(large).page
    assert [_drawn(page, chart, CHOSEN) for chart in ("chart-skill", "chart-space")] == [0, 0]
    boxes = page.locator("#trials-table tbody input")
    boxes.nth(0).check()
    boxes.nth(4).press("Space")
    assert [_drawn(page, chart, CHOSEN) for chart in ("chart-skill", "chart-space")] == [2, 2]
    page.get_by_role("button", name="Untick all").click()
    assert [_drawn(page, chart, CHOSEN) for chart in ("chart-skill", "chart-space")] == [0, 0]
    assert page.locator("#trials-table input:checked").count() == 0


def test_the_script_is_copied_as_it_is(open_report: Open, series: StudyFolder) -> None:
    page = open_report(series).page
    button = page.get_by_role("button", name="Copy: training script")
    button.click()
    expect(page.locator("[data-copy=script]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (series.best / "train.py").read_text(encoding="utf-8")


def test_a_keyboard_reaches_everything_and_shows_where_it_is(open_report: Open, series: StudyFolder) -> None:
    page = open_report(series).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached, outlines = [], set()
    for _ in range(80):
        page.keyboard.press("Tab")
        what, outline = page.evaluate(
            "(element => [element.id || element.className || element.type || element.tagName,"
            " getComputedStyle(element).outlineStyle])(document.activeElement)"
        )
        if what == "BODY":
            break
        reached.append(what)
        outlines.add(outline)
    assert outlines == {"solid"}
    order = ["filter-text", "filter-status", "scroll tall", "sort", "checkbox", "copy", "script"]
    assert [what for what in dict.fromkeys(reached) if what in order] == order


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_rules_for_people_who_read_otherwise_are_kept(
    open_report: Open, series: StudyFolder, classes: StudyFolder, dark: bool
) -> None:
    for study, width in ((series, 1280), (classes, _PHONE)):
        page = open_report(study, width, dark=dark).page
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_in_charts_is_legible(open_report: Open, classes: StudyFolder, dark: bool) -> None:
    page = open_report(classes, dark=dark).page
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    inks = set(page.eval_on_selector_all(".chart text", "all => all.map(one => getComputedStyle(one).fill)"))
    assert len(inks) >= 2
    assert min(_contrast(ink, background) for ink in inks) >= 4.5
    assert (_luminance(background) < 0.1) == dark


def _contrast(one: str, other: str) -> float:
    """As WCAG has it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_on_paper_charts_fit_and_nothing_is_folded_up(open_report: Open, series: StudyFolder) -> None:
    page = open_report(series).page
    assert page.locator("details:not([open])").count() > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    _wait_until(page, f"document.querySelector('#chart-forecast-0 svg').clientWidth <= {_PAPER}")
    assert page.locator("details:not([open])").count() == 0
    widths = page.eval_on_selector_all(".chart svg", "all => all.map(one => one.clientWidth)")
    assert max(widths) <= _PAPER
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    _wait_until(page, f"document.querySelector('#chart-fixes svg').clientWidth > {_PAPER}")
    assert page.locator("details:not([open])").count() > 0
    assert page.pdf().startswith(b"%PDF")


def _wait_until(page: Page, condition: str) -> None:
    """Playwright's own way would have the page evaluate text, which it does not allow."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(condition)


def test_hostile_text_stays_text(open_report: Open, series: StudyFolder, tmp_path: Any) -> None:
    study = hostile_copy(series, tmp_path / "hostile")
    report = open_report(study)
    page = report.page
    for chart in page.locator(".chart").all():
        chart.locator(_MARKS).last.hover(force=True)
    page.get_by_label("Recipe holds").fill("<img src=x onerror=alert(2)>")
    page.wait_for_timeout(200)
    assert report.said == []
    assert report.requested == [study.report.as_uri()]
    assert page.locator("img, iframe, object, embed, link, base, [onerror]").count() == 0
    assert page.evaluate("window.owned") is None
    assert page.locator("script").count() == 3
    assert (page.locator("main").text_content() or "").count("<img src=x onerror") > 20


def test_300_trials_stay_small_and_open_at_once(open_report: Open, large: StudyFolder) -> None:
    page = open_report(large).page
    assert large.report.stat().st_size < 6_000_000
    assert page.locator("#trials-table tbody tr").count() == 300
    assert page.locator("#chart-skill .mark-line path").count() > 300
    seconds = [_seconds_to_draw(page) for _ in range(3)]
    assert min(seconds) < 2.0


def _seconds_to_draw(page: Page) -> float:
    """What the page computes until all charts are drawn; on an idle machine it takes no longer than that."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = _thread_time(session)
    page.reload()
    page.wait_for_selector("html[data-drawn]", state="attached")
    seconds = _thread_time(session) - before
    session.detach()
    return seconds


def _thread_time(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    [time] = [float(metric["value"]) for metric in metrics if metric["name"] == "ThreadTime"]
    return time
