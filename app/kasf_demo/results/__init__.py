"""What a run leaves behind: which files, the JSON report, and reading them back."""
