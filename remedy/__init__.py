"""remedy finds, and proves, the fixes that unstick a Keras training whose loss does not move."""
