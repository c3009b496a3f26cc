"""Many clips: a plan, workers that may die, a journal to resume from, a summary.

`run` is the story. `discover`, `manifest`, `names` and `plan` say what is to be done; `pool` (processes) or `cluster` (Ray) do it clip by
clip with `job`; `journal`, `lock` and `leftovers` keep the folder in order; `display`, `summary` and `gallery` show it.
"""
