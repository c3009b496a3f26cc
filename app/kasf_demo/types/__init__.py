"""The values that travel between the stages, checked where they are made; numpy only, imports nothing of ours."""
