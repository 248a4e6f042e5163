# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT

# Usage: python3 twisted_server.py tcp|udp|tls|http|site|https DIRECTORY [PEM]

import os
import resource
import sys

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import fdesc, main, protocol, reactor, ssl
from twisted.web import resource as pages, server, static

work = sys.argv[1]
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Echo(protocol.Protocol):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data):
        self.transport.write(data)


class Datagrams(protocol.DatagramProtocol):
    def datagramReceived(self, data, peer):
        self.transport.write(data, peer)


class Hello(pages.Resource):
    isLeaf = True

    def render_GET(self, request):
        request.setHeader(b"Content-Type", b"text/plain")
        return b"Hello, World!"


class JSON(pages.Resource):
    isLeaf = True
    head, tail = b'{"id":4711,"name":"hello","text":"', b'"}'
    text = head + b"j" * (1024 - len(head) - len(tail)) + tail

    def render_GET(self, request):
        request.setHeader(b"Content-Type", b"application/json")
        return self.text


class Post(pages.Resource):
    isLeaf = True

    def render_POST(self, request):
        request.setHeader(b"Content-Type", b"text/plain")
        return b"%d" % len(request.content.read())


def site():
    root = static.File(sys.argv[2])
    root.putChild(b"", Hello())
    root.putChild(b"json", JSON())
    root.putChild(b"post", Post())
    return Quiet(root)


class Quiet(server.Site):
    def log(self, request):  # the other servers keep no access log either
        pass


class StandardInput:
    """Ends the server when standard input is closed."""

    def fileno(self):
        return 0

    def doRead(self):
        if not os.read(0, 4096):
            return main.CONNECTION_DONE

    def connectionLost(self, reason):
        if reactor.running:
            reactor.stop()

    def logPrefix(self):
        return "stdin"


if work == "udp":
    port = reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
elif work == "http":
    port = reactor.listenTCP(0, Quiet(Hello()), backlog=4096, interface="127.0.0.1")
elif work == "site":
    port = reactor.listenTCP(0, site(), backlog=4096, interface="127.0.0.1")
elif work in ("tls", "https"):
    context = ssl.DefaultOpenSSLContextFactory(sys.argv[3], sys.argv[3], sslmethod=ssl.SSL.TLS_METHOD)
    factory = site() if work == "https" else protocol.Factory.forProtocol(Echo)
    port = reactor.listenSSL(0, factory, context, backlog=4096, interface="127.0.0.1")
else:
    port = reactor.listenTCP(0, protocol.Factory.forProtocol(Echo), backlog=4096, interface="127.0.0.1")

fdesc.setNonBlocking(0)
reactor.addReader(StandardInput())
reactor.callWhenRunning(lambda: print("listening 127.0.0.1:%d" % port.getHost().port, flush=True))
reactor.run()
