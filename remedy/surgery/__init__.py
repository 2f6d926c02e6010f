"""What a plan's model, loss and schedule are made of, and how to change a model layer by layer."""
