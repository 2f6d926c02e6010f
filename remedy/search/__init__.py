"""The search over recipes: space, sampler, pruner, study, confirmation and ranking."""

from remedy.search.centre import centred
from remedy.search.confirmation import Confirmation, confirm, is_hopeless, mean_interval
from remedy.search.early_stopping import EarlyStopping, PrunerName, report
from remedy.search.effects import FixEffect, fix_effects
from remedy.search.extension import extend_search
from remedy.search.guidance import NO_GUIDANCE, Guidance
from remedy.search.objective import objective
from remedy.search.opening import TEXTBOOK_RECIPES, fitted, opening_recipes
from remedy.search.parameters import recipe_parameters, suggest_recipe
from remedy.search.protected_epochs import own_protected_epochs, protected_epochs
from remedy.search.ranking import EQUAL_SKILL, best_recipes, rank
from remedy.search.records import (
    TrialRecord,
    attach_curve,
    attached_curve,
    close_trial,
    finished_records,
    has_result,
    order_of,
    to_record,
)
from remedy.search.replicates import Replicates, never_enough
from remedy.search.samplers import check_sampler, make_sampler
from remedy.search.search import Search
from remedy.search.seeds import fresh_seeds, search_seed
from remedy.search.space import FixSpace, SearchSpace, build_search_space
from remedy.search.storage import Studies, close_written, open_study, read_records, read_study, short_name
from remedy.search.study_runner import (
    LOOK_EVERY,
    Context,
    Elsewhere,
    NoTrainer,
    Progress,
    SaveCurve,
    StudyRunner,
    Trainer,
    record_result,
)
from remedy.search.terms import ReplicateTerms, SearchTerms, Terms, TermsOf
from remedy.search.time_budget import TimeBudget

__all__ = [
    "EQUAL_SKILL",
    "LOOK_EVERY",
    "NO_GUIDANCE",
    "TEXTBOOK_RECIPES",
    "Confirmation",
    "Context",
    "EarlyStopping",
    "Elsewhere",
    "FixEffect",
    "FixSpace",
    "Guidance",
    "NoTrainer",
    "Progress",
    "PrunerName",
    "ReplicateTerms",
    "Replicates",
    "SaveCurve",
    "Search",
    "SearchSpace",
    "SearchTerms",
    "Studies",
    "StudyRunner",
    "Terms",
    "TermsOf",
    "TimeBudget",
    "Trainer",
    "TrialRecord",
    "attach_curve",
    "attached_curve",
    "best_recipes",
    "build_search_space",
    "centred",
    "check_sampler",
    "close_trial",
    "close_written",
    "confirm",
    "extend_search",
    "finished_records",
    "fitted",
    "fix_effects",
    "fresh_seeds",
    "has_result",
    "is_hopeless",
    "make_sampler",
    "mean_interval",
    "never_enough",
    "objective",
    "open_study",
    "opening_recipes",
    "order_of",
    "own_protected_epochs",
    "protected_epochs",
    "rank",
    "read_records",
    "read_study",
    "recipe_parameters",
    "record_result",
    "report",
    "search_seed",
    "short_name",
    "suggest_recipe",
    "to_record",
]
