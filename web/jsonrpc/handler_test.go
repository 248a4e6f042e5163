// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/jsonrpc"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var asJSON = http.Header{"Content-Type": {"application/json"}}

// do posts body to h and returns the response and the log.
func do(h *jsonrpc.Handler, body string) (*webtest.Response, string) {
	var log bytes.Buffer
	site := web.NewSite(h, web.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	res := webtest.Connect(site, webtest.Config{}).Do(webtest.Request{Method: "POST", Header: asJSON, Body: body})
	return res, log.String()
}

// The examples of the specification, in its order, then the rest.
func TestCalls(t *testing.T) {
	notified := 0
	h := jsonrpc.New(rpc.Methods{
		"subtract": func(a, b int) int { return a - b },
		"named":    func(p struct{ Minuend, Subtrahend int }) int { return p.Minuend - p.Subtrahend },
		"update":   func(...int) { notified++ },
		"sum": func(n ...int) (sum int) {
			for _, i := range n {
				sum += i
			}
			return sum
		},
		"get_data": func() []any { return []any{"hello", 5} },
		"fault":    func() error { return &rpc.Fault{Code: 12, Message: "no", Data: []int{1}} },
		"baddata":  func() error { return &rpc.Fault{Code: 12, Message: "no", Data: make(chan int)} },
		"secret":   func() error { return errors.New("password1") },
		"panic":    func() { panic("password2") },
		"chan":     func() any { return make(chan int) },
		"later":    func(s string) *deferred.Deferred[string] { return deferred.Succeed(s + "!") },
		"sub":      rpc.Methods{"f": func() any { return nil }},
	}, jsonrpc.Config{Introspection: true})
	invalid := func(message string) string {
		return `{"jsonrpc":"2.0","error":{"code":-32600,"message":"` + message + `"},"id":null}`
	}
	for _, tt := range []struct{ body, want, log string }{
		{`{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}`, `{"jsonrpc":"2.0","result":19,"id":1}`, ""},
		{`{"jsonrpc": "2.0", "method": "named", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}`, `{"jsonrpc":"2.0","result":19,"id":3}`, ""},
		{`{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}`, "", ""},
		{`{"jsonrpc": "2.0", "method": "foobar", "id": "1"}`, `{"jsonrpc":"2.0","error":{"code":-32601,"message":"method not found"},"id":"1"}`, ""},
		{`{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]`, `{"jsonrpc":"2.0","error":{"code":-32700,"message":"the call is not JSON"},"id":null}`, ""},
		{`{"jsonrpc": "2.0", "method": 1, "params": "bar"}`, invalid("method is no string, or too long"), ""},
		{`[]`, invalid("the batch is empty"), ""},
		{`[1]`, "[" + invalid("a request is an object") + "]", ""},
		{` [{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method": "update", "params": [7]}, {"foo": "boo"},
		  {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
			`[{"jsonrpc":"2.0","result":7,"id":"1"},` + invalid(`jsonrpc is not \"2.0\"`) + `,{"jsonrpc":"2.0","result":["hello",5],"id":"9"}]`, ""},
		{`[{"jsonrpc": "2.0", "method": "update", "params": [1]}, {"jsonrpc": "2.0", "method": "update"}]`, "", ""},

		{`{"jsonrpc": "2.0", "method": "foobar"}`, "", ""}, // nobody is told
		{`{"jsonrpc": "2.0", "method": "later", "params": ["x"], "id": null}`, `{"jsonrpc":"2.0","result":"x!","id":null}`, ""},
		{`{"jsonrpc": "2.0", "method": "sub.f", "id": 1.50}`, `{"jsonrpc":"2.0","result":null,"id":1.50}`, ""},
		{`{"jsonrpc": "2.0", "method": "sub.f", "id": [1]}`, invalid("an id is a string, a number or null"), ""},
		{`{"jsonrpc": "2.0", "method": "sub.f", "params": 1, "id": 1}`, `{"jsonrpc":"2.0","error":{"code":-32600,"message":"params is no array and no object"},"id":1}`, ""},
		{`null`, invalid("a request is an object"), ""},
		{`{"jsonrpc": "1.0", "method": "sub.f", "id": 1}`, `"code":-32600`, ""},
		{`{"jsonrpc": "2.0", "Method": "sub.f", "id": 1}`, `"code":-32600`, ""},
		{`{"jsonrpc": "2.0", "method": "` + strings.Repeat("a", 257) + `", "id": 1}`, `"code":-32600`, ""},
		{`{"jsonrpc": "2.0", "method": "subtract", "params": [1], "id": 1}`, `"error":{"code":-32602,"message":"rpc: parameters: 1 instead of 2"}`, ""},
		{`{"jsonrpc": "2.0", "method": "subtract", "params": [1, "x"], "id": 1}`, `"code":-32602`, ""},
		{`{"jsonrpc": "2.0", "method": "subtract", "params": {"a": 1}, "id": 1}`, `"code":-32602`, ""},
		{`{"jsonrpc": "2.0", "method": "fault", "id": 1}`, `"error":{"code":12,"message":"no","data":[1]}`, ""},
		{`{"jsonrpc": "2.0", "method": "baddata", "id": 1}`, `"error":{"code":12,"message":"no"}`, "chan int"},
		{`{"jsonrpc": "2.0", "method": "secret", "id": 1}`, `"error":{"code":-32603,"message":"internal error"}`, "password1"},
		{`{"jsonrpc": "2.0", "method": "panic", "id": 1}`, `"code":-32603`, "password2"},
		{`{"jsonrpc": "2.0", "method": "chan", "id": 1}`, `"code":-32603`, "chan int"},
		{`{"jsonrpc": "2.0", "method": "system.methodSignature", "params": ["subtract"], "id": 1}`, `"result":[["int","int","int"]]`, ""},
	} {
		res, log := do(h, tt.body)
		ok := strings.Contains(res.Body, tt.want)
		if strings.HasPrefix(tt.want, "{") || strings.HasPrefix(tt.want, "[") {
			ok = res.Body == tt.want+"\n"
		}
		if status := map[bool]int{true: 204, false: 200}[tt.want == ""]; res.Status != status || !res.Finished || !ok || strings.Contains(res.Body, "password") {
			t.Errorf("%s: %d %s, want %s", tt.body, res.Status, res.Body, tt.want)
		}
		if !strings.Contains(log, tt.log) || tt.log == "" && log != "" {
			t.Errorf("%s: log %q, want %q", tt.body, log, tt.log)
		}
	}
	if notified != 4 {
		t.Errorf("notified %d times", notified)
	}
	if got, want := h.Stats(), (jsonrpc.Stats{Calls: 30, Faults: 19, Failures: 4, Refused: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestRequestsAndLimits(t *testing.T) {
	h := jsonrpc.New(rpc.Methods{"x": func(...any) int { return 1 }}, jsonrpc.Config{MaxBody: 400, MaxDepth: 4, MaxValues: 24, MaxBatch: 2})
	call := func(params string) string { return `{"jsonrpc":"2.0","method":"x","id":1,"params":` + params + "}" }
	for _, tt := range []struct {
		req    webtest.Request
		status int
		want   string
	}{
		{webtest.Request{}, 405, ""}, {webtest.Request{Method: "POST", Body: call("[]")}, 415, ""},
		{webtest.Request{Method: "POST", Header: http.Header{"Content-Type": {"text/plain"}}, Body: call("[]")}, 415, ""},
		{webtest.Request{Method: "POST", Header: asJSON, Body: strings.Repeat(" ", 401)}, 413, ""},
		{webtest.Request{Method: "POST", Header: asJSON, Body: call("[[[1]]]")}, 200, `"result":1`},
		{webtest.Request{Method: "POST", Header: asJSON, Body: call("[[[[1]]]]")}, 200, "nested too deeply"},
		{webtest.Request{Method: "POST", Header: asJSON, Body: call(`["[[[[[[\\\"[["]`)}, 200, `"result":1`},
		{webtest.Request{Method: "POST", Header: asJSON, Body: call("[1" + strings.Repeat(", 2", 14) + "]")}, 200, `"result":1`},
		{webtest.Request{Method: "POST", Header: asJSON, Body: call("[1" + strings.Repeat(", 2", 15) + "]")}, 200, "too many values"},
		{webtest.Request{Method: "POST", Header: asJSON, Body: call("[1" + strings.Repeat(`,""`, 15) + "]")}, 200, "too many values"},
		{webtest.Request{Method: "POST", Header: asJSON, Body: "[1,2]"}, 200, "an object"},
		{webtest.Request{Method: "POST", Header: asJSON, Body: "[1,2,3]"}, 200, "too many calls"},
	} {
		if res := webtest.Do(h, tt.req); res.Status != tt.status || !strings.Contains(res.Body, tt.want) {
			t.Errorf("%.100s: %d %s", tt.req.Body, res.Status, res.Body)
		}
	}
	if got := h.Stats().Refused; got != 5 {
		t.Errorf("refused %d", got)
	}
}

// A client that goes away has all calls of its batch cancelled.
func TestLostClient(t *testing.T) {
	cancelled := 0
	var log bytes.Buffer
	h := jsonrpc.New(rpc.Methods{"wait": func(r *web.Request) *deferred.Deferred[int] {
		return deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[int]) { cancelled++ })
	}}, jsonrpc.Config{})
	c := webtest.Connect(web.NewSite(h, web.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}), webtest.Config{})
	one := `{"jsonrpc":"2.0","method":"wait","id":1}`
	if res := c.Do(webtest.Request{Method: "POST", Header: asJSON, Body: "[" + one + "," + one + "]"}); res.Status != 0 {
		t.Fatal(res.Status)
	}
	c.Lose()
	if cancelled != 2 || log.Len() > 0 {
		t.Errorf("cancelled %d, log %q", cancelled, log.String())
	}
}

func FuzzCall(f *testing.F) {
	f.Add(`{"jsonrpc": "2.0", "method": "x", "params": [42, 23], "id": 1}`)
	f.Add(`[{"jsonrpc": "2.0", "method": "x", "params": {"a": [1, "\\\""]}}, 1]`)
	h := jsonrpc.New(rpc.Methods{"x": func(a ...any) any { return a }}, jsonrpc.Config{Introspection: true})
	f.Fuzz(func(t *testing.T, body string) {
		if res := webtest.Do(h, webtest.Request{Method: "POST", Header: asJSON, Body: body}); !res.Finished || res.Status != 200 && res.Status != 204 {
			t.Fatalf("%d %s", res.Status, res.Body)
		}
	})
}
