"""A worker process of the server: `python -m kasf_demo.serve.worker --events FD ...`, as a worker of a batch."""

from __future__ import annotations

from kasf_demo.batch.worker import Work, main
from kasf_demo.progress import Progress


def work(progress: Progress) -> Work:
    """Loads what the tasks need."""
    from kasf_demo.serve.tasks import ServeWork

    return ServeWork(progress)


if __name__ == "__main__":
    main(work)
