"""Plots and reports of one person's motion. Only this package imports matplotlib for them, when a plot is drawn."""
