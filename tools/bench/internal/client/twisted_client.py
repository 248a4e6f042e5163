# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT

# Usage: python3 twisted_client.py URL CONNECTIONS

import json
import os
import sys

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import fdesc, interfaces, main, reactor, ssl
from twisted.web import client, iweb
from zope.interface import implementer

url, conns = sys.argv[1].encode(), int(sys.argv[2])
count = {"Requests": 0, "Failed": ""}


@implementer(iweb.IPolicyForHTTPS, interfaces.IOpenSSLClientConnectionCreator)
class Unverified:
    """The server made its certificate a moment ago."""

    options = ssl.CertificateOptions(verify=False)

    def creatorForNetloc(self, hostname, port):
        return self

    def clientConnectionForTLS(self, tls):
        return ssl.SSL.Connection(self.options.getContext(), None)


def read(body):
    if body != b"Hello, World!":
        return failed("the server's answer is not the one that was expected")
    count["Requests"] += 1
    ask()


def responded(response):
    if response.code != 200:
        return failed("the server's answer is not the one that was expected")
    return client.readBody(response).addCallback(read)


def failed(reason):
    count["Failed"] = count["Failed"] or str(reason)


def ask():
    # What calls a callback is a connection's end of a response, so this does not nest.
    agent.request(b"GET", url).addCallback(responded).addErrback(failed)


class StandardInput:
    """Answers each line, and ends the client when standard input is closed."""

    def fileno(self):
        return 0

    def doRead(self):
        lines = os.read(0, 4096)
        if not lines:
            return main.CONNECTION_DONE
        for _ in range(lines.count(b"\n")):
            print(json.dumps(count), flush=True)

    def connectionLost(self, reason):
        if reactor.running:
            reactor.stop()

    def logPrefix(self):
        return "stdin"


pool = client.HTTPConnectionPool(reactor, persistent=True)
pool.maxPersistentPerHost = conns
pool.retryAutomatically = False
agent = client.Agent(reactor, Unverified(), pool=pool)
fdesc.setNonBlocking(0)
reactor.addReader(StandardInput())
reactor.callWhenRunning(lambda: [print("asking", url.split(b"/")[2].decode(), flush=True)] + [ask() for _ in range(conns)])
reactor.run()
