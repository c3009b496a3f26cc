"""What `kasf_demo.pipeline` does with a clip's frames: passes over them, and the files of the result.

One file each; the pipeline composes them.
"""
