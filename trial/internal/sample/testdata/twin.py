# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT

"""The twin of suite/suite_test.go for Twisted's trial: the same tests, in the same order."""

import threading

from twisted.internet import defer, endpoints, protocol, reactor
from twisted.logger import Logger
from twisted.trial import unittest


class Boom(Exception):
    pass


class Echo(protocol.Protocol):
    pass


def listen():
    return reactor.listenTCP(0, protocol.Factory.forProtocol(Echo), interface="127.0.0.1")


def lost():
    try:
        raise Boom()
    except Boom:
        Logger().failure("lost")


class Sample(unittest.TestCase):
    def test_Async(self):
        d = defer.Deferred()
        reactor.callLater(0.001, d.callback, 1)
        return d

    def test_Cleanups(self):
        def fail(text):
            raise Boom(text)

        self.addCleanup(fail, "first")
        self.addCleanup(fail, "second")

    def test_Done(self):
        pass

    test_Done.todo = "issue 13"

    def test_Error(self):
        return defer.fail(Boom())

    def test_Fail(self):
        self.fail("3 is not 4")

    def test_Flushed(self):
        lost()
        self.assertEqual(1, len(self.flushLoggedErrors(Boom)))

    def test_Hang(self):
        return defer.Deferred()

    test_Hang.timeout = 0.05

    def test_LeakCall(self):
        reactor.callLater(3600, lambda: None)

    def test_LeakConnection(self):
        port = listen()
        client = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        d = client.connect(protocol.Factory.forProtocol(Echo))
        d.addCallback(lambda _: port.stopListening())
        return d

    def test_LeakDeferred(self):
        defer.fail(Boom())

    def test_LeakFile(self):
        Sample.kept = open("/dev/null")

    def test_LeakGoroutine(self):
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    def test_LeakPort(self):
        listen()

    def test_LeakProcess(self):
        reactor.spawnProcess(protocol.ProcessProtocol(), "cat", ["cat"], env=None)  # it ends with this process, whose pipe it reads

    def test_Logged(self):
        lost()

    def test_Never(self):
        yield None

    def test_Panic(self):
        None["tea"] = 1

    def test_Pass(self):
        pass

    def test_Skip(self):
        pass

    test_Skip.skip = "no network"

    def test_Todo(self):
        self.fail("not yet")

    test_Todo.todo = "issue 12"


class SetUp(unittest.TestCase):
    def setUp(self):
        return defer.fail(Boom())

    def test_Nothing(self):
        pass


class TearDown(unittest.TestCase):
    def tearDown(self):
        return defer.fail(Boom())

    def test_Nothing(self):
        pass
