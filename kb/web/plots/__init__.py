"""Plots as SVG text: pure functions from numbers to drawing, with the numbers as a table beside.

Every drawing has a title and a description and takes its colours from classes in
static/css/plot.css (the content security policy forbids style attributes).  All text is escaped.
"""

from kb.web.plots.area import stacked_area, stacked_area_plot, stacked_area_table
from kb.web.plots.bars import bars_plot
from kb.web.plots.drawing import Plot, Table
from kb.web.plots.nested import Nest, nest, nest_table
from kb.web.plots.scale import Mark, time_scale, time_scale_plot, time_scale_table

__all__ = [
    "Mark",
    "Nest",
    "Plot",
    "Table",
    "bars_plot",
    "nest",
    "nest_table",
    "stacked_area",
    "stacked_area_plot",
    "stacked_area_table",
    "time_scale",
    "time_scale_plot",
    "time_scale_table",
]
