"""Locks on open files that end with the process that holds them."""

from __future__ import annotations

import errno

NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)  # of file systems without locks


def try_lock(descriptor: int) -> bool:
    """Locks an open, writable file for this process; False if another holds it. The lock ends when the file is closed,
    also by the process' end. Raises OSError, with a number of NO_LOCKS where the file system has none.

    On Linux and macOS a process that inherits the descriptor holds the lock too. On Windows others cannot read byte 0
    of the file.
    """
    import filelock

    return bool(filelock.lock_descriptor(descriptor, blocking=False))
