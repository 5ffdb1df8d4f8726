"""Runs a server for as long as whoever wants it lives: `python guard.py COMMAND…`, which ends with its standard input.

A test run that is killed leaves no server behind.
"""

import contextlib
import os
import subprocess
import sys
import threading

import psutil

ENDS_WITHIN_S = 10


def main():
    server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    ending = threading.Event()

    def watch():
        code = server.wait()
        if not ending.is_set():
            os._exit(code)

    threading.Thread(target=watch, daemon=True).start()
    sys.stdin.buffer.read()
    ending.set()
    end(psutil.Process())


def end(top):
    """End all processes below this one."""
    every = top.children(recursive=True)
    for process in every:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(every, timeout=ENDS_WITHIN_S)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=ENDS_WITHIN_S)


if __name__ == "__main__":
    main()
