// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

func send(t *testing.T, root web.Resource, line string) string {
	t.Helper()
	got, _ := exchange(t, root, line+" HTTP/1.1\r\nHost: a\r\n\r\n")
	return got
}

func say(s string) web.Func { return func(r *web.Request) { io.WriteString(r, s) } }

func paths(r *web.Request) { fmt.Fprintf(r, "%q %q", r.PrePath, r.PostPath) }

func TestTree(t *testing.T) {
	var root, sub web.Tree
	root.Dynamic = func(name string, r *web.Request) web.Resource {
		if name == "nothing" {
			return nil
		}
		return say("dynamic " + name)
	}
	root.PutChild("", say("home"))
	root.PutChild("page", say("page"))
	root.PutChild("a/b", say("slash"))
	root.PutChild("leaf", web.LeafFunc(paths))
	root.PutChild("sub", &sub)
	sub.Self = say("sub itself")
	sub.PutChild("", web.Func(paths))
	sub.PutChild("x y", web.Func(paths))
	tests := []struct{ path, want string }{
		{"/", "home"},
		{"/page", "page"},
		{"/page?q=/x", "page"},
		{"/page/", "404"},
		{"/page/x", "404"},
		{"/a%2Fb", "slash"},
		{"/a%2fb", "slash"},
		{"/a/b", "404"},
		{"/other", "dynamic other"},
		{"/nothing", "404"},
		{"/..", "dynamic .."},
		{"/sub", "sub itself"},
		{"/sub/", `["sub" ""] []`},
		{"/sub/x%20y", `["sub" "x y"] []`},
		{"/sub/none", "404"},
		{"//page", "404"},
		{"/leaf", `["leaf"] []`},
		{"/leaf/a%2Fb//c/", `["leaf"] ["a/b" "" "c" ""]`},
	}
	for _, tt := range tests {
		got := send(t, &root, "GET "+tt.path)
		if status(got) == "404 Not Found" && tt.want == "404" || body(got) == tt.want {
			continue
		}
		t.Errorf("%s: got %q, want %q", tt.path, got, tt.want)
	}
	root.DelChild("page")
	if got := body(send(t, &root, "GET /page")); got != "dynamic page" {
		t.Errorf("after DelChild: %q", got)
	}
	if got, want := root.Names(), []string{"", "a/b", "leaf", "sub"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if got := send(t, say("everything"), "GET /any/thing/"); body(got) != "everything" {
		t.Errorf("a root that is no Parent: %q", got)
	}
}

func TestMethods(t *testing.T) {
	m := web.Methods{
		"GET":   func(r *web.Request) { io.WriteString(r, "got") },
		"POST":  func(r *web.Request) { io.WriteString(r, "posted") },
		"BREW":  func(r *web.Request) { r.SetStatus(418) },
		"QUERY": nil,
	}
	tests := []struct{ line, status, allow, body string }{
		{"GET /", "200 OK", "", "got"},
		{"HEAD /", "200 OK", "", ""},
		{"POST /", "200 OK", "", "posted"},
		{"BREW /", "418 I'm a teapot", "", ""},
		{"OPTIONS /", "204 No Content", "BREW, GET, HEAD, OPTIONS, POST, QUERY", ""},
		{"PUT /", "405 Method Not Allowed", "BREW, GET, HEAD, OPTIONS, POST, QUERY", "*"},
		{"get /", "501 Not Implemented", "", "*"},
		{"FOO /", "501 Not Implemented", "", "*"},
	}
	for _, tt := range tests {
		got := send(t, m, tt.line)
		if status(got) != tt.status || header(got, "Allow") != tt.allow || tt.body != "*" && body(got) != tt.body {
			t.Errorf("%s: got %q", tt.line, got)
		}
	}
	head, want := send(t, m, "HEAD /"), send(t, m, "GET /")
	if head != strings.TrimSuffix(want, "got") {
		t.Errorf("HEAD %q, GET %q", head, want)
	}
}

func TestAsteriskAndAuthority(t *testing.T) {
	if got := send(t, hello, "OPTIONS *"); status(got) != "200 OK" || body(got) != "" || header(got, "Content-Length") != "0" {
		t.Errorf("got %q", got)
	}
	if got := send(t, hello, "GET *"); status(got) != "405 Method Not Allowed" || header(got, "Allow") != "OPTIONS" {
		t.Errorf("got %q", got)
	}
	if got, _ := exchange(t, hello, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"); status(got) != "501 Not Implemented" {
		t.Errorf("got %q", got)
	}
}

func TestRequestAttributes(t *testing.T) {
	var r *web.Request
	exchange(t, web.Func(func(req *web.Request) { r = req }),
		"GET http://h:80/a%20b/c?x=1&x=2;y=%2b+&z&=e&bad=%zz HTTP/1.1\r\nHost: H:80\r\nA: 1\r\na: 2\r\nList: b, ,c\r\n\r\n")
	if r.Method != "GET" || r.Path != "/a%20b/c" || r.URI[:4] != "http" || r.Host != "H:80" || r.Proto != "HTTP/1.1" {
		t.Errorf("%+v", r)
	}
	want := map[string][]string{"x": {"1", "2"}, "y": {"+ "}, "z": {""}, "": {"e"}, "bad": {"%zz"}}
	if got := map[string][]string(r.Args()); !reflect.DeepEqual(got, want) {
		t.Errorf("args %q, want %q", got, want)
	}
	if got := slices.Collect(r.Header.Values("A")); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("values %q", got)
	}
	if got := slices.Collect(r.Header.Tokens("list")); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("tokens %q", got)
	}
	if r.RemoteAddr().String() != "192.168.1.1:54321" || r.LocalAddr().String() != "10.0.0.1:12345" || r.TLS() != nil {
		t.Errorf("addresses %v %v", r.RemoteAddr(), r.LocalAddr())
	}
}

func TestParamsAreBounded(t *testing.T) {
	var n int
	tr, _ := serve(t, web.Func(func(r *web.Request) { n = len(r.Args()) }), web.Config{Limits: web.Limits{Params: 2}})
	tr.FeedString("GET /?a&b&c&d HTTP/1.1\r\nHost: a\r\n\r\n")
	if n != 2 {
		t.Errorf("%d parameters, want 2", n)
	}
}

func TestHeaderEditing(t *testing.T) {
	var h web.Header
	h.Add("A", "1")
	h.Add("b", "2")
	h.Add("a", "3")
	h.Set("A", "4")
	if h.Len() != 2 || h.Get("a") != "4" || !h.Has("B") {
		t.Errorf("%d fields, a is %q", h.Len(), h.Get("a"))
	}
	h.Del("a")
	if h.Has("A") || h.Err() != nil {
		t.Error("Del left it, or Err", h.Err())
	}
	h.Set("c", "\n")
	if h.Has("c") || h.Err() == nil {
		t.Error("a line feed was stored")
	}
}

// A value that is refused may be a secret, and errors stand in logs.
func TestHeaderErrTellsNoValue(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"Authorization", "Bearer hidden\r\nX: y", `web: header "Authorization": the value has a control character in it`},
		{"X Y", "hidden", `web: header "X Y": the name is no token`},
		{"", "hidden", `web: header "": the name is no token`},
		{"A\n", "hidden\n", `web: header "A\n": the name is no token`},
	} {
		var h web.Header
		h.Set(tt.name, tt.value)
		h.Set("B", "\n") // the first one counts
		if err := h.Err(); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

func TestPages(t *testing.T) {
	got := send(t, web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("X-Secret", "1")
		r.ResponseHeader().Set("Retry-After", "9")
		io.WriteString(r, "written before")
		r.Error(503, `<script>"&'`)
	}), "GET /")
	if status(got) != "503 Service Unavailable" || strings.Contains(got, "<script>") || strings.Contains(got, "before") ||
		header(got, "X-Secret") != "" || header(got, "Retry-After") != "9" {
		t.Errorf("got %q", got)
	}
	got = send(t, web.Func(func(r *web.Request) { r.Redirect(303, "/x\r\nSet-Cookie: a=b\" ä<b>") }), "GET /")
	if status(got) != "303 See Other" || header(got, "Location") != `/x%0D%0ASet-Cookie:%20a=b"%20%C3%A4<b>` || strings.Contains(body(got), "<b>") {
		t.Errorf("got %q", got)
	}
	for in, want := range map[string]string{"/a": "/a", "//evil": "/evil", `/\evil`: "/evil", `\\evil`: "/evil", "": "/", "a": "/a"} {
		if got := web.LocalPath(in); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDefaultHeaders(t *testing.T) {
	tr, _ := serve(t, hello, web.Config{Server: "-", ContentType: "text/plain"})
	tr.FeedString(get)
	settle(tr)
	if got := tr.Value(); header(got, "Server") != "" || header(got, "Content-Type") != "text/plain" {
		t.Errorf("got %q", got)
	}
	own := web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("server", "mine")
		r.ResponseHeader().Set("Date", "today")
		r.ResponseHeader().Set("Connection", "Close")
		r.ResponseHeader().Set("Transfer-Encoding", "gzip")
		r.SetStatusText(299, "Fine")
	})
	got := send(t, own, "GET /")
	if want := "HTTP/1.1 299 Fine\r\nServer: mine\r\nDate: today\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLater(t *testing.T) {
	var d *deferred.Deferred[string]
	page := web.Func(func(r *web.Request) {
		d = deferred.New[string](r.Loop())
		web.Later(r, d, func(v string) { io.WriteString(r, v) })
	})
	tests := []struct {
		name, status string
		fire         func()
	}{
		{"value", "200 OK", func() { d.Callback("value") }},
		{"status", "409 Conflict", func() { d.Errback(fmt.Errorf("wrapped: %w", &web.StatusError{Status: 409, Detail: "no"})) }},
		{"error", "500 Internal Server Error", func() { d.Errback(errors.New("secret")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr, _ := serve(t, page, web.Config{})
			tr.FeedString(get)
			if tr.Value() != "" {
				t.Fatalf("got %q too early", tr.Value())
			}
			tt.fire()
			settle(tr)
			got := tr.Value()
			if status(got) != tt.status || strings.Contains(got, "secret") || tt.name == "value" && (body(got) != "value" || header(got, "Content-Length") != "5") {
				t.Errorf("got %q", got)
			}
		})
	}
	cancelled := false
	tr, _ := serve(t, web.Func(func(r *web.Request) {
		d := deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[string]) { cancelled = true })
		web.Later(r, d, func(string) { t.Error("rendered for nobody") })
	}), web.Config{})
	tr.FeedString(get)
	tr.Lose(io.EOF)
	if !cancelled {
		t.Error("the Deferred goes on for a client that is gone")
	}
}

func TestEarlyHints(t *testing.T) {
	got := send(t, web.Func(func(r *web.Request) { r.EarlyHints("</a.css>; rel=preload") }), "GET /")
	if !strings.HasPrefix(got, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestStream(t *testing.T) {
	broken := errors.New("broken")
	page := web.Func(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for _, s := range []string{"a", "bc"} {
				if !yield([]byte(s), nil) {
					return
				}
			}
			if r.Path == "/broken" {
				yield(nil, broken)
			}
		})
	})
	if got := send(t, page, "GET /"); body(got) != "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n" {
		t.Errorf("got %q", got)
	}
	if got := send(t, page, "HEAD /"); body(got) != "" || status(got) != "200 OK" {
		t.Errorf("HEAD: got %q", got)
	}
	if _, tr := exchange(t, page, "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n"); !tr.Aborted() {
		t.Error("a stream that broke was ended as if it were whole")
	}
}
