// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

func proxyOf(t testing.TB, root web.Resource, u string, config xmlrpc.ProxyConfig) (*xmlrpc.Proxy, *protocoltest.Clock) {
	t.Helper()
	clock := protocoltest.NewClock()
	p, err := xmlrpc.NewProxy(webtest.NewAgent(clock, web.NewSite(root, web.Config{}), client.Config{}), u, config)
	if err != nil {
		t.Fatal(err)
	}
	return p, clock
}

func TestProxy(t *testing.T) {
	h := xmlrpc.New(rpc.Methods{
		"add":  rpc.Method{Func: func(a, b int) int { return a + b }, Help: "Adds."},
		"echo": func(v any) any { return v },
		"fail": func() error { return &rpc.Fault{Code: 7, Message: "<no>"} },
	}, xmlrpc.Config{Introspection: true, AllowNil: true, AllowI8: true})
	p, clock := proxyOf(t, h, "http://a.example/RPC2", xmlrpc.ProxyConfig{AllowNil: true, AllowI8: true})
	if n, err := webtest.Result(clock, xmlrpc.Call[int](p, "add", 2, 3)); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	type point struct {
		X, Y int
		Name string `json:"n"`
	}
	if v, err := webtest.Result(clock, xmlrpc.Call[[]point](p, "echo", []point{{1, 2, "a&b"}})); !slices.Equal(v, []point{{1, 2, "a&b"}}) || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := webtest.Result(clock, p.Call("echo", nil)); v != nil || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := webtest.Result(clock, p.Call("echo", int64(1)<<40)); v != int64(1)<<40 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := webtest.Result(clock, xmlrpc.Call[string](p, "add", 2, 3)); err == nil || err.Error() != "xmlrpc: the result: int instead of string" {
		t.Error(err)
	}
	_, err := webtest.Result(clock, p.Call("fail"))
	if f, ok := errors.AsType[*rpc.Fault](err); !ok || f.Code != 7 || f.Message != "<no>" {
		t.Error(err)
	}
	if _, err := webtest.Result(clock, p.Call("echo", func() {})); err == nil {
		t.Error("a function was sent")
	}
	if list, err := webtest.Result(clock, p.ListMethods()); !slices.Contains(list, "add") || err != nil {
		t.Errorf("%q, %v", list, err)
	}
	if s, err := webtest.Result(clock, p.MethodHelp("add")); s != "Adds." || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	if s, err := webtest.Result(clock, p.MethodSignature("add")); fmt.Sprint(s) != "[[int int int]]" || err != nil {
		t.Errorf("%v, %v", s, err)
	}
	rs, err := webtest.Result(clock, p.Multicall(xmlrpc.MethodCall{Method: "add", Args: []any{1, 2}}, xmlrpc.MethodCall{Method: "fail"}))
	if err != nil || rs[0].Value != int64(3) || rs[0].Err != nil {
		t.Fatalf("%v, %v", rs, err)
	}
	if f, ok := errors.AsType[*rpc.Fault](rs[1].Err); !ok || f.Code != 7 {
		t.Error(rs[1].Err)
	}
}

func TestProxyUser(t *testing.T) {
	for _, tt := range []struct {
		url, want string
		user      *url.Userinfo
	}{
		{"http://a.example/", "", nil},
		{"http://u:p@a.example/", "Basic dTpw", nil},
		{"http://u:p@a.example/", "Basic djpx", url.UserPassword("v", "q")},
		{"https://u:p@a.example/x", "Basic dTpw", nil},
	} {
		stub := webtest.NewStub(webtest.Answer{Status: 401})
		p, clock := proxyOf(t, stub, tt.url, xmlrpc.ProxyConfig{User: tt.user})
		_, err := webtest.Result(clock, p.Call("x"))
		if e, ok := errors.AsType[*fetch.StatusError](err); !ok || e.Status != 401 || strings.Contains(err.Error(), "u:p") {
			t.Error(err)
		}
		if got := stub.Asked()[0].Header.Get("Authorization"); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	for _, u := range []string{"", "/x", "ftp://a/", "http:///"} {
		if _, err := xmlrpc.NewProxy(nil, u, xmlrpc.ProxyConfig{}); err == nil {
			t.Errorf("%q is taken", u)
		}
	}
}

// What a server may answer with.
func TestProxyMalformed(t *testing.T) {
	value := func(s string) string {
		return "<?xml version='1.0'?><methodResponse><params><param>" + s + "</param></params></methodResponse>"
	}
	for _, tt := range []struct {
		body string
		err  error
	}{
		{value("<value>x</value>"), nil},
		{"", xmlrpc.ErrMalformed},
		{"<html/>", xmlrpc.ErrMalformed},
		{"<methodResponse/>", xmlrpc.ErrMalformed},
		{"<methodResponse><params/></methodResponse>", xmlrpc.ErrMalformed},
		{"<methodResponse><fault/></methodResponse>", xmlrpc.ErrMalformed},
		{"<methodResponse><fault><value>x</value></fault></methodResponse>", xmlrpc.ErrMalformed},
		{"<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>", xmlrpc.ErrMalformed},
		{"<methodCall><methodName>x</methodName></methodCall>", xmlrpc.ErrMalformed},
		{value(strings.Repeat("<value><array><data>", 20)), xmlrpc.ErrMalformed},
		{value("<value>" + strings.Repeat("x", 2000) + "</value>"), client.ErrBodyTooLong},
		{"<!DOCTYPE x [<!ENTITY a 'b'>]>" + value("<value>&a;</value>"), xmlrpc.ErrMalformed},
	} {
		p, clock := proxyOf(t, webtest.NewStub(webtest.Answer{Header: http.Header{"Content-Type": {"text/xml"}}, Body: tt.body}), "http://a.example/", xmlrpc.ProxyConfig{MaxBody: 2000, MaxDepth: 10})
		v, err := webtest.Result(clock, p.Call("x"))
		if !errors.Is(err, tt.err) || tt.err == nil && v != "x" {
			t.Errorf("%.80s: %v, %v", tt.body, v, err)
		}
	}
}
