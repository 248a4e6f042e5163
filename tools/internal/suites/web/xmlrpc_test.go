// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"io"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

const xmlrpcClient = `
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

func TestXMLRPCOfPython(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		type point struct {
			X int `json:"x"`
			Y int `json:"y"`
		}
		host := serve(tc, xmlrpc.New(rpc.Methods{
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
		out, err := run(tc, "python3", "-c", xmlrpcClient, "http://"+host+"/")
		assert.NoError(tc, err)
		assert.Equal(tc, out, "ok\n")
		assert.Equal(tc, len(tc.FlushLoggedErrors(io.ErrUnexpectedEOF)), 1, "what the peer is not told")
	})
}

// libxmlrpc-c reads what introspection tells, and makes a class of it.
func TestLibxmlrpc(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		host := serve(tc, xmlrpc.New(rpc.Methods{
			"calc": rpc.Methods{"add": rpc.Method{Func: func(a, b int) int { return a + b }, Help: "Adds two <integers>."}, "name": func(float64, []byte) string { return "" }},
		}, xmlrpc.Config{Introspection: true}))
		out, err := run(tc, "xml-rpc-api2cpp", "http://"+host+"/", "calc", "Calc")
		assert.NoError(tc, err)
		for _, want := range []string{"Adds two <integers>.", "add (XmlRpcValue::int32", "std::string Calc::name", "calc.add"} {
			assert.Substring(tc, want, out)
		}
	})
}
