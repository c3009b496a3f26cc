"""The page's file: the template with title, style, program, data and video in it, and a policy that lets it load
nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kasf_demo.errors import printable
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.render.style import CENTRE, HEAD_RADIUS_M, JOINT_RADIUS_M, LEFT, RIGHT, Rgb
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES, POINTS, Angles, FootAngles
from kasf_demo.viewer.scene import FilmedView, Page, ShownCard, Take
from kasportsformer.skeleton import BONES, H36M_NAMES

VERSION = 1


def packed(page: Page) -> dict[str, Any]:
    """`page` without the video's bytes, in JSON types."""
    picture, lens = page.picture, page.lens
    return {
        "format": "kasf-page",
        "version": VERSION,
        "title": printable(page.title),
        "notes": [printable(note) for note in page.notes],
        "skeleton": {
            "joints": list(H36M_NAMES),
            "bones": [list(bone) for bone in BONES],
            "radius_m": [float(r) for r in JOINT_RADIUS_M],
            "head_radius_m": HEAD_RADIUS_M,
            "colours": {"left": _hex(LEFT), "right": _hex(RIGHT), "centre": _hex(CENTRE)},
        },
        "angles": list(ANGLES),
        "points": list(POINTS),
        **({"foot_angles": list(FOOT_ANGLES)} if any(take.foot_angles is not None for take in page.takes) else {}),
        "times_s": _f64(page.frames_s),
        "picture": picture
        and {"width_px": picture.width_px, "height_px": picture.height_px, "media_s": _f64(picture.media_s)},
        "lens": lens and {"focal_px": lens.focal_px, "tilt_deg": lens.tilt_deg},
        "cuts_s": [float(time_s) for time_s in page.cuts_s],
        "takes": [_take(take) for take in page.takes],
        **({"views": [_view(view) for view in page.views]} if page.views else {}),
    }


def _view(view: FilmedView) -> dict[str, Any]:
    return {
        "name": printable(view.name),
        "tile_px": [int(v) for v in view.tile_px],
        "width_px": int(view.width_px),
        "height_px": int(view.height_px),
        "position_m": [round(float(v), 4) for v in view.position_m],
        "rotation": [[round(float(v), 6) for v in row] for row in view.rotation],
        "focal_px": round(float(view.focal_px), 2),
    }


def _take(take: Take) -> dict[str, Any]:
    return {
        "name": printable(take.name),
        "colour": take.colour,
        "camera_height_m": take.camera_height_m,
        "frames": len(take.xyz),
        "times_s": _f64(take.times_s),
        "xyz_m": _f32(np.where(take.valid[:, None, None], take.xyz, np.nan)),
        "score": _share(take.score),
        "valid": _u8(take.valid),
        "interpolated": _u8(take.interpolated),
        "doubtful": None if take.doubtful is None else _u8(take.doubtful),
        "path_reliable": None if take.path_reliable is None else _u8(take.path_reliable),
        "uv_px": None if take.uv_px is None else _f32(take.uv_px),
        "feet_m": None if take.feet is None else _f32(take.feet),
        "feet_px": None if take.feet_px is None else _f32(take.feet_px),
        "error_m": None if take.error_m is None else _f32(take.error_m),
        **({} if take.spread_m is None else {"spread_m": _f32(take.spread_m)}),
        **({} if take.views_px is None else {"views_px": [_f32(points) for points in take.views_px]}),
        **({} if take.views_feet_px is None else {"views_feet_px": [_f32(points) for points in take.views_feet_px]}),
        "curves": take.angles and _curves(take.angles, take.foot_angles),
        **({"cards": [_card(shown) for shown in take.cards]} if take.cards else {}),
        "marks": [{"time_s": float(at_s), "side": side, "name": printable(name)} for at_s, side, name in take.marks],
    }


def _card(shown: ShownCard) -> dict[str, Any]:
    card = shown.card
    curve = card.curve
    return {
        "title": printable(card.title),
        "span_s": [float(s) for s in card.span_s],
        "numbers": [[printable(n.label), printable(n.text), n.sure, printable(n.why)] for n in card.numbers],
        "moments": [
            {"time_s": float(time_s), "name": printable(name), "jpeg": jpeg and base64.b64encode(jpeg).decode()}
            for (time_s, name), jpeg in zip(card.moments, shown.images, strict=True)
        ],
        "curve": curve and {
            "label": curve.label, "unit": curve.unit, "times_s": _f64(curve.times_s), "values": _f32(curve.values),
            "sure": curve.sure,
        },
        "why_no_curve": printable(card.why_no_curve),
    }  # fmt: skip


def _curves(angles: Angles, feet: FootAngles | None) -> dict[str, str | None]:
    sigma = {"sigma_deg": angles.sigma_deg, "sigma_m_per_s": angles.sigma_m_per_s}
    return {
        "deg": _f32(angles.deg), "deg_per_s": _f32(angles.deg_per_s), "doubtful": _u8(angles.doubtful),
        "m_per_s": _f32(angles.m_per_s), "doubtful_points": _u8(angles.doubtful_points),
        **{name: None if values is None else _hundredths(values) for name, values in sigma.items()},
        **({} if feet is None else {"feet_deg": _f32(feet.deg)}),
        **({} if feet is None or feet.sigma_deg is None else {"feet_sigma_deg": _hundredths(feet.sigma_deg)}),
    }  # fmt: skip


def _hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _b64(array: ArrayLike, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def _f64(array: ArrayLike) -> str:
    return _b64(array, "<f8")


def _f32(array: ArrayLike) -> str:
    return _b64(array, "<f4")


def _u8(array: ArrayLike) -> str:
    return _b64(array, "u1")


def _hundredths(array: ArrayLike) -> str:
    """0..655.34 in steps of 0.01 as u16; 65535 where unknown. Half the bytes of f32: the step is finer than the
    page shows."""
    values = np.asarray(array, np.float64)
    return _b64(np.where(np.isfinite(values), np.round(np.clip(values, 0, 655.34) * 100), 65535), "<u2")


def _share(array: ArrayLike) -> str:
    """0..1 as 0..255; NaN becomes 0."""
    return _u8(np.round(np.clip(np.nan_to_num(np.asarray(array, np.float64)), 0, 1) * 255))


_SLOT = re.compile(r"\{\{([a-z]+)\}\}")


def page_html(page: Page) -> str:
    """The whole file as text. Titles, names and notes are escaped, never executed."""
    program, style = _bundled("page.js"), _bundled("page.css")
    slots = {
        "title": html.escape(printable(page.title)),
        "policy": html.escape(policy(program, style)),
        "style": style,
        "program": program,
        "data": _inert(json.dumps(packed(page), ensure_ascii=True, separators=(",", ":"))),
        "video": base64.b64encode(page.picture.mp4).decode() if page.picture else "",
    }
    # single pass: inserted text is not searched again
    return _SLOT.sub(lambda slot: slots[slot[1]], _bundled("page.html"))


def write_page(path: Path, page: Page, *, overwrite: bool = False) -> None:
    """Writes the page whole or not at all. Raises OutputError."""
    text = page_html(page)
    with atomic_write_path(path, overwrite=overwrite) as part:
        part.write_bytes(text.encode())


def policy(program: str, style: str) -> str:
    """The Content-Security-Policy: this program, this style, a video made of the page's own bytes; nothing else is run,
    loaded or sent."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(program)}'",
            f"style-src '{_hash(style)}'",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(text: str) -> str:
    """JSON without character sequences that an HTML parser could read as a tag or comment."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _bundled(name: str) -> str:
    """A file that .ci/bundle.sh built from web/."""
    return (files("kasf_demo.viewer") / "bundle" / name).read_text("utf-8")
