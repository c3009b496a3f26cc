"""Batches of clips: plan, worker processes, a journal to resume from, a summary.

`run` is the entry point. `discover`, `manifest`, `names` and `plan` determine the work; `pool` (processes) or
`ray_backend` (Ray) process it clip by clip with `job`; `journal`, `lock` and `cleanup` maintain the folder; `display`,
`summary` and `gallery` present it.
"""
