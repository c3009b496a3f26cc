"""HDR and wide-gamut video to SDR: 8-bit RGB with BT.709 primaries, as detectors were trained on and as H.264 players
show.

Signal -> light (ITU-R BT.2100, tables 4 and 5) -> reference white (203 cd/m2, BT.2408) at the white of SDR -> BT.709
primaries (BT.2087) -> highlights compressed above a knee -> the inverse of BT.1886. A neutral of HLG or PQ up to 0.8 of
reference white keeps its light.
"""

from __future__ import annotations

import struct
from typing import Any, Literal

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from kasf_demo.types.arrays import FloatArray, Image

Transfer = Literal["sdr", "sdr-bt2020", "hlg", "pq"]

# ITU-T H.273 codes
_PQ, _HLG, _BT2020 = 16, 18, 9
REFERENCE_WHITE_NITS = 203.0  # BT.2408: what is SDR's white
HLG_PEAK_NITS = 1000.0
HLG_SYSTEM_GAMMA = 1.2  # for a display with that peak
PQ_PEAK_NITS = 1000.0  # peak of content that does not state it
MAX_PQ_PEAK_NITS = 10_000.0
KNEE = 0.8  # relative to reference white: light below it is kept, light above it is compressed
SDR_GAMMA = 2.4  # BT.1886
MAX_TABLE_LIGHT = 1.6  # relative to reference white: from here on the result is white within 2 levels
STRIP_ROWS = 32  # rows converted at a time: what stays in the CPU's cache

# linear light, BT.2020 -> BT.709 primaries (BT.2087)
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
_LUMINANCE = np.array([[0.2627, 0.6780, 0.0593]], np.float32)  # of BT.2020


def transfer_of(frame: VideoFrame) -> Transfer:
    """The transfer characteristic of `frame`, from its tags.

    BT.2020 primaries without an HDR transfer are wide-gamut SDR. Dolby Vision profile 8.4, as phones write it, has an
    HLG base layer and its tags.
    """
    transfer = int(getattr(frame, "color_trc", 0) or 0)
    if transfer == _HLG:
        return "hlg"
    if transfer == _PQ:
        return "pq"
    return "sdr-bt2020" if int(getattr(frame, "color_primaries", 0) or 0) == _BT2020 else "sdr"


def peak_nits(frame: VideoFrame) -> float:
    """The light of the brightest pixel of PQ content, cd/m2: its MaxCLL, else its mastering display's peak, else
    1000."""
    data: Any = frame.side_data  # PyAV's types know only motion vectors
    if (light := data.get("CONTENT_LIGHT_LEVEL")) is not None and len(bytes(light)) >= 4:
        level = float(struct.unpack("=I", bytes(light)[:4])[0])
        if REFERENCE_WHITE_NITS < level <= MAX_PQ_PEAK_NITS:
            return level
    if (display := data.get("MASTERING_DISPLAY_METADATA")) is not None and len(bytes(display)) >= 80:
        # AVMasteringDisplayMetadata: eight rationals of primaries and white point, then the least and the largest
        # luminance
        numerator, denominator = struct.unpack("=ii", bytes(display)[72:80])
        level = numerator / denominator if denominator else 0.0
        if REFERENCE_WHITE_NITS < level <= MAX_PQ_PEAK_NITS:
            return float(level)
    return PQ_PEAK_NITS


class ToneMapper:
    """Converts frames of one transfer. `wants` is the pixel format of its input: PQ needs more than 8 bits in the
    shadows."""

    def __init__(self, transfer: Transfer, peak: float = PQ_PEAK_NITS) -> None:
        self._hlg = transfer == "hlg"
        self.wants = "rgb48le" if transfer == "pq" else "rgb24"
        light = _light(transfer, np.linspace(0, 1, 65536 if transfer == "pq" else 256)).astype(np.float32)
        self._light = light if transfer == "pq" else np.repeat(light[None, :, None], 3, axis=2)
        # the result's table is indexed by the root of light, in 256 steps of about one level of the result each
        steps = np.linspace(0, 1, 256)
        most = {"hlg": HLG_PEAK_NITS, "pq": peak}.get(transfer, REFERENCE_WHITE_NITS) / REFERENCE_WHITE_NITS
        top = min(most, MAX_TABLE_LIGHT)
        self._scale = 255.0 / float(np.sqrt(top))
        bent = knee(steps**2 * top, most)
        self._code: Image = np.round(255 * np.clip(bent, 0, 1) ** (1 / SDR_GAMMA)).astype(np.uint8)
        # HLG's opto-optical transfer: light of the scene -> of the display, by the scene's luminance
        self._gain = np.maximum(steps**2, 1e-6).astype(np.float32) ** np.float32(HLG_SYSTEM_GAMMA - 1)

    def convert(self, signal: NDArray[Any]) -> Image:
        """(H, W, 3) full-range R'G'B' with BT.2020 primaries, in the format `wants` -> uint8 with BT.709's."""
        out: Image = np.empty(signal.shape, np.uint8)
        for top in range(0, len(signal), STRIP_ROWS):
            rows = slice(top, top + STRIP_ROWS)
            out[rows] = self._strip(signal[rows])
        return out

    def _strip(self, signal: NDArray[Any]) -> Image:
        light: FloatArray = (
            self._light[signal] if signal.dtype == np.uint16 else np.asarray(cv2.LUT(signal, self._light))
        )
        if self._hlg:
            root = cv2.convertScaleAbs(cv2.sqrt(cv2.transform(light, _LUMINANCE)), alpha=255)
            gain = cv2.LUT(root, self._gain)
            light = np.asarray(
                cv2.multiply(light, cv2.merge([gain, gain, gain]), scale=HLG_PEAK_NITS / REFERENCE_WHITE_NITS)
            )
        light = np.asarray(cv2.max(cv2.transform(light, _TO_BT709), 0.0))
        steps = cv2.convertScaleAbs(cv2.sqrt(light), alpha=self._scale)
        return np.asarray(cv2.LUT(steps, self._code), np.uint8)


def _light(transfer: Transfer, signal: FloatArray) -> FloatArray:
    """Linear light of a signal 0..1 by reference white; of HLG the scene's light, 0..1."""
    if transfer == "hlg":
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    if transfer == "pq":
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = signal ** (1 / m2)
        return np.asarray((np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10_000 / REFERENCE_WHITE_NITS)
    return np.asarray(signal**SDR_GAMMA)


def knee(light: FloatArray, most: float) -> FloatArray:
    """Light by reference white, 0..`most` -> 0..1: unchanged below KNEE, above it compressed exponentially without a
    bend."""
    if most <= 1:
        return light
    room = 1 - KNEE
    over = np.maximum(light - KNEE, 0) / room
    return np.where(light <= KNEE, light, KNEE + room * -np.expm1(-over) / -np.expm1(-(most - KNEE) / room))
