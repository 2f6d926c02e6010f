"""Vega-Embed with Vega-Lite and Vega as one script: `python -m remedy.report.make_vega`.

They are the versions that Altair writes for, as vl-convert holds them. BSD licence, University of Washington
Interactive Data Lab and contributors, https://github.com/vega.
"""

from __future__ import annotations

from pathlib import Path

BUNDLE = Path(__file__).parent / "static" / "vega.js"

if __name__ == "__main__":
    import vl_convert

    BUNDLE.write_text(vl_convert.javascript_bundle(), encoding="utf-8")  # type: ignore[call-arg]
