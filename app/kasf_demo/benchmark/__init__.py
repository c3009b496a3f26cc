"""Lifting networks on the field's data sets, by the published protocol or in our own crops."""
