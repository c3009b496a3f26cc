"""Clips in and clips out: `reader.VideoReader` decodes with PyAV, `writer.VideoWriter` encodes with ffmpeg.

Nothing is imported here, so that `import kasf_demo.video` costs nothing; import the module you need.
"""
