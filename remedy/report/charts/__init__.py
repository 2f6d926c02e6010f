"""The charts of a page, as Vega-Lite that Altair has checked."""

from remedy.report.charts._style import Chart, to_spec
from remedy.report.charts.curves import gradient_curves, learning_curves, loss_curves
from remedy.report.charts.fixes import bounds, fix_effects
from remedy.report.charts.gradients import layer_gradients, time_gradients
from remedy.report.charts.predictions import confusion, forecast, scatter
from remedy.report.charts.space import parallel_coordinates

__all__ = [
    "Chart",
    "bounds",
    "confusion",
    "fix_effects",
    "forecast",
    "gradient_curves",
    "layer_gradients",
    "learning_curves",
    "loss_curves",
    "parallel_coordinates",
    "scatter",
    "time_gradients",
    "to_spec",
]
