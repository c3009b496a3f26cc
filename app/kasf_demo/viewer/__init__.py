"""The page (`--html`): one offline file that shows a clip and its 3D skeletons in sync. FORMAT.md describes its
content.

    from kasf_demo.viewer import Page, Take, write_page

    result = analyse("clip.mp4")
    takes = [Take.of(person, motion) for person, motion in zip(result.people, result.motion)]
    write_page(Path("pose.html"), Page("clip.mp4", takes))

A comparison is a page of two takes on one time line: beside the estimate
`Take.of(reference, motion_b, name="reference", colour=GREY, times_s=aligned_s)`, with `error_m` on the take whose
joints are to be marked. Poses are in world axes (z up).
"""

from kasf_demo.viewer.html import page_html, write_page
from kasf_demo.viewer.scene import GREY, Lens, Page, ProxyVideo, ShownCard, Take

__all__ = ["GREY", "Lens", "Page", "Picture", "ProxyVideo", "ShownCard", "Take", "page_html", "write_page"]

Picture = ProxyVideo  # the name before version 0.2, deprecated
