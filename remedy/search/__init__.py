"""The search over recipes: space, sampler, pruner, study, confirmation and ranking."""

from remedy.search.centre import centred
from remedy.search.confirmation import Confirmation, confirm, is_hopeless, mean_interval
from remedy.search.early_stopping import EarlyStopping, PrunerName, report
from remedy.search.effects import FixEffect, fix_effects
from remedy.search.objective import objective
from remedy.search.opening import TEXTBOOK_RECIPES, opening_recipes
from remedy.search.parameters import recipe_parameters, suggest_recipe
from remedy.search.protected_epochs import own_protected_epochs, protected_epochs
from remedy.search.ranking import EQUAL_SKILL, best_recipes, rank
from remedy.search.records import TrialRecord, finished_records
from remedy.search.replicates import Replicates, never_enough
from remedy.search.samplers import check_sampler, make_sampler
from remedy.search.search import Search
from remedy.search.seeds import fresh_seeds, search_seed
from remedy.search.space import FixSpace, SearchSpace, build_search_space
from remedy.search.storage import open_storage, open_study, read_records, read_study
from remedy.search.study_runner import Context, Progress, StudyRunner, Trainer
from remedy.search.time_budget import TimeBudget

__all__ = [
    "EQUAL_SKILL",
    "TEXTBOOK_RECIPES",
    "Confirmation",
    "Context",
    "EarlyStopping",
    "FixEffect",
    "FixSpace",
    "Progress",
    "PrunerName",
    "Replicates",
    "Search",
    "SearchSpace",
    "StudyRunner",
    "TimeBudget",
    "Trainer",
    "TrialRecord",
    "best_recipes",
    "build_search_space",
    "centred",
    "check_sampler",
    "confirm",
    "finished_records",
    "fix_effects",
    "fresh_seeds",
    "is_hopeless",
    "make_sampler",
    "mean_interval",
    "never_enough",
    "objective",
    "open_storage",
    "open_study",
    "opening_recipes",
    "own_protected_epochs",
    "protected_epochs",
    "rank",
    "read_records",
    "read_study",
    "recipe_parameters",
    "report",
    "search_seed",
    "suggest_recipe",
]
