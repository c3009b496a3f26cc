"""Results of a run: output files, the JSON report, and reading them back."""
