"""`kasf-demo serve`: the web app for this machine, or for the phones in its network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Literal

import typer

from kasf_demo.cli.clip_options import Debug
from kasf_demo.cli.shared import EPILOG, new_app
from kasf_demo.errors import UsageError

app = new_app()
PACKAGES = ("fastapi", "uvicorn", "segno")


@app.command("serve", epilog=EPILOG)
def serve_command(
    host: Annotated[
        str,
        typer.Option(
            "--host", help="Address to listen on; 0.0.0.0 lets phones in the network in, with an access token."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    folder: Annotated[Path, typer.Option("--dir", help="Folder of the results, as --out of a batch.")] = Path(
        "results"
    ),
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, max=256, help="Clips that are analysed at once.  [default: by cores and memory]"
        ),
    ] = None,
    detector: Annotated[
        Literal["auto", "yolo", "mediapipe"] | None,
        typer.Option("--detector", help="Default of the pages.  [default: mediapipe if it is installed]"),
    ] = None,
    detector_weights: Annotated[
        Path | None, typer.Option("--detector-weights", help="A YOLO-pose network for clips analysed with yolo.")
    ] = None,
    max_size_mb: Annotated[float, typer.Option("--max-size", min=0.001, help="Largest upload, MB.")] = 2000.0,
    max_duration_s: Annotated[float, typer.Option("--max-duration", min=0.1, help="Longest clip, seconds.")] = 600.0,
    token: Annotated[bool, typer.Option("--token", help="Ask for the access token on this machine too.")] = False,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a new access token; old links and cookies end.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Another name of this machine, as behind a proxy; asks for the token."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Serve a web app: upload clips, choose the athlete, analyse, look at results, compare, download."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"serve needs {', '.join(missing)}", 'pip install "kasf-demo[app]"')
    from kasf_demo.serve.config import Limits, ServeOptions
    from kasf_demo.serve.server import serve

    limits = Limits(bytes=round(max_size_mb * 1e6), seconds=max_duration_s)
    serve(
        ServeOptions(
            folder, host, port, workers, detector, None if detector_weights is None else str(detector_weights),
            require_token=token, new_token=new_token, allowed_hosts=tuple(allow_host or ()), limits=limits,
        )
    )  # fmt: skip
