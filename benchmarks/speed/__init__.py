"""How fast remedy searches, next to a plain Optuna loop and KerasTuner."""
