"""Starts a browser host, says its process id, and waits in a journey until it is killed."""

import sys

from tests.engine_browser.browser_run import Run

run = Run(sys.argv[1]).start()
print(run.host.pid, flush=True)
run.go("wait")
