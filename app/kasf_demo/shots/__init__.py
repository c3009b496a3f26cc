"""Shots of a clip: where they begin and end, found while the clip is decoded. Nothing is tracked, filtered or fitted
across a cut."""

from kasf_demo.shots.finder import ShotFinder
from kasf_demo.types.shot import Shot, spread, whole_clip

__all__ = ["Shot", "ShotFinder", "spread", "whole_clip"]
