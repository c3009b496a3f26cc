"""Small texts beside points of a plot, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from kasf_demo.types.arrays import FloatArray

# where a text may stand: offset in points, and how it is aligned there
PLACES = (((3, 3), "left", "bottom"), ((-3, 3), "right", "bottom"), ((3, -3), "left", "top"), ((-3, -3), "right", "top"))
MARK_PT = 5.0


class Apart(Artist):
    """Draws nothing. Just before the texts of its axes are drawn, when their sizes and places are known, it puts each at the first side of
    its point that is free of other texts and of `marks` (places in the axes' data); a text that finds none is left out."""

    def __init__(self, texts: Sequence[Annotation], marks: Sequence[FloatArray]) -> None:
        super().__init__()
        self._texts, self._marks = texts, marks
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
        for text in self._texts:
            box = self._place(text, renderer, taken)
            if box is not None:
                taken.append(box)

    def _place(self, text: Annotation, renderer: RendererBase, taken: Sequence[Bbox]) -> Bbox | None:
        text.set_visible(True)  # what is not has no size
        for offset, across, along in PLACES:
            text.set(position=offset, horizontalalignment=across, verticalalignment=along)
            box = text.get_window_extent(renderer)
            if not any(box.overlaps(other) for other in taken):
                return box
        text.set_visible(False)
        return None
