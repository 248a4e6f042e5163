// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package mux_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/mux"
	"github.com/torsion-go/torsion/web/webtest"
)

// What is found, and for which wildcards, is what http.ServeMux finds.
func TestAgainstServeMux(t *testing.T) {
	patterns := []string{
		"/{$}", "GET /a", "POST /a", "/a/", "GET /a/{x}", "/a/b/q/{y}", "/a/b/c/{rest...}", "GET /a/{x}/z", "example.com/h", "GET other.example/h", "/h",
		"/u%2Fv", "/w/{one}/{two}", "DELETE /w/{one}/{two}", "DELETE /w/lit/{two}", "HEAD /head", "GET /head", "/deep/{a}/{b}/{c}/end", "example.com/{any...}",
		"/m/{x}/{$}", "/m/{x}/n",
	}
	names := []string{"x", "y", "rest", "one", "two", "a", "b", "c", "any"}
	var m mux.Mux
	std := http.NewServeMux()
	for _, p := range patterns {
		m.Func(p, func(r *web.Request) {
			fmt.Fprint(r, mux.Pattern(r))
			for _, n := range names {
				fmt.Fprintf(r, " %s=%q", n, mux.Value(r, n))
			}
		})
		std.HandleFunc(p, func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, p)
			for _, n := range names {
				fmt.Fprintf(w, " %s=%q", n, r.PathValue(n))
			}
		})
	}
	site := web.NewSite(&m, web.Config{})
	checked := 0
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
		for _, host := range []string{"example.com", "other.example:81", "third.example", "[::1]:80"} {
			for _, path := range []string{
				"/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/q/c", "/a/b/c/c", "/a/b/c", "/a/b/c/", "/a/b/c/d/e%2Ff", "/a/x/z", "/a/x%2Fy", "/h", "/none", "/u%2Fv", "/u/v",
				"/w/1/2", "/w/lit/2", "/w/lit", "/head", "/deep/1/2/3/end", "/deep/1/2/3/4", "/six", "/m/1", "/m/1/", "/m/1/n", "/m/1/o", "/six/",
			} {
				rec := httptest.NewRecorder()
				req := httptest.NewRequest(method, path, nil)
				req.Host = host
				std.ServeHTTP(rec, req)
				want := rec.Code
				if want == 301 || want == 307 {
					want = 308
				}
				res := webtest.Connect(site, webtest.Config{}).Do(webtest.Request{Method: method, Target: path, Host: host})
				if res.Status != want || want == 200 && method != "HEAD" && res.Body != rec.Body.String() {
					t.Errorf("%s %s%s: got %d %s, http.ServeMux %d %s", method, host, path, res.Status, res.Body, rec.Code, rec.Body)
				}
				if want == 200 {
					checked++
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d of them were found", checked)
	}
}

func TestMethods(t *testing.T) {
	var m mux.Mux
	for _, p := range []string{"GET /a", "POST /a", "PUT /b", "OPTIONS /own", "[::1]/six", "/any"} {
		m.Func(p, func(r *web.Request) { fmt.Fprint(r, p) })
	}
	if res := webtest.Do(&m, webtest.Request{Target: "/six", Host: "[::1]:81"}); res.Body != "[::1]/six" {
		t.Errorf("IPv6 host: %d %s", res.Status, res.Body)
	}
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"DELETE", "/a", 405, "GET, HEAD, OPTIONS, POST"},
		{"OPTIONS", "/a", 204, "GET, HEAD, OPTIONS, POST"},
		{"OPTIONS", "/own", 200, ""},
		{"FOO", "/b", 405, "OPTIONS, PUT"},
		{"FOO", "/any", 200, ""},
		{"OPTIONS", "/none/x", 404, ""},
	} {
		res := webtest.Do(&m, webtest.Request{Method: tt.method, Target: tt.path})
		if res.Status != tt.status || res.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d, Allow %q", tt.method, tt.path, res.Status, res.Header.Get("Allow"))
		}
	}
}

func TestRegistration(t *testing.T) {
	for name, f := range map[string]func(m *mux.Mux){
		"conflict":  func(m *mux.Mux) { m.Func("/a/{x}", nothing); m.Func("/{y}/b", nothing) },
		"twice":     func(m *mux.Mux) { m.Func("/a", nothing); m.Func("/a", nothing) },
		"malformed": func(m *mux.Mux) { m.Func("/a{x}", nothing) },
		"no path":   func(m *mux.Mux) { m.Func("GET", nothing) },
		"nil":       func(m *mux.Mux) { m.Handle("/", nil) },
	} {
		func() {
			defer func() {
				if v := fmt.Sprint(recover()); !strings.HasPrefix(v, "mux: Handle: ") {
					t.Errorf("%s: panic %q", name, v)
				}
			}()
			f(new(mux.Mux))
		}()
	}
	var m mux.Mux
	m.Func("/b", nothing)
	m.Handle("GET /a", web.NotFound(""))
	if got, want := m.String(), fmt.Sprintf("%-40s *web.Problem\n%-40s web.Func\n", "/b", "GET /a"); len(m.Routes()) != 2 || !strings.Contains(got, "GET /a") ||
		len(got) != len(want) {
		t.Errorf("routes:\n%s", got)
	}
}

func nothing(*web.Request) {}

// Trees, http.Handlers and other Muxes below a Mux, and a Mux in a tree.
func TestMounting(t *testing.T) {
	show := web.LeafFunc(func(r *web.Request) { fmt.Fprintf(r, "%q %q", r.PrePath, r.PostPath) })
	var m, inner mux.Mux
	var root, tree web.Tree
	root.PutChild("app", &m)
	tree.PutChild("leaf", show)
	tree.PutChild("", show)
	m.Handle("/tree/", &tree)
	m.Handle("/plain/", web.Func(show))
	m.Handle("/in/{user}/", &inner)
	inner.Func("/{item}", func(r *web.Request) {
		n, err := mux.As[int](r, "item")
		if err != nil {
			panic(err)
		}
		fmt.Fprint(r, mux.Value(r, "user"), " ", n, " ", mux.Value(r, "none"), mux.Pattern(r))
	})
	for target, want := range map[string]string{
		"/app/tree/leaf/x": `200 ["app" "tree" "leaf"] ["x"]`,
		"/app/tree/":       `200 ["app" "tree" ""] []`,
		"/app/tree":        "308 /app/tree/",
		"/app/tree/none":   "404",
		"/app/plain/a/b":   `200 ["app" "plain"] ["a" "b"]`,
		"/app/in/ann/7":    "200 ann 7 /{item}",
		"/app":             "404",
		"/app/none":        "404",
	} {
		res := webtest.Get(&root, target)
		got := fmt.Sprint(res.Status)
		if res.Status == 200 {
			got += " " + res.Body
		} else if res.Status == 308 {
			got += " " + res.Header.Get("Location")
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
	m.Handle("/std/", web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })))
	res := webtest.Get(&root, "/app/std/x")
	if err := res.Wait(t.Context()); err != nil || res.Body != "/app/std/x" {
		t.Errorf("http.Handler: %q, %v", res.Body, err)
	}
}

// A number in the path that is none is a page that is not there.
func TestAs(t *testing.T) {
	var m mux.Mux
	m.Handle("/{id}", web.Returns(func(r *web.Request) (any, error) {
		id, err := mux.As[uint8](r, "id")
		return fmt.Sprint(id), err
	}))
	for path, want := range map[string]int{"/255": 200, "/256": 404, "/x": 404, "/-1": 404} {
		if res := webtest.Get(&m, path); res.Status != want {
			t.Errorf("%s: got %d", path, res.Status)
		}
	}
}

// The redirect to the slash does not leave the host (class 16).
func TestSlashRedirect(t *testing.T) {
	var m mux.Mux
	m.Func("/{$}", nothing)
	m.Func("/{a...}", nothing)
	var strict mux.Mux
	strict.Func("GET /x/{$}", nothing)
	strict.Handle("/{a}/sub/", web.Func(nothing))
	root := web.LeafFunc(func(r *web.Request) {
		if len(r.PostPath) > 2 && r.PostPath[0] == "" { // as something that cleans paths might
			r.PostPath = r.PostPath[1:]
		}
		web.Dispatch(&strict, r)
	})
	for target, want := range map[string]string{"/x?q=1": "/x/?q=1", "//evil.example/sub": "/evil.example/sub/"} {
		res := webtest.Get(root, target)
		if res.Status != 308 || res.Header.Get("Location") != want {
			t.Errorf("%s: got %d %q, want %q", target, res.Status, res.Header.Get("Location"), want)
		}
	}
	if res := webtest.Get(&m, "//evil.example"); res.Status != 200 {
		t.Errorf("the rest does not match empty segments: %d", res.Status)
	}
}
