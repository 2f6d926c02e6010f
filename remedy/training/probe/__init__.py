"""Measures the first few hundred batches of a training; loads TensorFlow.

`measure.measure_training` is the way in.
"""
