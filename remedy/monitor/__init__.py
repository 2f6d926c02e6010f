"""The watch over the user's own `fit`: what it sees, the rules that judge it, and the Keras callback.

`seen` and `rules` are plain data and pure functions; the other modules load TensorFlow, so nothing is
re-exported here.
"""
