"""Plots and reports of one person's motion. matplotlib stays in this room, and is loaded with `plots.write` only."""
