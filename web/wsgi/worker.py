# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT
"""The worker of package wsgi: serves a WSGI application (PEP 3333) to FastCGI requests, one for each connection.

Descriptors: 3 is the listening socket; 4 brings settings and this text, and ends when the server has gone; 5 takes one byte for
each event: R when the application is loaded, "." when a request is over and its thread is free, S when no more should come.
Standard library only, Python 3.8 and later.
"""
import faulthandler
import importlib
import io
import os
import queue
import re
import select
import signal
import socket
import struct
import sys
import threading
import traceback

LISTEN, CONTROL, STATUS = 3, 4, 5
BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
HEADER = struct.Struct("!BBHHBx")
MAX = 65528  # bytes of content in one record
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
HOP_BY_HOP = frozenset(("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "trailers",
                        "transfer-encoding", "upgrade"))


class Disconnected(ConnectionError):
    """The client has left: nobody waits for the answer."""


class Stream:
    """The records of one connection."""

    def __init__(self, conn):
        self.conn = conn
        self.file = conn.makefile("rb", 65536)
        self.lock = threading.Lock()

    def exactly(self, n):
        data = self.file.read(n)
        if len(data) < n:
            raise Disconnected("the server has closed the connection")
        return data

    def record(self):
        _, kind, _, length, padding = HEADER.unpack(self.exactly(8))
        data = self.exactly(length + padding)[:length]
        if kind == ABORT:
            raise Disconnected("the client has left")
        return kind, data

    def send(self, *parts):
        try:
            with self.lock:
                self.conn.sendall(b"".join(parts))
        except OSError as e:
            raise Disconnected("the client has left") from e

    def write(self, kind, data, *after):
        """Sends data as records of a stream, and what comes after them."""
        if len(data) <= MAX:
            self.send(HEADER.pack(1, kind, 1, len(data), 0), data, *after)
            return
        view = memoryview(data)
        for i in range(0, len(view), MAX):
            piece = view[i:i + MAX]
            self.send(HEADER.pack(1, kind, 1, len(piece), 0), piece)
        if after:
            self.send(*after)

    def end(self):
        self.send(HEADER.pack(1, END, 1, 8, 0), bytes(8))

    def check(self):
        """Raises Disconnected if the client is known to have left."""
        try:
            if self.conn.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                raise Disconnected("the client has left")
        except BlockingIOError:
            pass
        except OSError as e:
            raise Disconnected("the client has left") from e

    def close(self):
        self.file.close()
        self.conn.close()


class Input(io.RawIOBase):
    """wsgi.input, under a BufferedReader, which has read, readline, readlines and iteration."""

    def __init__(self, stream):
        self.stream, self.rest, self.over = stream, memoryview(b""), False

    def readable(self):
        return True

    def readinto(self, into):
        while not self.rest and not self.over:
            kind, data = self.stream.record()
            if kind == STDIN:
                self.rest, self.over = memoryview(data), not data
        n = min(len(into), len(self.rest))
        into[:n] = self.rest[:n]
        self.rest = self.rest[n:]
        return n


class Errors(io.TextIOBase):
    """wsgi.errors: lines for the server's log, under this request."""

    def __init__(self, stream):
        self.stream = stream

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("wsgi.errors.write: the argument is %s, not str" % type(text).__name__)
        if text:
            try:
                self.stream.write(STDERR, text.encode("utf-8", "backslashreplace"))
            except Disconnected:
                sys.stderr.write(text)
        return len(text)


class FileWrapper:
    """wsgi.file_wrapper."""

    def __init__(self, filelike, block_size=65536):
        self.filelike, self.block_size = filelike, block_size
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.block_size)
        if not data:
            raise StopIteration
        return data


class Response:
    """What an application says by start_response, write and the iterable."""

    def __init__(self, stream):
        self.stream, self.head, self.sent, self.has_length = stream, None, False, False

    def start_response(self, status, headers, exc_info=None):
        if exc_info is not None:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise RuntimeError("start_response: it was called before; a second call has to have exc_info")
        if not isinstance(status, str):
            raise TypeError("start_response: the status is %s, not str" % type(status).__name__)
        if not re.match(r"[2-5][0-9]{2} ", status) or CONTROLS.search(status):
            raise ValueError("start_response: the status %r is not three digits from 200 to 599, a space and a reason" % status)
        if not isinstance(headers, list):
            raise TypeError("start_response: the headers are %s, not a list" % type(headers).__name__)
        head, has_length = ["Status: " + status], False
        for field in headers:
            if not isinstance(field, tuple) or len(field) != 2:
                raise TypeError("start_response: the header %r is not a tuple of name and value" % (field,))
            name, value = field
            for what in (name, value):
                if not isinstance(what, str):
                    raise TypeError("start_response: in the header %r, %r is %s, not str" % (field, what, type(what).__name__))
            if not TOKEN.match(name):
                raise ValueError("start_response: the header name %r is not a token" % name)
            if CONTROLS.search(value):
                raise ValueError("start_response: the value of the header %s has a control character: %r" % (name, value))
            lower = name.lower()
            if lower in HOP_BY_HOP:
                raise ValueError("start_response: the header %s is the server's own" % name)
            if lower == "status":
                raise ValueError("start_response: there is a header Status, which CGI has and WSGI has not")
            has_length = has_length or lower == "content-length"
            head.append(name + ": " + value)
        try:
            self.head = "\r\n".join(head + ["", ""]).encode("latin-1")
        except UnicodeEncodeError as e:
            raise ValueError("start_response: status and headers have to be Latin-1: %s" % e) from None
        self.has_length = has_length
        return self.write

    def write(self, data, *after):
        if not isinstance(data, bytes):
            raise TypeError("the application wrote %s, not bytes" % type(data).__name__)
        if self.sent:
            if data or after:
                self.stream.write(STDOUT, data, *after)
            return
        if self.head is None:
            raise RuntimeError("the application wrote a body before it called start_response")
        self.sent = True
        self.stream.write(STDOUT, self.head + data, *after)

    def run(self, app, environ):
        result = app(environ, self.start_response)
        try:
            try:
                one = len(result) == 1
            except TypeError:
                one = False
            for data in result:
                if not data:
                    if not isinstance(data, bytes):
                        raise TypeError("the application yielded %s, not bytes" % type(data).__name__)
                    self.stream.check()
                    continue
                if one and not self.sent and self.head is not None and not self.has_length and isinstance(data, bytes):
                    self.head = self.head[:-2] + b"Content-Length: %d\r\n\r\n" % len(data)
                self.write(data)
            if self.head is None:
                raise RuntimeError("the application returned without calling start_response")
            if not self.sent:
                self.write(b"")
        finally:
            if hasattr(result, "close"):
                result.close()


def pairs(data):
    """The names and values of a Params stream, as str of Latin-1, as PEP 3333 has them."""
    out, i = {}, 0
    while i < len(data):
        lengths = []
        for _ in range(2):
            n = data[i]
            if n < 128:
                i += 1
            else:
                n, i = struct.unpack_from("!L", data, i)[0] & 0x7FFFFFFF, i + 4
            lengths.append(n)
        name, i = data[i:i + lengths[0]], i + lengths[0]
        out[name.decode("latin-1")], i = data[i:i + lengths[1]].decode("latin-1"), i + lengths[1]
    return out


class Worker:
    def __init__(self, settings):
        self.settings = settings
        self.app = None
        self.jobs = queue.SimpleQueue()
        self.busy = 0
        self.lock = threading.Lock()
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_write, False)
        os.set_blocking(self.wake_read, False)
        self.stopping = False

    def tell(self, event):
        try:
            os.write(STATUS, event)
        except OSError:  # the server has gone, which the main thread notices
            pass

    def wake(self, *_):
        try:
            os.write(self.wake_write, b"x")
        except OSError:
            pass

    def stop(self, *_):
        self.stopping = True
        self.wake()

    def load(self):
        module, _, name = self.settings["application"].partition(":")
        loaded = importlib.import_module(module)
        names = [name] if name else ["application", "app"]
        for name in names:
            call = name.endswith("()")
            found = loaded
            try:
                for part in (name[:-2] if call else name).split("."):
                    found = getattr(found, part)
            except AttributeError:
                continue
            if call:
                found = found()
            if not callable(found):
                raise TypeError("%s in %s is %s, not a WSGI application: it cannot be called" % (name, module, type(found).__name__))
            return found
        raise AttributeError("module %s has no %s" % (module, " or ".join(names)))

    def handle(self, conn):
        stream = Stream(conn)
        try:
            self.exchange(stream)
        except Disconnected:
            pass
        finally:
            stream.close()

    def exchange(self, stream):
        params = []
        while True:
            kind, data = stream.record()
            if kind == PARAMS:
                if not data:
                    break
                params.append(data)
        environ = pairs(b"".join(params))
        errors = Errors(stream)
        environ.update({
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": environ.get("REQUEST_SCHEME", "http"),
            "wsgi.input": io.BufferedReader(Input(stream), 65536),
            "wsgi.errors": errors,
            "wsgi.multithread": self.settings["threads"] > 1,
            "wsgi.multiprocess": self.settings["workers"] > 1,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": FileWrapper,
            "wsgi.input_terminated": True,
        })
        response = Response(stream)
        try:
            response.run(self.app, environ)
        except Disconnected:
            raise
        except BaseException:  # SystemExit, too, ends its request only
            errors.write(traceback.format_exc())
            if response.sent:
                return  # without an end, which cuts the answer off
            stream.write(STDOUT, b"Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\nInternal Server Error\n")
        stream.end()

    def work(self):
        while True:
            conn = self.jobs.get()
            try:
                self.handle(conn)
            except BaseException:
                traceback.print_exc()
            del conn
            with self.lock:
                self.busy -= 1
            self.tell(b".")
            if self.stopping:
                self.wake()

    def main(self):
        faulthandler.enable()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's interrupt is the server's to handle
        sys.path[:0] = self.settings["path"]
        sys.argv = [self.settings["application"]]
        self.app = self.load()
        signal.signal(signal.SIGTERM, self.stop)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        listener = socket.socket(fileno=LISTEN)
        listener.setblocking(False)
        for _ in range(self.settings["threads"]):
            threading.Thread(target=self.work, daemon=True).start()
        poll = select.poll()
        for fd in (listener.fileno(), CONTROL, self.wake_read):
            poll.register(fd, select.POLLIN)
        self.tell(b"R")
        while not self.stopping:
            for fd, _ in poll.poll():
                if fd == CONTROL:  # closed: the server has gone
                    poll.unregister(CONTROL)
                    self.stopping = True
                elif fd == self.wake_read:
                    os.read(fd, 512)
                else:
                    try:
                        conn, _ = listener.accept()
                    except OSError:
                        continue
                    conn.setblocking(True)
                    with self.lock:
                        self.busy += 1
                    self.jobs.put(conn)
        self.tell(b"S")
        listener.close()
        poll = select.poll()
        poll.register(self.wake_read, select.POLLIN)
        while True:
            with self.lock:
                if self.busy == 0:
                    return
            poll.poll()
            os.read(self.wake_read, 512)


def run(settings):
    for fd in (LISTEN, CONTROL, STATUS):
        os.set_inheritable(fd, False)
    Worker(settings).main()


run(SETTINGS)  # noqa: F821: put here by the line that reads this text
