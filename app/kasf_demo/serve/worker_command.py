"""The command that starts a worker of the server."""

import sys

SERVE_WORKER = (sys.executable, "-P", "-m", "kasf_demo.serve.worker")
