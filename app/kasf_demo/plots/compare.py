"""Small texts beside points of a plot, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from kasf_demo.types.arrays import FloatArray

# where a text may stand: offset in points, and how it is aligned there
PLACES = (
    ((3, 3), "left", "bottom"), ((-3, 3), "right", "bottom"), ((3, -3), "left", "top"), ((-3, -3), "right", "top"),
    ((0, 5), "center", "bottom"), ((0, -5), "center", "top"), ((6, 0), "left", "center"), ((-6, 0), "right", "center"),
)  # fmt: skip
MARK_PT = 5.0
GAP_PT = 1.0  # between texts
STEPS = 8  # samples of a line between two of its points


class Apart(Artist):
    """Draws nothing. Just before the texts of its axes are drawn, when their sizes and places are known, it puts each
    at the first side of its point that is free of other texts and of `marks` (places in the axes' data), where the
    least of `line` ((N, 2), data; NaN where it is broken) lies under it; a text that finds none is left out."""

    def __init__(self, texts: Sequence[Annotation], marks: Sequence[FloatArray], line: FloatArray) -> None:
        super().__init__()
        self._texts, self._marks, self._line = texts, marks, line
        self.set_zorder(-10)  # before all others
        self.set_in_layout(False)

    def draw(self, renderer: RendererBase) -> None:
        """Places the texts."""
        assert self.axes is not None
        half = float(renderer.points_to_pixels(1.0)) * MARK_PT / 2  # type: ignore[arg-type]  # it takes and gives any array
        taken = []
        for mark in self._marks:
            x, y = self.axes.transData.transform(mark)
            taken.append(Bbox([[x - half, y - half], [x + half, y + half]]))
        at = np.arange(0, len(self._line) - 1 + 1e-9, 1 / STEPS)
        fine = np.stack([np.interp(at, np.arange(len(self._line)), column) for column in self._line.T], axis=-1)
        line = self.axes.transData.transform(fine[np.isfinite(fine).all(-1)])
        for text in self._texts:
            box = self._place(text, renderer, taken, line)
            if box is not None:
                taken.append(box.padded(half * 2 / MARK_PT * GAP_PT))

    def _place(self, text: Annotation, renderer: RendererBase, taken: Sequence[Bbox], line: FloatArray) -> Bbox | None:
        text.set_visible(True)  # what is not has no size
        best: tuple[int, int, Bbox] | None = None
        for n, place in enumerate(PLACES):
            box = self._at(text, place, renderer)
            if not any(box.overlaps(other) for other in taken):
                covered = int(((line > box.min) & (line < box.max)).all(-1).sum())
                if best is None or covered < best[0]:
                    best = covered, n, box
        if best is None:
            text.set_visible(False)
            return None
        self._at(text, PLACES[best[1]], renderer)
        return best[2]

    @staticmethod
    def _at(text: Annotation, place: tuple[tuple[float, float], str, str], renderer: RendererBase) -> Bbox:
        offset, across, along = place
        text.set(position=offset, horizontalalignment=across, verticalalignment=along)
        return text.get_window_extent(renderer)
