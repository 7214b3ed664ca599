"""A varved of its own for a test: a new directory, a new port, ended when the test ends."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

USER = "varve"
DATABASE = "varve"
READY = "ready to accept connections"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, varved, *arguments, users=()):
        self.varved = varved
        self.folder = tempfile.mkdtemp(prefix="varved.")
        self.data = os.path.join(self.folder, "data")
        self.port = free_port()
        self.arguments = arguments
        subprocess.run([varved, "--data", self.data, "--init"], check=True, capture_output=True)
        for name, password in users:
            subprocess.run([varved, "--data", self.data, "--add-user", name], check=True,
                           env={**os.environ, "VARVED_PASSWORD": password})
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.start()

    def spawn(self):
        return subprocess.Popen([self.varved, "--data", self.data, "--socket-dir", self.folder,
                                 "--port", str(self.port), *self.arguments], stderr=self.log)

    def start(self):
        told = self.log_text().count(READY)
        self.process = self.spawn()
        deadline = time.time() + 30
        while time.time() < deadline:
            try:
                self.connect().close()
                if self.log_text().count(READY) > told:  # HTTP is open too
                    return
            except OSError:
                if self.process.poll() is not None:
                    break
            time.sleep(0.02)
        raise RuntimeError("varved did not start:\n" + self.log_text())

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(30)
        deadline = time.time() + 30
        while True:
            try:
                s.connect(f"{self.folder}/.s.PGSQL.{self.port}")
                return s
            except BlockingIOError:  # the queue is full; a socket with a time limit does not wait for that
                if time.time() > deadline:
                    raise
                time.sleep(0.001)

    def log_text(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def stop(self, how=signal.SIGTERM, timeout=30):
        """The exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop(signal.SIGKILL)
        finally:
            self.log.close()
            shutil.rmtree(self.folder)
