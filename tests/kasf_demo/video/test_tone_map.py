"""HDR to SDR: clips made from known SDR frames come back as those frames, whatever their transfer, depth and range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from kasf_demo.video.reader import VideoReader
from kasf_demo.video.tone_map import KNEE, knee, peak_nits

TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
LUMINANCE = np.array([0.2627, 0.6780, 0.0593])
WHITE = 203.0  # cd/m2


def chart() -> np.ndarray:
    """(128, 192, 3) uint8: grey steps above, colours of skin, grass, sky and kit below."""
    greys = np.repeat(np.linspace(16, 228, 6).round().astype(np.uint8)[:, None], 3, 1)
    colours = np.array(
        [(200, 160, 135), (70, 110, 50), (120, 170, 220), (180, 40, 40), (40, 60, 160), (230, 200, 60)], np.uint8
    )
    return np.stack([greys, colours]).repeat(64, 0).repeat(32, 1)


def hlg(nits: np.ndarray) -> np.ndarray:
    """(..., 3) display light, cd/m2 with BT.2020 primaries, -> HLG signal 0..1 (BT.2100: inverse OOTF, then OETF)."""
    display = nits / 1000
    scene = display * np.maximum(display @ LUMINANCE, 1e-9)[..., None] ** (1 / 1.2 - 1)
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    )


def pq(nits: np.ndarray) -> np.ndarray:
    """(..., 3) light, cd/m2, -> PQ signal 0..1 (SMPTE ST 2084)."""
    y = (nits / 10_000) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375)


def write(
    path: Path, signal: np.ndarray, transfer: int, *, full_range: bool = False, options: dict[str, str] | None = None
) -> Path:
    """One second of `signal` (H, W, 3) 0..1 as H.264 with 10 bits, BT.2020 and that transfer tag."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "1", **(options or {})})
        stream.height, stream.width = signal.shape[:2]
        stream.pix_fmt = "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = 9, 9, transfer
        context.color_range = 2 if full_range else 1
        for k in range(3):
            frame = av.VideoFrame.from_ndarray(np.round(65535 * np.clip(signal, 0, 1)).astype(np.uint16), "rgb48le")
            frame = frame.reformat(format="yuv420p10le", dst_colorspace=9, dst_color_range=2 if full_range else 1)
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def light(image: np.ndarray) -> np.ndarray:
    """uint8 SDR with BT.709 primaries -> linear light 0..1 with those of BT.2020."""
    return np.asarray((image / 255.0) ** 2.4 @ TO_BT2020.T)


def middles(image: np.ndarray) -> np.ndarray:
    """(2, 6, 3) the fields of `chart`."""
    return image[32::64, 16::32].astype(int)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(("transfer", "name"), [(18, "hlg"), (16, "pq"), (1, "sdr-bt2020"), (14, "sdr-bt2020")])
def test_the_sdr_original_comes_back(tmp_path: Path, transfer: int, name: str, full_range: bool) -> None:
    linear = light(chart())
    signal = {"hlg": lambda: hlg(linear * WHITE), "pq": lambda: pq(linear * WHITE)}.get(
        name, lambda: linear ** (1 / 2.4)
    )()
    reader = VideoReader(write(tmp_path / "hdr.mp4", signal, transfer, full_range=full_range))
    image = next(iter(reader)).image
    assert reader.info.transfer == name
    assert not reader.warnings
    difference = np.abs(middles(image) - middles(chart()))
    assert difference[0].max() <= 5  # greys, of which the lightest is 228
    assert difference[1].mean() <= 4
    assert difference.max() <= 14  # a saturated colour lies at the border of BT.709


def test_reference_white_is_white_and_highlights_keep_their_order(tmp_path: Path) -> None:
    nits = np.array([50.0, 203, 400, 700, 1000])
    signal = pq(np.repeat(nits[:, None], 3, 1))[None].repeat(64, 0).repeat(32, 1)
    image = next(iter(VideoReader(write(tmp_path / "pq.mp4", signal, 16)))).image
    levels = image[32, 16::32].mean(-1)
    assert levels[1] > 240
    assert (np.diff(levels) >= 0).all()
    assert levels[-1] >= 252


def test_the_knee_keeps_light_below_it_and_ends_at_white() -> None:
    light = np.linspace(0, 5, 501)
    out = knee(light, 5.0)
    assert np.array_equal(out[light <= KNEE], light[light <= KNEE])
    assert out[-1] == pytest.approx(1)
    assert (np.diff(out) > 0).all()
    assert np.abs(np.diff(out, 2)).max() < 1e-3  # no bend


def test_the_peak_of_hdr10_is_read_from_its_metadata(tmp_path: Path) -> None:
    class Tagged:
        side_data: dict[str, Any]

        def __init__(self, **data: bytes) -> None:
            self.side_data = data

    def peak(**data: bytes) -> float:
        return peak_nits(Tagged(**data))  # type: ignore[arg-type]

    display = np.zeros(20, np.int32)
    display[18:20] = (40_000_000, 10_000)
    light_level = np.array([600, 200], np.uint32)
    assert peak() == 1000
    assert peak(CONTENT_LIGHT_LEVEL=light_level.tobytes()) == 600
    assert peak(MASTERING_DISPLAY_METADATA=display.tobytes()) == 4000
    assert peak(CONTENT_LIGHT_LEVEL=light_level.tobytes(), MASTERING_DISPLAY_METADATA=display.tobytes()) == 600
    assert peak(CONTENT_LIGHT_LEVEL=bytes(8)) == 1000  # 0 means unknown
    options = {
        "x264-params": (
            "mastering-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(20000000,50):cll=1500,300"
        )
    }
    path = write(tmp_path / "hdr10.mp4", np.full((64, 64, 3), 0.5), 16, options=options)
    with av.open(str(path)) as container:
        assert peak_nits(next(container.decode(video=0))) == 1500
