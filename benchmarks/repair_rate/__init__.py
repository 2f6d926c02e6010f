"""How many of the gallery's stuck trainings are repaired, next to random search and a list of rules."""
