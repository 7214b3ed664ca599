"""A varved of its own for a test: a new directory, a new port, ended when the test ends.

Tests wait for what must come, never for time. PATIENCE bounds each wait: on a slow and busy machine only what hangs
reaches it. What the environment says to libpq and varved is not meant for the tests.
"""
import contextlib
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

USER = "varve"
DATABASE = "varve"
READY = "ready to accept connections"
PATIENCE = 240  # seconds

for variable in list(os.environ):
    if variable.startswith(("PG", "VARVED_")) or variable == "LANGUAGE":
        del os.environ[variable]
os.environ.update({"LC_ALL": "C.UTF-8", "TZ": "UTC"})


def free_port():
    """Below the ports that the system gives to clients. Another may still take it before the server does."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def until(condition, seconds=PATIENCE):
    """Whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def patiently(attempt, seconds):
    """attempt(seconds), with longer and longer times, until it is true: for what a stalled machine can do to a time limit.
    What does not work at all does not work within minutes either."""
    while not attempt(seconds):
        if seconds > PATIENCE / 8:
            return False
        seconds *= 4
    return True


class Server:
    def __init__(self, varved, *arguments, users=(), http=False):
        self.varved = varved
        self.folder = tempfile.mkdtemp(prefix="varved.")
        self.data = os.path.join(self.folder, "data")
        self.http = http
        self.arguments = arguments
        self.process = None
        self.log = open(os.path.join(self.folder, "log"), "w+")
        try:
            self.choose_ports()
            subprocess.run([varved, "--data", self.data, "--init"], check=True, capture_output=True)
            for name, password in users:
                subprocess.run([varved, "--data", self.data, "--add-user", name], check=True,
                               env={**os.environ, "VARVED_PASSWORD": password})
            self.start()
        except BaseException:
            self.__exit__()
            raise

    def choose_ports(self):
        self.port = free_port()
        self.http_port = free_port() if self.http else 0

    def spawn(self):
        http = ("--http-port", str(self.http_port)) if self.http else ()
        return subprocess.Popen([self.varved, "--data", self.data, "--socket-dir", self.folder,
                                 "--port", str(self.port), *http, *self.arguments], stderr=self.log)

    def start(self):
        for _ in range(20):
            before = self.log_text()
            self.process = self.spawn()
            if until(lambda: self.process.poll() is not None or self.is_ready(before)) and self.process.poll() is None:
                return
            if "cannot listen" not in self.log_text()[len(before):]:
                break
            self.choose_ports()  # somebody else has taken one
        raise RuntimeError("varved did not start:\n" + self.log_text())

    def is_ready(self, before):
        """HTTP is open too when the log says so."""
        with contextlib.suppress(OSError):
            self.connect().close()
            return self.log_text().count(READY) > before.count(READY)
        return False

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                s.connect(f"{self.folder}/.s.PGSQL.{self.port}")
                return s
            except BlockingIOError:  # the queue is full; a socket with a time limit does not wait for that
                if time.monotonic() > deadline:
                    s.close()
                    raise
                time.sleep(0.001)
            except OSError:
                s.close()
                raise

    def cancel(self, key):
        """A cancel request; the server has heard it when this returns."""
        with contextlib.closing(self.connect()) as s, contextlib.suppress(ConnectionError):
            s.sendall(struct.pack(">II", 16, 80877102) + key)
            s.recv(1)

    @contextlib.contextmanager
    def cancelling(self, key):
        """Asks until the body has its answer: a request may come before its statement."""
        over = threading.Event()

        def ask():
            while not over.wait(0.05):
                self.cancel(key)

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def reload(self):
        """SIGHUP; what the log says of it, up to its end."""
        before = self.log_text()
        self.process.send_signal(signal.SIGHUP)
        until(lambda: "  reloaded\n" in self.log_text()[len(before):])
        return self.log_text()[len(before):]

    def log_text(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def stop(self, how=signal.SIGTERM, timeout=PATIENCE):
        """The exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.process is not None:
                self.stop(signal.SIGKILL)
        finally:
            self.log.close()
            shutil.rmtree(self.folder)
