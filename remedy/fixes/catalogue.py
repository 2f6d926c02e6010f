"""The catalogue of fixes as Markdown: `python -m remedy.fixes.catalogue > docs/fixes.md`."""

from __future__ import annotations

import math
import sys

import yaml

from remedy.fixes.fix import Fix
from remedy.fixes.registry import builtin_fixes, is_shipped
from remedy.fixes.space import to_plain
from remedy.plan import DataFacts, KerasObject, Layer, Model, Plan

EXAMPLE = Plan(
    task="regression",
    metric="mse",
    model=Model(
        input_shape=(24, 1),
        layers=(
            Layer(class_name="LSTM", name="lstm_1", config={"units": 64, "return_sequences": True}),
            Layer(class_name="LSTM", name="lstm_2", config={"units": 64, "return_sequences": True}),
            Layer(class_name="LSTM", name="lstm_3", config={"units": 64}),
            Layer(class_name="Dense", name="output", config={"units": 1}),
        ),
    ),
    optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
    loss="mse",
    epochs=30,
    batch_size=32,
    data=DataFacts(input_shapes={"X": (24, 1)}, missing=True),
)

_INTRODUCTION = """\
# The fixes

A fix is one kind of change to a stuck training. It can be off, or take a value from its space. The default
spaces below are written as in an experiment file; they are those for a baseline of three LSTM layers, trained
by Adam for 30 epochs on windows with missing values. To write a fix of your own: [own-fix.md](own-fix.md).
"""


def catalogue_markdown() -> str:
    """All fixes of remedy: what they change, when they help, their default space and where they come from."""
    shipped = [fix for name, fix in builtin_fixes().items() if is_shipped(name)]
    return "\n".join([_INTRODUCTION, *map(_section, shipped)])


def example_setting(fix: Fix) -> str:
    """The fix's default space for the example of this page, as a line of an experiment file."""
    setting = {fix.name: to_plain(fix.default_space(EXAMPLE))}
    return yaml.safe_dump(setting, default_flow_style=True, sort_keys=False, width=math.inf).strip()[1:-1]


def _section(fix: Fix) -> str:
    written = example_setting(fix)
    return f"""\
## {fix.name}

{fix.changes}

- **Helps when:** {fix.helps_when}
- **Stage:** {fix.stage.name.lower()}
- **Changes the compiled graph:** {"yes" if fix.new_graph else "no"}
- **Source:** {fix.source}

```yaml
{written}
```
"""


if __name__ == "__main__":
    sys.stdout.write(catalogue_markdown())
