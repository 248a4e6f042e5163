// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

func accepting(accept string) webtest.Request {
	return webtest.Request{Header: http.Header{"Accept": {accept}}}
}

// What of an error is sent for which Accept field.
func TestProblemNegotiation(t *testing.T) {
	p := &web.Problem{
		Status: 402, Type: "https://example.com/out-of-credit", Title: "Out of <credit>", Detail: "30 & \"50\"", Instance: "/account/1",
		Extra: map[string]any{"balance": 30, "status": 1, "detail": "no"},
	}
	const object = `{"balance":30,"detail":"30 \u0026 \"50\"","instance":"/account/1","status":402,"title":"Out of \u003ccredit\u003e","type":"https://example.com/out-of-credit"}`
	for _, tt := range []struct{ accept, ctype string }{
		{"*/*", "text/html; charset=utf-8"},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"},
		{"application/json", "application/json"},
		{"application/problem+json", "application/problem+json"},
		{"application/problem+json, application/json", "application/problem+json"},
		{"application/*", "application/problem+json"},
		{"text/html;q=0.5, application/json;q=0.6", "application/json"},
		{"*/*, text/html;q=0", "application/problem+json"},
		{"application/json;q=0", "text/html; charset=utf-8"},
		{"application/json;q=x", "text/html; charset=utf-8"},
		{"image/png", "text/html; charset=utf-8"},
		{"", "text/html; charset=utf-8"},
	} {
		res := webtest.Do(p, accepting(tt.accept))
		if res.Status != 402 || res.Header.Get("Content-Type") != tt.ctype || res.Header.Get("Vary") != "Accept" {
			t.Errorf("%q: status %d, header %v", tt.accept, res.Status, res.Header)
		}
		if html := strings.HasPrefix(tt.ctype, "text/html"); !html && res.Body != object {
			t.Errorf("%q: %s", tt.accept, res.Body)
		} else if html && (!strings.Contains(res.Body, "<h1>402 Out of &lt;credit&gt;</h1>") || !strings.Contains(res.Body, "<p>30 &amp; &#34;50&#34;</p>")) {
			t.Errorf("%q: %s", tt.accept, res.Body)
		}
	}
}

func TestProblems(t *testing.T) {
	var root web.Tree
	root.PutChild("none", web.NotFound("<gone>"))
	root.PutChild("no", web.Forbidden(""))
	root.PutChild("odd", &web.Problem{Status: 200})
	root.PutChild("unknown", &web.Problem{Status: 599})
	root.PutChild("later", web.Func(func(r *web.Request) {
		web.Later(r, deferred.Fail[int](fmt.Errorf("wrapped: %w", &web.Problem{Status: 409, Detail: "twice"})), nil)
	}))
	for target, want := range map[string]string{
		"/none/below": "404 Not Found</h1><p>&lt;gone&gt;</p>",
		"/no":         "403 Forbidden</h1></body>",
		"/odd":        "500 Internal Server Error</h1>",
		"/unknown":    "599 Status 599</h1>",
		"/later":      "409 Conflict</h1><p>twice</p>",
		"/missing":    "404 Not Found</h1></body>",
	} {
		if res := webtest.Get(&root, target); !strings.Contains(res.Body, want) || !strings.HasPrefix(want, fmt.Sprint(res.Status)) {
			t.Errorf("%s: %d %s", target, res.Status, res.Body)
		}
	}
	if got, want := web.NotFound("x").Error(), "web: 404 Not Found: x"; got != want {
		t.Errorf("Error is %q", got)
	}
}

// The stack of a panic is shown if it is asked for, and only then.
func TestDisplayTracebacks(t *testing.T) {
	var root web.Tree
	root.PutChild("panic", web.Func(func(r *web.Request) { panic("<secret>") }))
	root.PutChild("error", web.Returns(func(r *web.Request) (any, error) { return nil, errors.New("<secret>") }))
	for _, path := range []string{"/panic", "/error"} {
		for _, on := range []bool{false, true} {
			c := webtest.Connect(web.NewSite(&root, web.Config{DisplayTracebacks: on, Logger: quiet}), webtest.Config{})
			res := c.Do(webtest.Request{Target: path})
			if res.Status != 500 || strings.Contains(res.Body, "&lt;secret&gt;") != on || strings.Contains(res.Body, "<secret>") {
				t.Errorf("%s, %v: %d %s", path, on, res.Status, res.Body)
			}
			if path == "/panic" && strings.Contains(res.Body, "problem_test.go") != on {
				t.Errorf("%s, %v: the stack: %s", path, on, res.Body)
			}
		}
	}
}

func TestReturns(t *testing.T) {
	for _, tt := range []struct {
		v      any
		err    error
		status int
		ctype  string
		body   string
	}{
		{"text", nil, 200, "text/html; charset=utf-8", "text"},
		{[]byte("bytes"), nil, 200, "text/html; charset=utf-8", "bytes"},
		{map[string]int{"a": 1}, nil, 200, "application/json", "{\"a\":1}\n"},
		{nil, nil, 204, "", ""},
		{say("resource"), nil, 200, "text/html; charset=utf-8", "resource"},
		{nil, &web.StatusError{Status: 418}, 418, "text/html; charset=utf-8", ""},
		{nil, web.Forbidden(""), 403, "text/html; charset=utf-8", ""},
		{make(chan int), nil, 500, "text/html; charset=utf-8", ""},
	} {
		c := webtest.Connect(web.NewSite(web.Returns(func(*web.Request) (any, error) { return tt.v, tt.err }), web.Config{Logger: quiet}), webtest.Config{})
		res := c.Do(webtest.Request{})
		if res.Status != tt.status || res.Header.Get("Content-Type") != tt.ctype || tt.status < 400 && res.Body != tt.body {
			t.Errorf("%v, %v: %d %s %q", tt.v, tt.err, res.Status, res.Header.Get("Content-Type"), res.Body)
		}
	}
}

func TestArgAs(t *testing.T) {
	root := web.Returns(func(r *web.Request) (any, error) {
		n, err := web.ArgAs(r, "n", 7)
		return []int{n}, err
	})
	for query, want := range map[string]string{"": "[7]\n", "?n=3&n=x": "[3]\n", "?n=x<": "400", "?n=": "400"} {
		res := webtest.Get(root, "/"+query)
		if want == "400" && res.Status == 400 && strings.Contains(res.Body, "The parameter &#34;n&#34; is not a whole number.") {
			continue
		}
		if res.Body != want {
			t.Errorf("%q: %d %s", query, res.Status, res.Body)
		}
	}
}

func TestKey(t *testing.T) {
	user, other := web.NewKey[string]("user"), web.NewKey[string]("user")
	inner := web.Func(func(r *web.Request) {
		u, ok := user.Get(r)
		_, none := other.Get(r)
		fmt.Fprint(r, u, " ", ok, none)
	})
	wrapped := web.LeafFunc(func(r *web.Request) {
		if _, ok := user.Get(r); ok {
			t.Error("a value before Set")
		}
		user.Set(r, "ann")
		web.Dispatch(inner, r)
	})
	if res := webtest.Get(wrapped, "/"); res.Body != "ann true false" {
		t.Errorf("got %q", res.Body)
	}
}

func TestDemo(t *testing.T) {
	if res := webtest.Get(nil, "/any/<where>"); res.Status != 200 || !strings.Contains(res.Body, "It works") || strings.Contains(res.Body, "<where>") {
		t.Errorf("%d %s", res.Status, res.Body)
	}
}

func TestHeaderCopies(t *testing.T) {
	var a, b web.Header
	a.Add("etag", "x")
	a.Add("x-more", "1")
	a.Add("X-More", "2")
	b.Add("X-MORE", "1")
	b.Add("ETAG", "x")
	if a.Equal(&b) || b.Equal(&a) {
		t.Error("equal with different numbers")
	}
	b.Add("x-more", "2")
	if !a.Equal(&b) || !b.Equal(&a) {
		t.Error("not equal in another order")
	}
	c := a.Clone()
	c.Set("X-More", "3")
	if a.Equal(&c) || a.Get("x-more") != "1" {
		t.Error("the copy shares its fields")
	}
	for sent, want := range map[string]string{
		"etag": "ETag", "www-authenticate": "WWW-Authenticate", "dnt": "DNT", "te": "TE", "content-md5": "Content-MD5", "p3p": "P3P",
		"x-xss-protection": "X-XSS-Protection", "sec-websocket-accept": "Sec-WebSocket-Accept", "content-TYPE": "Content-Type", "x-a": "X-A",
	} {
		var h web.Header
		h.Set(sent, "v")
		for k := range h.All() {
			if k != want {
				t.Errorf("%s became %s, want %s", sent, k, want)
			}
		}
	}
}
