import os
import signal
import sys
import threading
import time


def app(environ, start_response):
    path = environ["PATH_INFO"]
    f = globals().get("do_" + path.strip("/").split("/")[0])
    if f is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"nothing here"]
    return f(environ, start_response)


def make():
    return app


number = 42


def ok(start_response, *more):
    return start_response("200 OK", [("Content-Type", "text/plain")] + list(more))


def do_environ(environ, start_response):
    ok(start_response)
    lines = []
    for k, v in sorted(environ.items()):
        lines.append("%s=%r\n" % (k, v if isinstance(v, (str, int, bool, tuple)) else type(v).__name__))
    return [line.encode() for line in lines]


def do_echo(environ, start_response):
    ok(start_response)
    return [environ["wsgi.input"].read()]


def do_lines(environ, start_response):
    f = environ["wsgi.input"]
    ok(start_response)
    out = [f.read(2), f.readline(), f.readline(3), f.readline()]
    out.append(repr(f.readlines(4)).encode())
    out.append(repr(list(f)).encode())
    out.append(repr(f.read()).encode())
    return [b"|".join(out)]


def do_write(environ, start_response):
    write = ok(start_response)
    write(b"written ")
    write(b"first ")
    return [b"then ", b"yielded"]


def do_pid(environ, start_response):
    ok(start_response)
    return [b"%d" % os.getpid()]


def do_file(environ, start_response):
    ok(start_response)
    return environ["wsgi.file_wrapper"](open(__file__, "rb"), 100)


def do_large(environ, start_response):
    ok(start_response)
    for i in range(1000):
        yield b"%04d" % i * 2500


def do_errors(environ, start_response):
    environ["wsgi.errors"].write("for the log\n")
    print("standard output")
    ok(start_response)
    return []


class Closing:
    def __init__(self, parts):
        self.parts = parts

    def __iter__(self):
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    def close(self):
        print("closed", len(self.parts), flush=True)


def do_close(environ, start_response):
    ok(start_response)
    return Closing([b"a", b"b"])


def do_late(environ, start_response):
    ok(start_response, ("Content-Length", "100"))
    return Closing([b"begun", ValueError("late error"), b""])


def do_early(environ, start_response):
    raise ValueError("early error")


def do_endless(environ, start_response):
    ok(start_response)
    return Closing(Endless())


class Endless:
    def __iter__(self):
        while True:
            yield b"x" * 10000

    def __len__(self):
        return 7


def do_die(environ, start_response):
    os.kill(os.getpid(), signal.SIGKILL)


def do_exit(environ, start_response):
    sys.exit(3)


def do_hang(environ, start_response):
    this_is_where_it_hangs()


def this_is_where_it_hangs():
    time.sleep(1000)


def do_wait(environ, start_response):
    """Waits for a file, so that a test says when."""
    open(environ["QUERY_STRING"] + ".begun", "w").close()
    while not os.path.exists(environ["QUERY_STRING"]):
        time.sleep(0.01)
    ok(start_response)
    return [b"waited %d" % os.getpid()]


def do_threads(environ, start_response):
    meeting.wait()  # two at a time, or never
    ok(start_response)
    return [b"met"]


meeting = threading.Barrier(2)


def do_excinfo(environ, start_response):
    ok(start_response)
    try:
        raise ValueError("x")
    except ValueError:
        start_response("503 Later", [("X-Replaced", "yes")], sys.exc_info())
    return [b"replaced"]


def do_memory(environ, start_response):
    ok(start_response)
    try:
        x = bytearray(1 << 30)
        return [b"%d bytes" % len(x)]
    except MemoryError:
        return [b"MemoryError"]


# What start_response and the like refuse, by number.
def do_wrong(environ, start_response):
    n = int(environ["QUERY_STRING"])
    if n == 0:
        start_response(200, [])
    elif n == 1:
        start_response("2000 OK", [])
    elif n == 2:
        start_response("200 OK", ())
    elif n == 3:
        start_response("200 OK", [["A", "b"]])
    elif n == 4:
        start_response("200 OK", [("A", b"b")])
    elif n == 5:
        start_response("200 OK", [("A b", "c")])
    elif n == 6:
        start_response("200 OK", [("A", "b\r\nSet-Cookie: evil")])
    elif n == 7:
        start_response("200 OK", [("Connection", "close")])
    elif n == 8:
        ok(start_response)
        ok(start_response)
    elif n == 9:
        ok(start_response)
        return ["text"]
    elif n == 10:
        return [b"no start_response"]
    elif n == 11:
        return []
    elif n == 12:
        start_response("200 OK", [("A", "\u20ac")])
    elif n == 13:
        ok(start_response)
        return [""]
    elif n == 14:
        ok(start_response)
        return None
    elif n == 15:
        start_response("200 OK\nX: y", [])
    return [b"not refused"]
