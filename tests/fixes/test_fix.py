from __future__ import annotations

from remedy.fixes import builtin_fixes, get_fix, parse_space
from remedy.plan import Plan


def test_every_fix_says_what_it_does_and_where_that_comes_from() -> None:
    for fix in builtin_fixes().values():
        assert all(text.strip() for text in (fix.changes, fix.helps_when, fix.source)), fix.name
        assert fix.changes.endswith("."), fix.name
        assert fix.helps_when.endswith("."), fix.name


def test_the_catalogue_holds_the_built_in_fixes_in_the_order_of_their_stages() -> None:
    assert list(builtin_fixes()) == [
        *("class_weight", "imputation", "label_encoding", "scaling", "target_scaling"),
        *("activation", "batch_normalization", "cell", "depth"),
        *("kernel_initializer", "output_head", "recurrent_initializer", "regularization"),
        *("clipnorm", "learning_rate", "optimizer"),
        *("batch_size", "cyclical_learning_rate", "epochs", "reduce_lr_on_plateau"),
    ]


def test_a_space_of_baseline_values_is_left_out(lstm_plan: Plan) -> None:
    fix = get_fix("kernel_initializer")
    assert "baseline has already" in str(fix.left_out(lstm_plan, parse_space(["glorot_uniform"])))
    assert fix.left_out(lstm_plan) is None


def test_the_reason_why_a_fix_does_not_apply_comes_first(linear_plan: Plan) -> None:
    fix = get_fix("recurrent_initializer")
    assert fix.left_out(linear_plan) == fix.not_applicable(linear_plan)
