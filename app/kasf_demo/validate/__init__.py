"""Kinematic validation: waveforms of results against those of measured motions."""
