# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT

"""The twin of outside/outside_test.go: an error is logged after the last test."""

from twisted.python import log
from twisted.trial import runner, unittest


class Outside(unittest.TestCase):
    def test_Pass(self):
        pass


class Late(runner.TestSuite):
    def run(self, result):
        super().run(result)
        log.err(Exception("late"))
        return result


def test_suite():
    return Late([Outside("test_Pass")])
