"""Drawing: the 2D skeleton over the frame, and the moving 3D skeleton beside it (`compose`).

Nothing is imported here, so that importing `style` does not load matplotlib.
"""
