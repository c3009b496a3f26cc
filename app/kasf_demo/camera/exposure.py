"""Changes of brightness that are no motion: fades from and to black, flashes, a camera that sets its exposure anew.

All of them multiply the levels of the whole image, so that mean and contrast (standard deviation) change by the same
factor; another view, after a pan, changes the two differently. Points are followed between frames of the same exposure.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from kasf_demo.types.arrays import Image

MIN_CONTRAST = 4.0  # levels; with less a frame is black, white or in fog
MIN_GAIN = 0.012  # logarithm; less from frame to frame does not disturb the following
MAX_DISAGREEMENT = 0.35  # maximum difference of the logarithms for mean and contrast, relative to the larger
MIN_STEP = 0.05  # minimum logarithm of the mean's factor if white limits the contrast
RANKS = (5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)  # percentiles of the grey levels that are compared
DARK, WHITE, MIN_RANKS = 10, 245, 4
FLASH = 0.2  # minimum logarithm of the factor by which the mean changes in a flash
FLASH_KEPT = 0.5  # maximum share of the points that are still found after a flash
MAX_FLASH_FRAMES = 5  # a longer one is a new exposure


def is_blank(contrast: float) -> bool:
    """True if a frame with that standard deviation, levels, has too little contrast for tracking."""
    return contrast < MIN_CONTRAST


def gain(before: Image, after: Image) -> float:
    """The factor by which the exposure changed between two grey images; 1 without evidence of a change."""
    (mean_a, std_a), (mean_b, std_b) = (
        (float(m[0][0]), float(s[0][0])) for m, s in map(cv2.meanStdDev, (before, after))
    )
    if min(mean_a, mean_b, std_a, std_b) < 1:
        return 1.0
    by_mean, by_std = math.log(mean_b / mean_a), math.log(std_b / std_a)
    largest = max(abs(by_mean), abs(by_std))
    if abs(by_mean - by_std) > MAX_DISAGREEMENT * largest and abs(by_mean) > MIN_STEP:
        return _gain_below_white(before, after)
    if min(abs(by_mean), abs(by_std)) < MIN_GAIN or abs(by_mean - by_std) > MAX_DISAGREEMENT * largest:
        return 1.0
    return math.exp((by_mean + by_std) / 2)


def _gain_below_white(before: Image, after: Image) -> float:
    """The factor if part of the image is white before or after, which limits the contrast: that of the levels below
    white, if it is the same for all of them; else 1."""
    a, b = (np.percentile(image[::2, ::2], RANKS) for image in (before, after))
    seen = (np.minimum(a, b) > DARK) & (np.maximum(a, b) < WHITE)
    if max(a[-1], b[-1]) < WHITE or seen.sum() < MIN_RANKS:
        return 1.0
    ratios = np.log(b[seen] / a[seen])
    middle = float(np.median(ratios))
    return math.exp(middle) if np.abs(ratios - middle).max() < MAX_DISAGREEMENT * abs(middle) else 1.0


def same_exposure(before: Image, after: Image) -> tuple[Image, Image]:
    """The two grey images with the darker one brightened to the exposure of the other, if it changed; else as they
    are."""
    factor = gain(before, after)
    if factor > 1:
        return np.asarray(cv2.convertScaleAbs(before, alpha=factor), np.uint8), after
    if factor < 1:
        return before, np.asarray(cv2.convertScaleAbs(after, alpha=1 / factor), np.uint8)
    return before, after


def is_flash(before: Image, after: Image, points: int, kept: int) -> bool:
    """True if a jump in brightness made most points be lost."""
    if kept >= FLASH_KEPT * points:
        return False
    mean_a, mean_b = float(cv2.mean(before)[0]), float(cv2.mean(after)[0])
    return abs(math.log(max(mean_b, 1.0) / max(mean_a, 1.0))) > FLASH
