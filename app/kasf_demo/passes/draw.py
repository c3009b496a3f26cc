"""The pass that draws: the result's video, and the small one that a page embeds."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from kasf_demo import concurrency
from kasf_demo.files.output_set import OutputSet
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import DECODED_AHEAD
from kasf_demo.progress import DRAWING, Notes
from kasf_demo.reconstruct.clip import ClipBodies
from kasf_demo.render.panel_view import panel_view
from kasf_demo.video.reader import VideoReader
from kasf_demo.viewer.scene import ProxyVideo


def draw_video(
    path: Path,
    bodies: ClipBodies,
    reader: VideoReader,
    caption: str,
    options: Options,
    files: OutputSet,
    notes: Notes,
    *,
    for_page: bool,
) -> ProxyVideo | None:
    """Draws the clip with the skeletons into `files` as `path`. The small video of the clip itself is returned if it is
    wanted `for_page`. Raises OutputError."""
    from kasf_demo.render.compose import Composer, RenderOptions
    from kasf_demo.video.writer import VideoWriter
    from kasf_demo.viewer.proxy_video import ProxyVideoWriter

    result = bodies.result
    view = panel_view(options.view, bodies.shots, result.times_s)
    look = RenderOptions(layout=options.layout, view=view, orbit_deg_per_s=options.orbit_deg_per_s)
    spans = [s.frames for s in result.shots]
    composer = Composer(bodies.standing, result.video, result.played_s, look, caption=caption, shots=spans)
    width, height = composer.size
    with (
        VideoWriter(
            path,
            width=width,
            height=height,
            times_s=result.played_s,
            fps=result.video.fps,
            time_base=result.video.time_base,
            audio_from=reader.path if result.video.has_audio else None,
            audio_start_s=float(result.played_s[0]),
            overwrite=options.overwrite,
            publish=files.add,
        ) as writer,
        ProxyVideoWriter(result.video, result.played_s) if for_page else contextlib.nullcontext() as small,
        concurrency.prefetch(reader, room=DECODED_AHEAD, name="decode") as frames,
    ):
        for frame in notes.track(frames, DRAWING, len(result.times_s)):
            writer.write(composer.draw(replace(frame, time_s=float(result.times_s[frame.index]))))
            if small is not None:
                small.write(frame.image)
    notes.warn(*writer.warnings)
    return small.video if small is not None else None
