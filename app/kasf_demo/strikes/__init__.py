"""Shots: the window around a kick or throw, its posture, numbers of it, and styles of a library. docs/strikes.md."""
