"""Runs a daemon on a terminal of its own: waits until it listens, asks it to reload, closes the terminal, tells its end."""

import os
import pty
import signal
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])


def read_until(word):
    text = ""
    while word not in text:
        text += os.read(terminal, 65536).decode(errors="replace")
    print(text)


signal.alarm(30)
read_until("listening on")
os.kill(pid, signal.SIGHUP)
read_until("reloaded")
os.close(terminal)
for _ in range(150):
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        print(f"ended with code {os.waitstatus_to_exitcode(status)}")
        sys.exit(0)
    time.sleep(0.1)
os.kill(pid, signal.SIGKILL)
print("still running 15 s after its terminal was closed")
