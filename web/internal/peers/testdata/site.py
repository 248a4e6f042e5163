# Copyright (c) 2026 The Torsion authors
# SPDX-License-Identifier: MIT
"""Twisted's server: site.py FOLDER PORT TLSPORT CERTIFICATE+KEY"""

import sys

from twisted.internet import endpoints, reactor
from twisted.web import resource, server, static, util


class Echo(resource.Resource):
    isLeaf = True

    def render_POST(self, request):
        return request.content.read()

    render_PUT = render_POST


class Zipped(resource.EncodingResourceWrapper):
    def getChildWithDefault(self, name, request):
        child = self.original.getChildWithDefault(name, request)
        # Of the others HEAD and 304 are asked for, whose responses must not have the end of a gzip stream in them: this encoder sends it all the same.
        return resource.EncodingResourceWrapper(child, self._encoders) if name == b"text.txt" else child


folder, port, secure, pem = sys.argv[1:]
root = resource.Resource()
root.putChild(b"files", Zipped(static.File(folder), [server.GzipEncoderFactory()]))
root.putChild(b"echo", Echo())
root.putChild(b"moved", util.Redirect(b"/files/small.txt"))
site = server.Site(root)
endpoints.serverFromString(reactor, f"ssl:{secure}:interface=127.0.0.1:privateKey={pem}:certKey={pem}").listen(site)
endpoints.serverFromString(reactor, f"tcp:{port}:interface=127.0.0.1").listen(site)
reactor.run()
