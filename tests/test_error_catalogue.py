"""docs/errors.md has every message that a user can meet, and none that nobody can."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import remedy.errors

PACKAGE = Path(remedy.errors.__file__).parent
CATALOGUE = PACKAGE.parent / "docs" / "errors.md"

FAMILY = {
    name
    for name, value in vars(remedy.errors).items()
    if isinstance(value, type) and issubclass(value, remedy.errors.RemedyError)
}

REASONS = {
    "ValueError", "RejectedError", "SpaceError", "YamlError", "Problem",
    "NotSupportedError", "NotDescribableError", "WorkerDiedError", "self._mistake",
}  # fmt: skip
"""What holds the words of which a message of the family is made somewhere else."""

POSITION = {"Problem": 1}
"""Which argument is the message, if not the first."""

NAMESAKES = {"diagnosis/learnability/learnability.py": {"Problem"}}
"""What is called the same and holds no message."""

PARTS = {
    "config/fix_settings.py": ["_unknown_fix"],
    "config/problems.py": ["unknown_key", "unknown_value"],
    "config/translate.py": [
        "_EXPECTED", "_LIMITS", "_message", "_missing_message", "_unknown_key_message", "value_problem",
    ],
    "config/yaml_loader.py": ["_PLAINER"],
    "data/array_files.py": ["_PICKLED"],
    "data/user_arrays.py": ["_EXPECTED"],
    "distributed/leadership.py": ["_busy"],
    "errors.py": ["_REMEDIES", "_what_to_do"],
    "fixes/_own_fix.py": ["_problem", "_space_problem"],
    "models/user_model.py": ["_POINTER", "_reason"],
    "search/replicates.py": ["_failure"],
    "surgery/initializers.py": ["_advice"],
}  # fmt: skip
"""Functions that return such words, and constants that hold them."""

PASSED_ON = {
    "cli/overrides.py": {"message"},
    "cli/serve_dashboard.py": {"str(error)"},
    "cli/serve_storage.py": {"str(error)"},
    "cli/serve_study.py": {"f'--wait: {error}'", "str(error)"},
    "config/experiment.py": {
        "unknown_value(encoding, list(get_args(ColumnEncoding)))", "unknown_value(value, allowed)",
    },
    "config/fix_settings.py": {"_unknown_fix(key)", "str(error)"},
    "config/load.py": {"f'{place}: {error}'", "str(error)"},
    "config/origin.py": {"': '.join((part for part in parts if part)) + rest"},
    "config/overrides.py": {"f'--set {_printable(text)}: {error}'"},
    "config/translate.py": {
        "_missing_message(path)", "_unknown_key_message(path)", "message",
        "unknown_key(str(path[-1]), value_type.__annotations__)",
    },
    "config/yaml_loader.py": {"_PLAINER['expected a single document in the stream']"},
    "data/array_files.py": {"f'{what}{path} {_PICKLED}'"},
    "distributed/leadership.py": {"_busy(leader)"},
    "errors.py": {"f'{place}{os_reason(error)}{_what_to_do(error)}'"},
    "examination.py": {"result.error"},
    "export/model_facts.py": {"answer.error"},
    "fixes/_own_fix.py": {
        "f'{_place(member, file)}: {member.__name__}: {problem}'",
        "f'{_place(self.cls, self._file)}: {self.cls.__name__}: {message}'",
    },
    "models/read_user_model.py": {"f'{place}: {reason}'"},
    "models/user_model.py": {"f'{file}: {_reason(error)}; {_POINTER}'"},
    "phases.py": {"str(error)"},
    "results/model_store.py": {"result.error"},
    "search/replicates.py": {"_failure(record)"},
    "search/study_runner.py": {"result.error"},
    "workers/user_code_process.py": {"answer.error"},
}  # fmt: skip
"""Messages without words of their own; REASONS and PARTS have those, or a child process sends the whole."""

INTERNAL = {
    "a function as source needs call_function",
    "no rows were added",
}
"""Messages that no user meets, since no caller lets it come to that."""

ANYTHING = "\0"
"""In a template, what is known only when the message is made."""

FEWEST_LETTERS = 5
"""With less text of its own a template would fit any message."""


class Template(NamedTuple):
    """A message as the source has it, with `ANYTHING` for its fields."""

    module: str
    line: int
    source: str
    text: str

    @property
    def says_something(self) -> bool:
        return sum(map(str.isalpha, self.text)) >= FEWEST_LETTERS

    def fits(self, message: str) -> bool:
        return _pattern(self.text).fullmatch(message) is not None

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.text.replace(ANYTHING, '…')}"


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split(ANYTHING))))


class Module:
    """The templates of one module."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self._tree = ast.parse(source)
        self._definitions: dict[str, ast.expr | ast.FunctionDef] = {
            node.name: node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef)
        }
        self._definitions |= {
            target.id: statement.value
            for statement in self._tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }

    def messages(self) -> Iterator[Template]:
        """What exceptions of the family are made with, and what is put into them elsewhere."""
        for call, function in _calls(self._tree, None):
            name = ast.unparse(call.func).removeprefix("errors.")
            if name not in FAMILY | REASONS - NAMESAKES.get(self.name, set()) or not call.args:
                continue
            for template in self._templates(call.args[POSITION.get(name, 0)], function):
                yield template if name in FAMILY else _inside(template)

    def parts(self, name: str) -> Iterator[Template]:
        """What a function returns or a constant holds."""
        definition = self._definitions[name]
        if isinstance(definition, ast.FunctionDef):
            returned = (node.value for node in ast.walk(definition) if isinstance(node, ast.Return))
            values = [value for value in returned if value is not None]
            function: ast.FunctionDef | None = definition
        else:
            values, function = _elements(definition), None
        yield from (_inside(template) for value in values for template in self._templates(value, function))

    def _templates(self, message: ast.expr, function: ast.FunctionDef | None) -> Iterator[Template]:
        for text in _texts(message, function):
            yield Template(self.name, message.lineno, ast.unparse(message), " ".join(text.split()))


def _inside(template: Template) -> Template:
    return template._replace(text=f"{ANYTHING}{template.text}{ANYTHING}")


def _calls(
    node: ast.AST, function: ast.FunctionDef | None
) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, function
        yield from _calls(child, child if isinstance(child, ast.FunctionDef) else function)


def _elements(value: ast.expr) -> list[ast.expr]:
    match value:
        case ast.Dict(_, values) | ast.Tuple(values):
            return [element for inner in values for element in _elements(inner)]
        case _:
            return [value]


def _texts(node: ast.expr, function: ast.FunctionDef | None) -> list[str]:
    """What an expression may come to; names are looked up in the function around it."""
    match node:
        case ast.Constant(str(text)):
            return [text]
        case ast.JoinedStr(values):
            # A field may be any text, and the plural's s none.
            parts = [value.value if isinstance(value, ast.Constant) else ANYTHING for value in values]
            return ["".join(map(str, parts))]
        case ast.BinOp(left, ast.Add(), right):
            pairs = itertools.product(_texts(left, function), _texts(right, function))
            return [first + second for first, second in pairs]
        case ast.IfExp(_, body, orelse):
            return _texts(body, function) + _texts(orelse, function)
        case ast.Name(name) if function is not None:
            values = _assigned(name, function)
            return [text for value in values for text in _texts(value, None)] or [ANYTHING]
        case _:
            return [ANYTHING]


def _assigned(name: str, function: ast.FunctionDef) -> list[ast.expr]:
    """What a name is set to in a function, and what is added to it."""
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == name
    ]


@functools.cache
def _modules() -> dict[str, Module]:
    names = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]
    return {name: Module(name, (PACKAGE / name).read_text(encoding="utf-8")) for name in names}


def _all_templates() -> list[Template]:
    messages = [template for module in _modules().values() for template in module.messages()]
    parts = [
        part for module, names in PARTS.items() for name in names for part in _modules()[module].parts(name)
    ]
    return messages + parts


def _catalogue() -> list[str]:
    """The messages of the tables' first column."""
    rows = [line for line in CATALOGUE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return [message for row in rows for message in re.findall("`([^`]+)`", row.split(" | ")[0])]


def _missing(templates: list[Template], catalogue: list[str]) -> list[str]:
    return [
        str(template)
        for template in templates
        if template.says_something
        and template.text.strip(ANYTHING) not in INTERNAL
        and not any(template.fits(message) for message in catalogue)
    ]


def test_every_message_is_in_the_catalogue() -> None:
    assert not _missing(_all_templates(), _catalogue())


def test_every_message_of_the_catalogue_is_one_of_the_source() -> None:
    templates = [template for template in _all_templates() if template.says_something]
    invented = [
        message for message in _catalogue() if not any(template.fits(message) for template in templates)
    ]
    assert not invented


def test_no_message_stands_in_the_catalogue_twice() -> None:
    messages = _catalogue()
    assert len(messages) > 300
    assert sorted(messages) == sorted(set(messages))


def test_messages_that_are_made_of_others_are_known() -> None:
    found: dict[str, set[str]] = {}
    for module in _modules().values():
        for template in module.messages():
            if not template.says_something:
                found.setdefault(module.name, set()).add(template.source)
    assert found == PASSED_ON


@pytest.mark.parametrize(
    "statement",
    [
        'raise DataError(f"{path} is a bogus file")',
        'raise errors.DataError("a bogus file")',
        'message = "a bogus file" if path else f"no {path}, a bogus file"\n    raise StudyError(message)',
        'return RejectedError("a bogus " + "value")',
        'problems.append(Problem(path, f"{key} is bogus"))',
    ],
)
def test_a_message_that_is_new_is_missed(statement: str) -> None:
    module = Module("new.py", f"def read(path):\n    {statement}\n")
    assert _missing(list(module.messages()), _catalogue())
