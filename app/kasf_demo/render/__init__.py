"""Drawing: the 2D skeleton over the picture, and the moving 3D skeleton beside it."""

from kasf_demo.render.compose import Composer, RenderOptions

__all__ = ["Composer", "RenderOptions"]
