"""Exports of the numbers: one module per format."""
