"""Opening what a live run needs, from options to a session."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from kasf_demo.engine import Engine
from kasf_demo.errors import UsageError
from kasf_demo.live.body import LiveBody
from kasf_demo.live.camera import CameraSource, FileSource, LiveSource
from kasf_demo.live.picture import LivePicture, LiveView
from kasf_demo.live.run import LiveSession
from kasf_demo.live.screen import FileScreen, NoScreen, Screen
from kasf_demo.options import Options
from kasf_demo.progress import Progress
from kasf_demo.reconstruct.person import height_of
from kasf_demo.render.layout import LayoutName
from kasf_demo.types.camera import Camera, Orientation
from kasf_demo.types.clip import ContentArea
from kasf_demo.video.ffmpeg import find_ffmpeg

if TYPE_CHECKING:
    from kasf_demo.live.page import PageScreen

MAX_HEIGHT_PX = 720  # of what is shown


@dataclass(frozen=True)
class LiveOptions:
    """options: of the analysis: detector, height, lens, tilt. file: played as a camera, in place of `camera`, again and
    again if `loop`. width,
    height, fps: asked of the camera. show: where images go; auto: a window, or the page without a display. out: what is
    shown, as a video, for `file`. folder: of recordings. record: from the start. seconds: end after so long."""

    options: Options
    camera: int = 0
    file: Path | None = None
    loop: bool = False
    width: int = 1280
    height: int = 720
    fps: float = 30.0
    layout: LayoutName = "side"
    view: LiveView = field(default_factory=LiveView)
    show: Literal["auto", "window", "page", "file", "none"] = "auto"
    out: Path | None = None
    folder: Path = Path()
    record: bool = False
    seconds: float | None = None
    host: str = "127.0.0.1"
    port: int = 8001


@contextmanager
def open_session(live: LiveOptions, progress: Progress) -> Iterator[LiveSession]:
    """A session that is ready to run. Raises KasfError: no camera, no display, no network, ..."""
    find_ffmpeg()  # recording must not fail when it is wanted
    kind = _kind(live)
    with ExitStack() as stack:
        source = _source(live)
        stack.callback(source.close)
        engine = stack.enter_context(Engine(live.options, progress))
        engine.find_weights()
        detector = engine.detector(None, live=True)
        o, height_m = live.options, height_of(live.options)
        body = LiveBody(
            engine.lifter, _camera(source, o), Orientation.of(o.tilt_deg or 0.0),
            height_m=height_m, limb_ratio=engine.lifter_weights.limb_ratio,
        )  # fmt: skip
        picture = LivePicture(
            source.width, source.height, layout=live.layout, view=live.view, height_m=height_m,
            max_height_px=MAX_HEIGHT_PX, note=_note(o),
        )  # fmt: skip
        session = LiveSession(
            source, detector, body, picture, NoScreen(), lambda: recording_path(live.folder), progress.say,
            live.seconds, live.record,
        )  # fmt: skip
        session.screen = _screen(kind, live, picture, session, progress.say)
        stack.callback(session.screen.close)
        progress.say(f"{source.name}: {source.width} x {source.height}, {source.fps:g} frames/s; r records, q ends")
        yield session


def recording_path(folder: Path) -> Path:
    """A new name by date and time."""
    stem = time.strftime("live-%Y%m%d-%H%M%S")
    names = (folder / f"{stem}{'' if k == 0 else f'-{k}'}.mp4" for k in range(1000))
    return next(path for path in names if not path.exists())


def _kind(live: LiveOptions) -> str:
    """What to show on. Raises UsageError for a window without a display."""
    if live.out is not None:
        return "file"
    if live.show == "page":
        return _with_page("")
    if live.show == "none":
        return "none"
    from kasf_demo.live.window import can_show

    if can_show():
        return "window"
    if live.show == "window":
        raise UsageError(
            "no window can be opened: there is no display, or OpenCV is the headless one", "use --show page"
        )
    return _with_page("there is no display, and ")


def _with_page(why: str) -> str:
    missing = [name for name in ("starlette", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"{why}the page needs {', '.join(missing)}", 'pip install "kasf-demo[app]"')
    return "page"


def _source(live: LiveOptions) -> LiveSource:
    if live.file is not None:
        return FileSource(live.file, loop=live.loop)
    return CameraSource(live.camera, width=live.width, height=live.height, fps=live.fps)


def _camera(source: LiveSource, options: Options) -> Camera:
    area = ContentArea(0, 0, source.width, source.height)
    return Camera.of_area(area, fov_deg=options.fov_deg, focal_px=options.focal_px)


def _note(options: Options) -> str:
    height = f"Height {height_of(options):.2f} m" + ("" if options.height_m else ", assumed")
    tilt = "camera level, assumed" if options.tilt_deg is None else f"camera {options.tilt_deg:g}° below level"
    return f"{height}; {tilt}"


def _screen(
    kind: str, live: LiveOptions, picture: LivePicture, session: LiveSession, say: Callable[[str], None]
) -> Screen:
    if kind == "file":
        assert live.out is not None
        return FileScreen(live.out, picture.size, session.source.fps, overwrite=live.options.overwrite)
    if kind == "window":
        from kasf_demo.live.window import Window

        return Window(picture.size)
    if kind == "page":
        return _page(live, session, say)
    return NoScreen()


def _page(live: LiveOptions, session: LiveSession, say: Callable[[str], None]) -> PageScreen:
    from kasf_demo.live.page import PageScreen
    from kasf_demo.serve.access import own_addresses
    from kasf_demo.serve.config import ServeOptions

    def state() -> dict[str, Any]:
        rate, latency_s = session.figures.now
        return {
            "frames_per_s": rate,
            "latency_ms": latency_s * 1e3,
            "dropped": session.dropped,
            "recording": session.recording,
            "recordings": [path.name for path in session.recordings],
        }

    options = ServeOptions(live.folder, live.host, live.port)
    screen = PageScreen(options, state)
    query = "" if screen.access.token is None else f"/enter?token={quote(screen.access.token)}"
    hosts = own_addresses() if live.host in ("0.0.0.0", "::") else [live.host]
    for host in hosts or ["127.0.0.1"]:
        say(f"open http://{f'[{host}]' if ':' in host else host}:{screen.port}{query}")
    return screen
