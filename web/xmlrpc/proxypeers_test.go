// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

// Both servers write their port and end when their input does. What they serve is the same, but for what they answer on a login and on an error that is no fault.
const (
	standardServer = `
import sys, os, threading, datetime, base64
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCServer, SimpleXMLRPCRequestHandler
from xmlrpc.client import Fault, Binary
class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = 'HTTP/1.1'
    rpc_paths = ('/RPC2', '/private')
    def do_POST(self):
        if self.path == '/private' and self.headers.get('Authorization') != 'Basic ' + base64.b64encode('us\u00e9r:p w'.encode()).decode():
            self.rfile.read(int(self.headers['Content-Length']))
            self.send_response(401)
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        super().do_POST()
    def report_404(self): # which forgets the body otherwise, and then takes it for a request
        self.rfile.read(int(self.headers['Content-Length']))
        super().report_404()
class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True
    taken = 0
    def get_request(self):
        self.taken += 1
        return super().get_request()
s = Server(('127.0.0.1', 0), Handler, logRequests=False, allow_none=True)
class Procedures:
    def add(self, a, b): return a + b
    def echo(self, v): return v
    def fail(self): raise Fault(7, 'n\u00f6')
    def crash(self): raise ValueError('oops')
    def values(self): return [1, True, 1.5, 'a<&>\u20ac', Binary(b'\x00\xff'), datetime.datetime(2026, 2, 3, 4, 5, 6), {'a': [None]}, []]
    def connections(self): return s.taken
s.register_instance(Procedures())
s.register_introspection_functions()
s.register_multicall_functions()
print(s.server_address[1], flush=True)
threading.Thread(target=s.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
`
	twistedServer = `
import sys, datetime, xmlrpc.client
from zope.interface import implementer
from twisted.cred import portal, checkers
from twisted.internet import reactor, defer, stdio, protocol
from twisted.web import xmlrpc as x, server, resource, guard
class Root(x.XMLRPC):
    asked, gone = None, None
    def __init__(self):
        super().__init__(allowNone=True, useDateTime=True)
        self.asked, self.gone = defer.Deferred(), defer.Deferred()
        x.addIntrospection(self)
    def xmlrpc_add(self, a, b): return a + b
    def xmlrpc_echo(self, v): return v
    def xmlrpc_fail(self): raise x.Fault(7, 'n\u00f6')
    def xmlrpc_crash(self): raise ValueError('oops')
    def xmlrpc_values(self): return [1, True, 1.5, 'a<&>\u20ac', x.Binary(b'\x00\xff'), datetime.datetime(2026, 2, 3, 4, 5, 6), {'a': [None]}, []]
    def xmlrpc_connections(self): return site.taken
    @x.withRequest
    def xmlrpc_never(self, request):
        request.notifyFinish().addErrback(lambda f: self.gone.callback('gone'))
        self.asked.callback('asked')
        return defer.Deferred()
    def xmlrpc_asked(self): return self.asked
    def xmlrpc_gone(self): return self.gone
xmlrpc_add = Root.xmlrpc_add
xmlrpc_add.__doc__ = 'Adds.'
class Site(server.Site):
    taken = 0
    def buildProtocol(self, addr):
        self.taken += 1
        return super().buildProtocol(addr)
calls = Root()
@implementer(portal.IRealm)
class Realm:
    def requestAvatar(self, name, mind, *interfaces): return resource.IResource, calls, lambda: None
root = resource.Resource()
root.putChild(b'RPC2', calls)
users = checkers.InMemoryUsernamePasswordDatabaseDontUse()
users.addUser('us\u00e9r'.encode(), b'p w')
root.putChild(b'private', guard.HTTPAuthSessionWrapper(portal.Portal(Realm(), [users]), [guard.BasicCredentialFactory(b'x')]))
class End(protocol.Protocol):
    def connectionLost(self, reason): reactor.stop()
site = Site(root)
port = reactor.listenTCP(0, site, interface='127.0.0.1')
stdio.StandardIO(End())
print(port.getHost().port, flush=True)
reactor.run()
`
)

// A python is a server that runs, and what is needed to call it.
type python struct {
	t     *testing.T
	ctx   context.Context
	r     *reactor.Reactor
	agent *client.Agent
	host  string
}

func startPython(t *testing.T, program string) *python {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // the server ends by its input, in the cleanup
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "-c", program)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	port, readErr := bufio.NewReader(out).ReadString('\n')
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("the server: %v: %s", err, stderr.String())
		}
	})
	if readErr != nil {
		t.Fatal(readErr)
	}
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	p := &python{t: t, ctx: ctx, r: r, host: "127.0.0.1:" + strings.TrimSpace(port)}
	if p.agent, err = client.New(r, client.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := deferred.BlockingCallFromThread(context.Background(), r, p.agent.Close); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *python) proxy(path string, user *url.Userinfo, config xmlrpc.ProxyConfig) *xmlrpc.Proxy {
	p.t.Helper()
	proxy, err := xmlrpc.NewProxy(p.agent, (&url.URL{Scheme: "http", Host: p.host, Path: path, User: user}).String(), config)
	if err != nil {
		p.t.Fatal(err)
	}
	return proxy
}

func wait[T any](p *python, f func() *deferred.Deferred[T]) (T, error) {
	return deferred.BlockingCallFromThread(p.ctx, p.r, f)
}

func (p *python) call(proxy *xmlrpc.Proxy, method string, args ...any) (any, error) {
	return wait(p, func() *deferred.Deferred[any] { return proxy.Call(method, args...) })
}

// Calls of what Python serves.
func TestProxyPython(t *testing.T) {
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		t.Skip("python3 is missing")
	}
	_, noTwisted := os.Stat("/usr/lib/python3/dist-packages/twisted/web/xmlrpc.py")
	for _, tt := range []struct {
		name, program string
		missing       int // the code of the fault
		crash         any // what comes of an error that is no fault
	}{
		{"SimpleXMLRPCServer", standardServer, 1, "<class 'ValueError'>:oops"},
		{"Twisted", twistedServer, 8001, "error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "Twisted" && noTwisted != nil {
				t.Skip("python3-twisted is missing")
			}
			p := startPython(t, tt.program)
			proxy := p.proxy("/RPC2", nil, xmlrpc.ProxyConfig{AllowNil: true})
			for _, v := range []any{int64(0), int64(-1 << 31), true, 1.5, "a<&>\"]]>\n€😀", "", []byte{0, 255}, []any{}, []any{int64(1), []any{"x"}}, map[string]any{"a": map[string]any{"b": nil}}, nil,
				time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), strings.Repeat("x", 300000)} {
				if got, err := p.call(proxy, "echo", v); !reflect.DeepEqual(got, v) || err != nil {
					t.Errorf("%.50v: %.50v, %v", v, got, err)
				}
			}
			got, err := p.call(proxy, "values")
			if want := []any{int64(1), true, 1.5, "a<&>€", []byte{0, 255}, time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), map[string]any{"a": []any{nil}}, []any{}}; !reflect.DeepEqual(got, want) || err != nil {
				t.Errorf("%v, %v", got, err)
			}
			if n, err := wait(p, func() *deferred.Deferred[int] { return xmlrpc.Call[int](proxy, "add", 2, 3) }); n != 5 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			for method, want := range map[string]rpc.Fault{"fail": {Code: 7, Message: "nö"}, "crash": {Message: tt.crash.(string)}, "none": {Code: tt.missing}} {
				_, err := p.call(proxy, method)
				f, ok := errors.AsType[*rpc.Fault](err)
				if !ok || want.Code != 0 && f.Code != want.Code || want.Message != "" && f.Message != want.Message {
					t.Errorf("%s: %v", method, err)
				}
			}
			list, err := wait(p, proxy.ListMethods)
			if !slices.Contains(list, "add") || !slices.Contains(list, "system.methodHelp") || err != nil {
				t.Errorf("%q, %v", list, err)
			}
			if _, err := wait(p, func() *deferred.Deferred[string] { return proxy.MethodHelp("add") }); err != nil {
				t.Error(err)
			}
			if s, err := wait(p, func() *deferred.Deferred[[][]string] { return proxy.MethodSignature("add") }); len(s) != 0 || err != nil {
				t.Errorf("%q, %v", s, err)
			}
			p.multicall(proxy, tt.name == "Twisted")
			p.refused()
			// All of it went over one connection.
			if n, err := p.call(proxy, "connections"); n != int64(1) || err != nil {
				t.Errorf("%v connections, %v", n, err)
			}
			p.together(proxy)
			if tt.name == "Twisted" {
				p.cancelled(proxy)
			}
		})
	}
}

// multicall makes calls in one; Twisted's server does not know that.
func (p *python) multicall(proxy *xmlrpc.Proxy, unknown bool) {
	p.t.Helper()
	rs, err := wait(p, func() *deferred.Deferred[deferred.Results[any]] {
		return proxy.Multicall(xmlrpc.MethodCall{Method: "add", Args: []any{1, 2}}, xmlrpc.MethodCall{Method: "fail"}, xmlrpc.MethodCall{Method: "values"})
	})
	if f, ok := errors.AsType[*rpc.Fault](err); unknown {
		if !ok || f.Code != xmlrpc.NotFound {
			p.t.Error(err)
		}
		return
	}
	if err != nil || rs[0].Value != int64(3) || len(rs[2].Value.([]any)) != 8 {
		p.t.Errorf("%v, %v", rs, err)
		return
	}
	if f, ok := errors.AsType[*rpc.Fault](rs[1].Err); !ok || f.Code != 7 {
		p.t.Error(rs[1].Err)
	}
}

// refused makes calls that HTTP ends, and logs in.
func (p *python) refused() {
	p.t.Helper()
	right, wrong := url.UserPassword("usér", "p w"), url.UserPassword("usér", "hidden")
	for _, tt := range []struct {
		path   string
		inURL  *url.Userinfo
		given  *url.Userinfo
		status int // 0 for a call that succeeds
	}{
		{"/none", nil, nil, 404},
		{"/private", nil, nil, 401},
		{"/private", wrong, nil, 401},
		{"/private", right, nil, 0},
		{"/private", nil, right, 0},
		{"/private", wrong, right, 0},
		{"/private", right, wrong, 401},
	} {
		v, err := p.call(p.proxy(tt.path, tt.inURL, xmlrpc.ProxyConfig{User: tt.given}), "add", 1, 2)
		if tt.status == 0 {
			if v != int64(3) || err != nil {
				p.t.Errorf("%s: %v, %v", tt.path, v, err)
			}
			continue
		}
		e, ok := errors.AsType[*fetch.StatusError](err)
		if !ok || e.Status != tt.status || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "us%C3") {
			p.t.Errorf("%s: %v", tt.path, err)
		}
	}
}

// together makes calls at the same time.
func (p *python) together(proxy *xmlrpc.Proxy) {
	p.t.Helper()
	sums, err := wait(p, func() *deferred.Deferred[[]int] {
		var all []*deferred.Deferred[int]
		for i := range 20 {
			all = append(all, xmlrpc.Call[int](proxy, "add", i, 1))
		}
		return deferred.Gather(all...)
	})
	for i, n := range sums {
		if n != i+1 {
			p.t.Errorf("call %d has %d", i, n)
		}
	}
	if err != nil || len(sums) != 20 {
		p.t.Error(err)
	}
	n, err := p.call(proxy, "connections")
	if taken, ok := n.(int64); !ok || err != nil || taken < 2 || taken > 20 {
		p.t.Errorf("%v connections, %v", n, err)
	}
}

// cancelled gives a call up that the server is at, which sees it.
func (p *python) cancelled(proxy *xmlrpc.Proxy) {
	p.t.Helper()
	ctx, cancel := context.WithCancelCause(p.ctx)
	why := errors.New("enough")
	ended := make(chan error, 1)
	go func() { // ends with ctx
		_, err := deferred.BlockingCallFromThread(ctx, p.r, func() *deferred.Deferred[any] { return proxy.Call("never") })
		ended <- err
	}()
	if v, err := p.call(proxy, "asked"); v != "asked" || err != nil {
		p.t.Errorf("%v, %v", v, err)
	}
	cancel(why)
	if err := <-ended; !errors.Is(err, why) {
		p.t.Error(err)
	}
	if v, err := p.call(proxy, "gone"); v != "gone" || err != nil {
		p.t.Errorf("%v, %v", v, err)
	}
}
