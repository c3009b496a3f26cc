"""The old name of `kasf_demo.viewer`, kept for programs that import it."""

from kasf_demo.viewer import GREY, Lens, Page, Picture, ProxyVideo, Take, page_html, write_page

__all__ = ["GREY", "Lens", "Page", "Picture", "ProxyVideo", "Take", "page_html", "write_page"]
