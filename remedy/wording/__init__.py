"""Results in words: numbers, recipes, causes and verdicts as a person would say them."""
