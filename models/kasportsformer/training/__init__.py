"""Training on motion capture: readers, virtual cameras, detector-like noise, the loop. `python -m
kasportsformer.training`.

Needs torch, numpy, scipy and safetensors; matplotlib only to draw curves and pairs.
"""
