"""An open page: input and inspection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

Open = Callable[..., "Tab"]
# the number in the image that the page shows, and the frame that the 3D view drew last
READ = """
  const picture = document.querySelector("#overlay"), view = document.querySelector("#space canvas");
  const probe = document.createElement("canvas"); [probe.width, probe.height] = [320, 180];
  const pen = probe.getContext("2d", { willReadFrequently: true });
  const read = () => {
    const { width, height } = picture, scale = Math.min(width / 320, height / 180);
    const left = (width - 320 * scale) / 2, top = (height - 180 * scale) / 2;
    pen.drawImage(picture, left, top, 320 * scale, 180 * scale, 0, 0, 320, 180);
    const row = pen.getImageData(0, 172, 320, 1).data;  // below the athlete's feet
    let shown = 0;
    for (let bit = 0; bit < 8; bit++) if (row[4 * (40 * bit + 20)] > 128) shown += 1 << bit;
    return [shown, Number(view.dataset.frame)];
  };
"""
WATCH = f"ms => new Promise(done => {{ {READ} const out = [], start = performance.now(); const look = () => {{ out.push(read()); if (performance.now() - start < ms) requestAnimationFrame(look); else done(out); }}; requestAnimationFrame(look); }})"  # noqa: E501
NOW = f"() => {{ {READ} return read(); }}"


def frame_of(tab: Tab) -> int:
    return int(tab.evaluate("document.querySelector('#space canvas').dataset.frame"))


def go(tab: Tab, frame: int) -> None:
    tab.evaluate(
        "f => { const s = document.getElementById('scrub'); s.value = f; s.dispatchEvent(new Event('input')); }", frame
    )


def settled(tab: Tab, frame: int) -> list[int]:
    """What the page shows, once that is `frame` in video and 3D view, or after 2 s."""
    for _ in range(40):
        tab.wait_for_timeout(50)
        if (seen := tab.evaluate(NOW)) == [frame, frame]:
            break
    return [int(n) for n in seen]


def stopped(tab: Tab) -> None:
    """Waits for the end of the clip."""
    for _ in range(150):
        tab.wait_for_timeout(100)
        if not tab.evaluate("document.body.classList.contains('playing')"):
            break
    tab.wait_for_timeout(400)


def shot(tab: Tab, selector: str = "#space > canvas") -> NDArray[np.int16]:
    """(H, W, 3) BGR as seen, once two screenshots agree: the view has come to rest."""
    last = np.zeros(0)
    for _ in range(20):
        tab.wait_for_timeout(120)
        png = tab.locator(selector).screenshot()
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        if image.shape == last.shape and np.array_equal(image, last):
            break
        last = image
    return np.asarray(last, np.int16)


def orange(image: NDArray[np.int16]) -> NDArray[np.bool_]:
    return (image[..., 2] > 150) & (image[..., 0] < 100) & (image[..., 2] - image[..., 0] > 90)


def blue(image: NDArray[np.int16]) -> NDArray[np.bool_]:
    return (image[..., 0] > 150) & (image[..., 2] < 110)


def tallness(image: NDArray[np.int16]) -> int:
    return int(np.ptp(np.nonzero(orange(image) | blue(image))[0]))


def changed(a: NDArray[np.int16], b: NDArray[np.int16]) -> float:
    return float((np.abs(a - b).max(-1) > 40).mean())
