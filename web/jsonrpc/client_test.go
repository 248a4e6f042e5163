// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/jsonrpc"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/webtest"
)

func clientOf(t testing.TB, root web.Resource, config jsonrpc.ClientConfig) (*jsonrpc.Client, *protocoltest.Clock) {
	t.Helper()
	clock := protocoltest.NewClock()
	c, err := jsonrpc.NewClient(webtest.NewAgent(clock, web.NewSite(root, web.Config{}), client.Config{}), "http://u:p@a.example/rpc", config)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func TestClient(t *testing.T) {
	noted := ""
	h := jsonrpc.New(rpc.Methods{
		"add":  func(a, b int) int { return a + b },
		"note": func(s string) { noted = s },
		"fail": func() error { return &rpc.Fault{Code: 7, Message: "no", Data: []int{1}} },
		"null": func() any { return nil },
	}, jsonrpc.Config{})
	c, clock := clientOf(t, h, jsonrpc.ClientConfig{})
	if n, err := webtest.Result(clock, jsonrpc.Call[int](c, "add", []int{2, 3})); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if v, err := webtest.Result(clock, jsonrpc.Call[*int](c, "null", nil)); v != nil || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	_, err := webtest.Result(clock, c.Call("fail", nil))
	if f, ok := errors.AsType[*rpc.Fault](err); !ok || f.Code != 7 || f.Message != "no" || string(f.Data.(json.RawMessage)) != "[1]" {
		t.Errorf("%v", err)
	}
	if _, err := webtest.Result(clock, c.Notify("note", []string{"x"})); err != nil || noted != "x" {
		t.Errorf("%q, %v", noted, err)
	}
	rs, err := webtest.Result(clock, c.Batch(jsonrpc.BatchCall{Method: "add", Params: []int{1, 1}}, jsonrpc.BatchCall{Method: "note", Params: []string{"y"}, Notify: true}, jsonrpc.BatchCall{Method: "none"}))
	if err != nil || string(rs[0].Value) != "2" || rs[1].Err != nil || noted != "y" {
		t.Fatalf("%v, %v", rs, err)
	}
	if f, ok := errors.AsType[*rpc.Fault](rs[2].Err); !ok || f.Code != jsonrpc.MethodNotFound {
		t.Error(rs[2].Err)
	}
	for _, params := range []any{1, "x", func() {}} {
		if _, err := webtest.Result(clock, c.Call("x", params)); err == nil {
			t.Errorf("parameters %T are taken", params)
		}
	}
}

// What a server may answer with.
func TestClientMalformed(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		err    error
	}{
		{200, `{"jsonrpc": "2.0", "result": 1, "error": null, "id": 1}`, nil},
		{200, ``, jsonrpc.ErrMalformed},
		{200, `{`, jsonrpc.ErrMalformed},
		{200, `[]`, jsonrpc.ErrMalformed},
		{200, `{"jsonrpc": "1.0", "result": 1, "id": 1}`, jsonrpc.ErrMalformed},
		{200, `{"jsonrpc": "2.0", "id": 1}`, jsonrpc.ErrMalformed},
		{200, `{"jsonrpc": "2.0", "result": 1, "id": 2}`, jsonrpc.ErrMalformed},
		{200, `{"jsonrpc": "2.0", "result": 1, "id": "1"}`, jsonrpc.ErrMalformed},
		{200, `[{"jsonrpc": "2.0", "result": 1, "id": 1},{"jsonrpc": "2.0", "result": 1, "id": 1}]`, jsonrpc.ErrMalformed},
		{200, `{"jsonrpc": "2.0", "result": [[[[[[1]]]]]], "id": 1}`, jsonrpc.ErrMalformed},
		{500, `{"oops": 1}`, jsonrpc.ErrMalformed},
	} {
		c, clock := clientOf(t, webtest.NewStub(webtest.Answer{Status: tt.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: tt.body}), jsonrpc.ClientConfig{MaxDepth: 5})
		if v, err := webtest.Result(clock, c.Call("x", nil)); !errors.Is(err, tt.err) || tt.err == nil && string(v) != "1" {
			t.Errorf("%s: %s, %v", tt.body, v, err)
		}
	}
	stub := webtest.NewStub(webtest.Answer{Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"jsonrpc": "2.0", "error": {"code": -32700, "message": "no JSON"}, "id": null}`, Times: 1},
		webtest.Answer{Status: 404, Body: "<html>"})
	c, clock := clientOf(t, stub, jsonrpc.ClientConfig{Bearer: "token"})
	_, err := webtest.Result(clock, c.Call("x", nil))
	if f, ok := errors.AsType[*rpc.Fault](err); !ok || f.Code != jsonrpc.ParseError {
		t.Error(err)
	}
	_, err = webtest.Result(clock, c.Call("x", nil))
	if e, ok := errors.AsType[*fetch.StatusError](err); !ok || e.Status != 404 {
		t.Error(err)
	}
	if got := stub.Asked()[0].Header.Get("Authorization"); got != "Bearer token" {
		t.Error(got)
	}
}
