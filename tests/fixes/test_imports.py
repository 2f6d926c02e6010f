from __future__ import annotations

import subprocess
import sys


def test_the_catalogue_loads_without_the_heavy_libraries() -> None:
    heavy = ("tensorflow", "keras", "pandas", "optuna", "sklearn")
    code = (
        "import sys, remedy.fixes.catalogue as catalogue; catalogue.catalogue_markdown(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
