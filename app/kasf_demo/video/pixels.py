"""Converts a decoded frame to the image used everywhere else: upright, square pixels, full-range RGB."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from kasf_demo.types.arrays import Image
from kasf_demo.video import tone_map

_KR, _KB = 0.2126, 0.0722  # ITU-R BT.709: what red and blue weigh in the luma
_Y = np.array([_KR, 1 - _KR - _KB, _KB])
_RGB_TO_YUV = np.stack([_Y, ((0, 0, 1) - _Y) / (2 - 2 * _KB), ((1, 0, 0) - _Y) / (2 - 2 * _KR)])
# (3, 4)
_LIMITED = np.column_stack([_RGB_TO_YUV * np.array([[219], [224], [224]]) / 255, [16, 128, 128]]).astype(np.float32)
Planes = NDArray[np.uint8]  # (H * W * 3 / 2,): Y (H, W), then U and V (H / 2, W / 2)


class YuvMaker:
    """Converts images of one even size. A chroma sample is the mean of its four pixels.

    Several times faster than swscale, with the same luma and chroma up to rounding (docs/decisions.md, "Video writer").
    No memory is allocated per frame, since fresh memory is slow.
    """

    def __init__(self, width: int, height: int) -> None:
        self._half = (width // 2, height // 2)
        self._pixels: Image = np.empty((height, width, 3), np.uint8)
        self._chroma = [np.empty((height, width), np.uint8) for _ in range(2)]
        self._luma = height * width

    def convert(self, image: Image, out: Planes) -> None:
        """(H, W, 3) RGB into `out`."""
        cv2.transform(image, _LIMITED, dst=self._pixels)
        n, quarter = self._luma, self._luma // 4
        u, v = self._chroma
        cv2.split(self._pixels, [out[:n].reshape(u.shape), u, v])
        for plane, start in ((u, n), (v, n + quarter)):
            half = out[start : start + quarter].reshape(self._half[::-1])
            cv2.resize(plane, self._half, dst=half, interpolation=cv2.INTER_AREA)


# ITU-T H.273 matrix coefficients as frames carry them -> what swscale calls them (SWS_CS_*)
_SWS_BT709, _SWS_BT601 = 1, 5
_SWS_MATRIX = {1: _SWS_BT709, 4: 4, 5: _SWS_BT601, 6: _SWS_BT601, 7: 7, 9: 9, 10: 9}
_HD_HEIGHT_PX = 720  # untagged video: players take BT.709 from here on, BT.601 below


@dataclass(frozen=True)
class DisplayOrientation:
    """How a stored image becomes upright: exchange x and y if `transposed`, then reverse x and y if flipped.

    `rotation_deg` (0, 90, 180, 270) is counter-clockwise, after the mirroring, as ffmpeg prints it.
    """

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False
    exact: bool = True  # False: the matrix asked for another angle, this is the nearest quarter turn

    @classmethod
    def of(cls, frame: VideoFrame) -> DisplayOrientation:
        """From the display matrix of `frame`. The matrix maps stored (p, q), y down, to (a p + c q, b p + d q)."""
        side_data: Any = frame.side_data.get("DISPLAYMATRIX")  # PyAV's types know only motion vectors
        if side_data is None or len(bytes(side_data)) < 36:
            return cls()
        a, b, _, c, d = struct.unpack("=9i", bytes(side_data)[:36])[:5]
        if not (a or b or c or d):  # ffmpeg, too, takes an all-zero matrix for none
            return cls()
        straight, crossed = min(abs(a), abs(d)), min(abs(b), abs(c))
        if max(abs(a), abs(d)) >= max(abs(b), abs(c)):
            return cls(False, a < 0, d < 0, crossed <= 0.02 * straight)
        return cls(True, c < 0, b < 0, straight <= 0.02 * crossed)

    @property
    def mirrored(self) -> bool:
        return self.transposed ^ self.flip_x ^ self.flip_y

    @property
    def rotation_deg(self) -> int:
        x_from_p = 0 if self.transposed else (-1 if self.flip_x else 1)
        x_from_q = (-1 if self.flip_x else 1) if self.transposed else 0
        return round(math.degrees(math.atan2(x_from_q, -x_from_p if self.mirrored else x_from_p))) % 360

    def apply(self, image: Image) -> Image:
        """(H, W, 3) as stored -> upright, contiguous."""
        if self.transposed:
            image = image.transpose(1, 0, 2)
        if self.flip_x:
            image = image[:, ::-1]
        if self.flip_y:
            image = image[::-1]
        return np.ascontiguousarray(image)


def matrix_and_range(frame: VideoFrame) -> tuple[int, int]:
    """The colour matrix (SWS_CS_*) and range with which `frame` was made; untagged ones as players guess them."""
    guess = _SWS_BT709 if frame.height >= _HD_HEIGHT_PX else _SWS_BT601
    matrix = _SWS_MATRIX.get(int(frame.colorspace), guess)
    levels = int(frame.color_range)
    if levels not in (ColorRange.MPEG, ColorRange.JPEG):
        name = frame.format.name
        full = name.startswith(("yuvj", "gray", "ya8", "ya16")) or frame.format.is_rgb
        levels = int(ColorRange.JPEG if full else ColorRange.MPEG)
    return matrix, levels


def has_alpha(frame: VideoFrame) -> bool:
    return frame.format.name == "pal8" or any(component.is_alpha for component in frame.format.components)


class PictureMaker:
    """Decoded frames -> (H, W, 3) uint8 RGB, contiguous, all of one size: that of the first frame of the clip.

    Pixels become square by scaling the width in the same pass as the colour conversion. A transparent image is put on
    black. A frame of another size is fitted into the first one's with black bars (`rescaled` counts them). HDR is
    tone-mapped to SDR.
    """

    def __init__(
        self, coded_px: tuple[int, int], sample_aspect_ratio: Fraction, orientation: DisplayOrientation
    ) -> None:
        """coded_px: width and height of the first frame as stored; sample_aspect_ratio: width over height of a stored
        pixel."""
        self.sample_aspect_ratio = sample_aspect_ratio
        self.orientation = orientation
        self._coded = coded_px
        self._square = (max(1, round(coded_px[0] * sample_aspect_ratio)), coded_px[1])
        self._swscale = VideoReformatter()
        self._tone_mapper: tuple[tone_map.Transfer, tone_map.ToneMapper] | None = None
        self.rescaled = 0

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the images made."""
        width, height = self._square
        return (height, width) if self.orientation.transposed else (width, height)

    def picture(self, frame: VideoFrame) -> Image:
        """(H, W, 3) RGB of `frame`. Raises av.FFmpegError if swscale refuses it."""
        if (frame.width, frame.height) == self._coded:
            return self.orientation.apply(self._rgb(frame, *self._square))
        self.rescaled += 1
        width, height = self._square
        square_width = frame.width * float(self.sample_aspect_ratio)
        scale = min(width / square_width, height / frame.height)
        inner_w, inner_h = (
            max(1, min(width, round(square_width * scale))),
            max(1, min(height, round(frame.height * scale))),
        )
        canvas = np.zeros((height, width, 3), np.uint8)
        left, top = (width - inner_w) // 2, (height - inner_h) // 2
        canvas[top : top + inner_h, left : left + inner_w] = self._rgb(frame, inner_w, inner_h)
        return self.orientation.apply(canvas)

    def _rgb(self, frame: VideoFrame, width: int, height: int) -> Image:
        matrix, levels = matrix_and_range(frame)
        mapper = self._mapper(frame)
        alpha = mapper is None and has_alpha(frame)
        out = self._swscale.reformat(
            frame,
            width=width,
            height=height,
            format=mapper.wants if mapper else ("rgba" if alpha else "rgb24"),
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=levels,
            dst_color_range=int(ColorRange.JPEG),
            interpolation="BILINEAR" if (width, height) == (frame.width, frame.height) else "BICUBIC",
        )
        if mapper:
            return mapper.convert(out.to_ndarray())
        rgb = np.asarray(out.to_ndarray(), np.uint8)
        if not alpha:
            return rgb
        return np.asarray((rgb[..., :3].astype(np.uint16) * rgb[..., 3:] + 127) // 255, np.uint8)

    def _mapper(self, frame: VideoFrame) -> tone_map.ToneMapper | None:
        """What converts `frame` to SDR; None if it is SDR. The peak of PQ is that of the first such frame: one curve
        for the clip."""
        transfer = tone_map.transfer_of(frame)
        if transfer == "sdr":
            return None
        if self._tone_mapper is None or self._tone_mapper[0] != transfer:
            self._tone_mapper = transfer, tone_map.ToneMapper(transfer, tone_map.peak_nits(frame))
        return self._tone_mapper[1]


def remarks(first: VideoFrame, stream: VideoStream, orientation: DisplayOrientation) -> list[str]:
    """Warnings about how the images of this stream are interpreted."""
    said = []
    if not orientation.exact:
        said.append(
            f"the rotation in the file is no multiple of 90 degrees: rotated by the nearest, {orientation.rotation_deg}"
            " degrees"
        )
    if int(getattr(first, "color_trc", 0) or 0) in (0, 2):
        if int(first.colorspace) in (9, 10):
            said.append("BT.2020 colours without a transfer tag: taken as SDR, HDR would look flat")
        elif stream.codec_context.codec_tag in ("dvh1", "dvhe"):
            said.append(
                "Dolby Vision without a compatible base layer: colours are wrong; export it as HDR10, HLG or SDR"
            )
    return said
