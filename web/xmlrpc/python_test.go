// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"context"
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

// serve runs a site on a reactor and returns its URL.
func serve(t *testing.T, root web.Resource) string {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(root, web.Config{Logger: quiet}), reactor.ListenOptions{})
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
	return "http://" + port.Addr().String() + "/"
}

const script = `
import sys, datetime, xmlrpc.client as x
s = x.ServerProxy(sys.argv[1], allow_none=True, use_builtin_types=True)
for v in (0, -2**31, 2**31-1, True, 1.5, -0.25, 1e300, 'a<&>"]]>\n\u20ac\U0001f600', '', b'\x00\xff' * 5000, [], [1, [2, ['x']]], {}, {'a': {'b': [None]}}, None,
          datetime.datetime(2026, 2, 3, 4, 5, 6), 'x' * 100000):
    got = s.echo(v)
    assert got == v and type(got) is type(v), (v, got)
assert s.add(2, 3) == 5
assert s.big() == [2**40, 'a\r\nb']
assert s.sub.deep.name() == 'deep'
assert s.later('x') == 'x!'
assert s.where({'x': 3, 'y': 4, 'more': 1}) == {'x': 4, 'y': 3}
def fault(f, *args):
    try:
        f(*args)
    except x.Fault as e:
        return e.faultCode, e.faultString
assert fault(s.fail) == (7, 'n\u00f6'), fault(s.fail)
assert fault(s.none)[0] == 8001
assert fault(s.secret) == (8002, 'error')
assert fault(s.add, 'x', 1)[0] == 8002
assert 'add' in s.system.listMethods() and 'sub.deep.name' in s.system.listMethods()
assert s.system.methodHelp('add') == 'Adds two integers.'
assert s.system.methodSignature('add') == [['int', 'int', 'int']]
m = x.MultiCall(s)
m.add(1, 2); m.later('y'); m.fail()
r = m()
assert r[0] == 3 and r[1] == 'y!'
assert fault(lambda: r[2])[0] == 7
print('ok')
`

func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is missing")
	}
	type point struct {
		X int `json:"x"`
		Y int `json:"y"`
	}
	url := serve(t, xmlrpc.New(rpc.Methods{
		"echo":   func(v any) any { return v },
		"add":    rpc.Method{Func: func(a, b int) int { return a + b }, Help: "Adds two integers."},
		"sub":    rpc.Methods{"deep": rpc.Methods{"name": func() string { return "deep" }}},
		"where":  func(p point) point { return point{p.Y, p.X} },
		"big":    func() []any { return []any{int64(1) << 40, "a\r\nb"} },
		"fail":   func() error { return &rpc.Fault{Code: 7, Message: "nö"} },
		"secret": func() error { return io.ErrUnexpectedEOF },
		"later": func(r *web.Request, s string) *deferred.Deferred[string] {
			return deferred.ToThread(r.Loop().(deferred.Threads), func() (string, error) { return s + "!", nil })
		},
	}, xmlrpc.Config{AllowNil: true, AllowI8: true, Introspection: true}))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "-c", script, url).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "ok" {
		t.Fatalf("%v: %s", err, out)
	}
}

// libxmlrpc-c reads what introspection tells, and makes a class of it.
func TestLibxmlrpc(t *testing.T) {
	program, err := exec.LookPath("xml-rpc-api2cpp")
	if err != nil {
		t.Skip("xml-rpc-api2cpp is missing")
	}
	url := serve(t, xmlrpc.New(rpc.Methods{
		"calc": rpc.Methods{"add": rpc.Method{Func: func(a, b int) int { return a + b }, Help: "Adds two <integers>."}, "name": func(float64, []byte) string { return "" }},
	}, xmlrpc.Config{Introspection: true}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, url, "calc", "Calc").CombinedOutput()
	for _, want := range []string{"Adds two <integers>.", "add (XmlRpcValue::int32", "std::string Calc::name", "calc.add"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%v: no %s in %s", err, want, out)
		}
	}
}
