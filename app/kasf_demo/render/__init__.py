"""Drawing: the 2D skeleton over the picture, and the moving 3D skeleton beside it (`compose`).

Nothing is imported here: `style` is wanted by those who never load matplotlib.
"""
