"""What differs between operating systems: processes, signals, locks, the machine's limits, names of files.

Each function has a branch for Windows, and one for Linux and macOS. Other packages import none of fcntl, msvcrt,
resource, pwd, grp and signal, and use none of the functions of `os` that Windows lacks
(tests/kasf_demo/system/test_run.py). KASF_TEST_SYSTEM=windows takes the Windows branches on another system: for tests.
"""

from __future__ import annotations

import os
import sys

WINDOWS: bool = sys.platform == "win32" or os.environ.get("KASF_TEST_SYSTEM") == "windows"
