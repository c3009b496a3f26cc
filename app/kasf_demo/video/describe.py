"""Report lines about the preprocessing of a clip's frames."""

from __future__ import annotations

from kasf_demo.types.clip import VideoInfo

_HDR = {"hlg": "HDR (HLG)", "pq": "HDR (PQ)", "sdr-bt2020": "wide gamut (BT.2020)"}


def video_lines(info: VideoInfo) -> list[str]:
    """Lines for the console; none for an ordinary clip."""
    lines = []
    if info.transfer != "sdr":
        lines.append(
            f"video: {_HDR[info.transfer]}, {'converted' if info.transfer == 'sdr-bt2020' else 'tone-mapped'} to SDR"
        )
    if (area := info.bars_around) is not None:
        where = f"{area.width} x {area.height} of {info.width} x {info.height} px"
        lines.append(
            f"video: bars left out, content {where} (left {area.left}, top {area.top}, right {area.right}, bottom"
            f" {area.bottom})"
        )
    return lines
