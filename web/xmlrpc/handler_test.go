// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func callOf(method string, values ...string) string {
	s := "<?xml version='1.0'?><methodCall><methodName>" + method + "</methodName><params>"
	for _, v := range values {
		s += "<param><value>" + v + "</value></param>"
	}
	return s + "</params></methodCall>"
}

var asXML = http.Header{"Content-Type": {"text/xml; charset=utf-8"}}

// do posts body to h and returns the response and the log.
func do(h *xmlrpc.Handler, body string) (*webtest.Response, string) {
	var log bytes.Buffer
	site := web.NewSite(h, web.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	res := webtest.Connect(site, webtest.Config{}).Do(webtest.Request{Method: "POST", Target: "/RPC2", Header: asXML, Body: body})
	return res, log.String()
}

func TestCalls(t *testing.T) {
	h := xmlrpc.New(rpc.Methods{
		"add":    func(a, b int) int { return a + b },
		"fault":  func() error { return &rpc.Fault{Code: 12, Message: "<no>"} },
		"secret": func() error { return errors.New("password1") },
		"panic":  func() { panic("password2") },
		"void":   func() {},
		"nil":    func() any { return nil },
		"chan":   func() any { return make(chan int) },
		"later":  func(s string) *deferred.Deferred[string] { return deferred.Succeed(s + "!") },
		"method": func(r *web.Request) string { return r.Method },
		"sub":    rpc.Methods{"deep": rpc.Methods{"f": func() string { return "deep" }}},
	}, xmlrpc.Config{})
	fault := func(code int, text string) string {
		return fmt.Sprintf("<fault><value><struct><member><name>faultCode</name><value><int>%d</int></value></member><member><name>faultString</name><value><string>%s</string></value></member></struct></value></fault>", code, text)
	}
	for _, tt := range []struct{ body, want, log string }{
		{callOf("add", "<int>1</int>", "<i4>2</i4>"), "<params><param><value><int>3</int></value></param></params>", ""},
		{callOf("later", "x"), "<string>x!</string>", ""}, {callOf("method"), "<string>POST</string>", ""}, {callOf("sub.deep.f"), "<string>deep</string>", ""},
		{callOf("void"), "<boolean>1</boolean>", ""},
		{callOf("fault"), fault(12, "&lt;no&gt;"), ""},
		{callOf("none"), fault(8001, "procedure none not found"), ""}, {callOf("sub.deep"), fault(8001, "procedure sub.deep not found"), ""},
		{callOf("add", "1", "2"), fault(8002, "rpc: parameter 1: string instead of int"), ""}, {callOf("add"), fault(8002, "rpc: parameters: 0 instead of 2"), ""},
		{callOf("secret"), fault(8002, "error"), "password1"}, {callOf("panic"), fault(8002, "error"), "password2"}, {callOf("nil"), fault(8002, "error"), "AllowNil"}, {callOf("chan"), fault(8002, "error"), "chan int"},
		{callOf("system.listMethods"), fault(8001, "procedure system.listMethods not found"), ""},
		{"<nonsense", fault(8002, "malformed call: xmlpush: 1:1: the input ends inside markup"), ""}, {"", fault(8002, "malformed call: xmlpush: 1:1: no element"), ""},
	} {
		res, log := do(h, tt.body)
		if res.Status != 200 || !res.Finished || !strings.Contains(res.Body, tt.want) || strings.Contains(res.Body, "password") {
			t.Errorf("%s: %d %s, want %s", tt.body, res.Status, res.Body, tt.want)
		}
		if res.Header.Get("Content-Type") != "text/xml; charset=utf-8" || res.Header.Get("Content-Length") != fmt.Sprint(len(res.Body)) {
			t.Errorf("header %v", res.Header)
		}
		if !strings.Contains(log, tt.log) || tt.log == "" && log != "" {
			t.Errorf("%s: log %q, want %q", tt.body, log, tt.log)
		}
	}
	if got, want := h.Stats(), (xmlrpc.Stats{Calls: 15, Faults: 10, Failures: 4, Refused: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestRequests(t *testing.T) {
	h := xmlrpc.New(rpc.Methods{}, xmlrpc.Config{MaxBody: 100})
	for _, tt := range []struct {
		req    webtest.Request
		status int
	}{
		{webtest.Request{Method: "GET"}, 405}, {webtest.Request{Method: "PUT", Header: asXML, Body: callOf("x")}, 405}, {webtest.Request{Method: "OPTIONS"}, 204},
		{webtest.Request{Method: "POST", Body: callOf("x")}, 415}, {webtest.Request{Method: "POST", Header: http.Header{"Content-Type": {"text/plain"}}, Body: callOf("x")}, 415},
		{webtest.Request{Method: "POST", Header: asXML, Body: strings.Repeat("x", 101)}, 413},
		{webtest.Request{Method: "POST", Target: "/any/where", Header: asXML, Body: "<x/>"}, 200},
	} {
		if res := webtest.Do(h, tt.req); res.Status != tt.status {
			t.Errorf("%+v: %d", tt.req, res.Status)
		}
	}
	if got := h.Stats().Refused; got != 2 {
		t.Errorf("refused %d", got)
	}
}

// A client that goes away has its call cancelled, and nothing is logged or counted as a failure.
func TestLostClient(t *testing.T) {
	cancelled := false
	var log bytes.Buffer
	h := xmlrpc.New(rpc.Methods{"wait": func(r *web.Request) *deferred.Deferred[int] {
		return deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[int]) { cancelled = true })
	}}, xmlrpc.Config{})
	c := webtest.Connect(web.NewSite(h, web.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}), webtest.Config{})
	res := c.Do(webtest.Request{Method: "POST", Header: asXML, Body: callOf("wait")})
	if res.Status != 0 {
		t.Fatal(res.Status)
	}
	c.Lose()
	if !cancelled || log.Len() > 0 || h.Stats().Failures != 0 {
		t.Errorf("cancelled %v, log %q, %+v", cancelled, log.String(), h.Stats())
	}
}

func TestMulticall(t *testing.T) {
	var order []string
	h := xmlrpc.New(rpc.Methods{
		"note": func(s string) int { order = append(order, s); return len(order) },
		"fail": func() error { return &rpc.Fault{Code: 3, Message: "f"} },
		"bad":  func() any { return make(chan int) },
	}, xmlrpc.Config{Introspection: true, MaxCalls: 6, AllowNil: true})
	call := func(method string, params string) string {
		return "<value><struct><member><name>methodName</name><value>" + method + "</value></member><member><name>params</name><value><array><data>" + params + "</data></array></value></member></struct></value>"
	}
	multi := func(calls ...string) string {
		return callOf("system.multicall", "<array><data>"+strings.Join(calls, "")+"</data></array>")
	}
	res, _ := do(h, multi(call("note", "<value>a</value>"), call("fail", ""), call("system.multicall", ""), "<value>x</value>", call("note", "<value>b</value>"), call("bad", "")))
	for _, want := range []string{"<value><array><data><value><int>1</int></value></data></array></value>", "<int>3</int>", "within system.multicall", "a struct with methodName", "<data><value><int>2</int></value></data>", "<string>error</string>"} {
		if !strings.Contains(res.Body, want) {
			t.Errorf("no %s in %s", want, res.Body)
		}
	}
	if strings.Join(order, "") != "ab" {
		t.Error(order)
	}
	one := call("note", "<value>c</value>")
	if res, _ = do(h, multi(one, one, one, one, one, one, one)); !strings.Contains(res.Body, "too many calls") || len(order) != 2 || h.Stats().Refused != 1 {
		t.Error(res.Body, order, h.Stats())
	}
}

func TestLimits(t *testing.T) {
	h := xmlrpc.New(rpc.Methods{"x": func(any) int { return 1 }}, xmlrpc.Config{MaxDepth: 3, MaxValues: 5})
	nest := func(n int) string {
		return strings.Repeat("<array><data><value>", n) + strings.Repeat("</value></data></array>", n)
	}
	list := func(n int) string { return "<array><data>" + strings.Repeat("<value/>", n) + "</data></array>" }
	for in, want := range map[string]string{nest(2): "<int>1</int>", nest(3): "nested too deeply", list(4): "<int>1</int>", list(5): "too many values"} {
		if res, _ := do(h, callOf("x", in)); !strings.Contains(res.Body, want) {
			t.Errorf("%s: %s", in, res.Body)
		}
	}
	if h.Stats().Refused != 2 {
		t.Errorf("%+v", h.Stats())
	}
}

func TestTimes(t *testing.T) {
	zone := time.FixedZone("zone", 3600)
	h := xmlrpc.New(rpc.Methods{"next": func(at time.Time) time.Time { return at.UTC().Add(time.Hour) }}, xmlrpc.Config{Location: zone})
	if res, _ := do(h, callOf("next", "<dateTime.iso8601>20260101T00:30:00</dateTime.iso8601>")); !strings.Contains(res.Body, ">20260101T01:30:00<") {
		t.Error(res.Body)
	}
}

func TestNewRefuses(t *testing.T) {
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), `method "sub.x"`) {
			t.Error(v)
		}
	}()
	xmlrpc.New(rpc.Methods{"sub": rpc.Methods{"x": 1}}, xmlrpc.Config{})
}
