// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/static"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// over returns a Client whose server is root.
func over(t testing.TB, root web.Resource, cfg fetch.Config) (*fetch.Client, *protocoltest.Clock) {
	t.Helper()
	clock := protocoltest.NewClock()
	c, err := fetch.Over(webtest.NewAgent(clock, web.NewSite(root, web.Config{}), client.Config{}), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func text(d *deferred.Deferred[*fetch.Response]) *deferred.Deferred[string] {
	return deferred.ThenD(d, (*fetch.Response).Text)
}

// header returns a Header of names and values.
func header(pairs ...string) (h web.Header) {
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// What is asked, as the server sees it.
func TestRequest(t *testing.T) {
	for _, tt := range []struct {
		name, method, url string
		o                 *fetch.Options
		want              []string
	}{
		{"nothing", "GET", "http://a.example/x?y", nil, []string{"GET http://a.example/x?y", "Authorization=", "X-Both=config", "body="}},
		{"relative", "GET", "y", nil, []string{"GET http://base.example/d/y", "body="}},
		{"query", "GET", "http://a.example/?a=1", &fetch.Options{Query: url.Values{"b": {"2 3"}, "c": {"ä"}}}, []string{"GET http://a.example/?a=1&b=2+3&c=%C3%A4"}},
		{"header", "PUT", "/", &fetch.Options{Header: header("X-Both", "request")}, []string{"PUT http://base.example/", "X-Both=request", "Content-Length=0"}},
		{"JSON", "POST", "/", &fetch.Options{JSON: map[string]int{"a": 1}}, []string{"Content-Type=application/json", `body={"a":1}`}},
		{"JSON of a type of one's own", "PATCH", "/", &fetch.Options{JSON: []int{1}, Header: header("Content-Type", "application/json-patch+json")}, []string{"Content-Type=application/json-patch+json", `body=[1]`}},
		{"form", "POST", "/", &fetch.Options{Form: url.Values{"a": {"1", "&"}}}, []string{"Content-Type=application/x-www-form-urlencoded", "body=a=1&a=%26"}},
		{"body", "POST", "/", &fetch.Options{Body: client.String("x"), Type: "text/plain"}, []string{"Content-Type=text/plain", "body=x"}},
		{"body of no type", "DELETE", "/", &fetch.Options{Body: client.String("x")}, []string{"DELETE http://base.example/", "Content-Type=application/octet-stream", "body=x"}},
		{"user", "GET", "/", &fetch.Options{Basic: url.UserPassword("Aladdin", "open sesame")}, []string{"Authorization=Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
		{"user of the URL", "GET", "http://Aladdin:open%20sesame@a.example/", nil, []string{"GET http://a.example/", "Authorization=Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
		{"both users", "GET", "http://other@a.example/", &fetch.Options{Basic: url.UserPassword("Aladdin", "open sesame")}, []string{"Authorization=Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
		{"bearer", "GET", "/", &fetch.Options{Bearer: "abc"}, []string{"Authorization=Bearer abc"}},
		{"user and header", "GET", "http://u@a.example/", &fetch.Options{Header: header("Authorization", "Own x")}, []string{"Authorization=Own x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stub := webtest.NewStub(webtest.Answer{Body: "ok"})
			c, clock := over(t, stub, fetch.Config{Base: "http://base.example/d/", Header: header("X-Both", "config")})
			if got, err := webtest.Result(clock, text(c.Request(tt.method, tt.url, tt.o))); got != "ok" || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			a := stub.Asked()[0]
			for _, want := range tt.want {
				got := a.Method + " " + a.URL
				if name, _, ok := strings.Cut(want, "="); ok && !strings.Contains(name, " ") {
					got = name + "=" + a.Header.Get(name)
					if name == "body" {
						got = "body=" + a.Body
					}
				}
				if got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		})
	}
}

func TestVerbs(t *testing.T) {
	stub := webtest.NewStub(webtest.Answer{})
	c, clock := over(t, stub, fetch.Config{Base: "http://a.example"})
	for method, f := range map[string]func(string, *fetch.Options) *deferred.Deferred[*fetch.Response]{
		"GET": c.Get, "HEAD": c.Head, "POST": c.Post, "PUT": c.Put, "PATCH": c.Patch, "DELETE": c.Delete,
	} {
		if res, err := webtest.Result(clock, f("/", nil)); err != nil || res.Request.Method != method {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// What cannot be sent is a *client.Error, and tells no secret. Class 9 (client request splitting).
func TestRefused(t *testing.T) {
	c, clock := over(t, webtest.NewStub(), fetch.Config{})
	for _, tt := range []struct {
		url string
		o   fetch.Options
	}{
		{"http://secret:secret@a.example:port/", fetch.Options{}},
		{"http://joe:secret/@a.example/", fetch.Options{}},
		{"http://a.example/", fetch.Options{Header: header("Authorization", "Bearer secret\n")}},
		{"http://a.example/", fetch.Options{Basic: url.UserPassword("a:b", "secret")}},
		{"http://a.example/", fetch.Options{Basic: url.User("a"), Bearer: "secret"}},
		{"http://a.example/", fetch.Options{Bearer: "secret\r\nX: y"}},
		{"http://a.example/", fetch.Options{JSON: 1, Body: client.String("")}},
		{"http://a.example/", fetch.Options{JSON: func() {}}},
		{"http://a.example/", fetch.Options{Parts: []fetch.Part{{Name: "a"}}}},
		{"http://a.example/", fetch.Options{Parts: []fetch.Part{{Name: "a", Type: "a\r\nb", Body: client.String("")}}}},
		{"/relative", fetch.Options{}},
		{"ftp://a.example/", fetch.Options{}},
	} {
		_, err := webtest.Result(clock, c.Post(tt.url, &tt.o))
		e, ok := errors.AsType[*client.Error](err)
		if !ok || e.Phase != client.PhaseRequest || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", tt.url, err)
		}
	}
	for _, cfg := range []fetch.Config{{Base: "x"}, {Base: "http://u@x/"}, {Header: header("a b", "c")}} {
		if _, err := fetch.Over(c, cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}

// A redirect to another origin takes no login along, and a request that is sent again is what browsers make of it. Class 17 (credential leak on a redirect).
func TestRedirect(t *testing.T) {
	moved := func(to string) http.Header { return http.Header{"Location": {to}} }
	stub := webtest.NewStub(
		webtest.Answer{URL: "http://a.example/", Status: 302, Header: moved("/next")},
		webtest.Answer{URL: "http://a.example/next", Status: 307, Header: moved("http://b.example/")},
		webtest.Answer{URL: "http://b.example/", Body: "there"},
	)
	for _, o := range []fetch.Options{{Bearer: "x"}, {Basic: url.User("x")}} {
		c, clock := over(t, stub, fetch.Config{})
		if got, err := webtest.Result(clock, text(c.Get("http://a.example/", &o))); got != "there" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	for i, a := range stub.Asked() {
		if has := a.Header.Get("Authorization") != ""; has != (i%3 < 2) {
			t.Errorf("%s: Authorization %v", a.URL, has)
		}
	}
	c, clock := over(t, stub, fetch.Config{})
	res, err := webtest.Result(clock, c.Get("http://a.example/", &fetch.Options{NoRedirect: true}))
	if err != nil || res.Status != 302 {
		t.Errorf("%v", err)
	}
	// A POST becomes a GET after 302, and stays one after 307.
	if _, err := webtest.Result(clock, c.Post("http://a.example/", &fetch.Options{Form: url.Values{"a": {"b"}}})); err != nil {
		t.Error(err)
	}
	if _, err := webtest.Result(clock, c.Post("http://a.example/next", &fetch.Options{Form: url.Values{"a": {"b"}}})); err != nil {
		t.Error(err)
	}
	asked := stub.Asked()
	if n := len(asked); asked[n-1].Method != "POST" || asked[n-1].Body != "a=b" || asked[n-3].Method != "GET" {
		t.Errorf("%+v", asked)
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ kind, body, want string }{
		{"text/plain; charset=utf-8", "ä€", "ä€"},
		{"text/plain; charset=ISO-8859-1", "\xe4\x80", "ä€"}, // which means windows-1252
		{"text/plain; charset=windows-1251", "\xcf", "П"},
		{"text/plain; charset=Shift_JIS", "\x93\xfa", "日"},
		{"text/plain; charset=utf-16le", "a\x00\xac\x20", "a€"},
		{"text/plain; charset=latin1", "\uFEFFä", "ä"}, // a BOM is more than a label
		{"text/plain", "\xff\xfea\x00", "a"},
		{"text/plain", "\xfe\xff\x00a", "a"},
		{"", "a\xffb", "a\ufffdb"},
		{"application/json", `"ä"`, `"ä"`},
		{"text/html", "<meta charset=windows-1251>\xcf", "<meta charset=windows-1251>П"},
		{"text/plain; charset=klingon", "x", "the charset \"klingon\" of the body is not known"},
	} {
		c, clock := over(t, webtest.NewStub(webtest.Answer{Header: http.Header{"Content-Type": {tt.kind}}, Body: tt.body}), fetch.Config{})
		got, err := webtest.Result(clock, text(c.Get("http://a.example/", nil)))
		if err != nil && strings.HasSuffix(err.Error(), tt.want) {
			continue
		}
		if got != tt.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", tt.kind, got, err, tt.want)
		}
	}
}

func TestJSON(t *testing.T) {
	type note struct{ Text string }
	stub := webtest.NewStub(
		webtest.Answer{URL: "/note", Body: "\uFEFF{\"text\": \"hello\"}"},
		webtest.Answer{URL: "/missing", Status: 404, Header: http.Header{"Content-Type": {"text/plain"}}, Body: "no\nsuch  note"},
		webtest.Answer{URL: "/problem", Status: 409, Body: `{"text": "taken"}`},
		webtest.Answer{URL: "/page", Body: "<html>"},
		webtest.Answer{URL: "/binary", Status: 500, Body: "\x00\x01"},
		webtest.Answer{URL: "/large", Status: 500, Header: http.Header{"Content-Type": {"text/plain"}}, Body: strings.Repeat("é", 100000)},
	)
	c, clock := over(t, stub, fetch.Config{Base: "http://a.example", MaxBody: 100, Retry: client.RetryConfig{Attempts: -1}})
	get := func(path string, o *fetch.Options) (note, error) {
		return webtest.Result(clock, fetch.JSON[note](c.Get(path, o)))
	}
	if v, err := get("/note", nil); v.Text != "hello" || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := get("/problem", &fetch.Options{Expect: []int{200, 409}}); v.Text != "taken" || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	for path, want := range map[string]string{
		"/missing": `client: GET http://a.example/missing: response: status 404 Not Found: "no such note"`,
		"/binary":  "client: GET http://a.example/binary: response: status 500 Internal Server Error",
	} {
		_, err := get(path, nil)
		if e, ok := errors.AsType[*fetch.StatusError](err); !ok || err.Error() != want || e.Response.Status != e.Status {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err := get("/large", &fetch.Options{Expect: []int{2}})
	if e, ok := errors.AsType[*fetch.StatusError](err); !ok || e.Excerpt != strings.Repeat("é", 512) {
		t.Errorf("%v", err)
	}
	if _, err := get("/page", nil); err == nil || !strings.Contains(err.Error(), "not the JSON that is wanted") {
		t.Error(err)
	}
	if _, err := webtest.Result(clock, text(c.Get("/large", nil))); !errors.Is(err, client.ErrBodyTooLong) {
		t.Error(err)
	}
	if s, err := webtest.Result(clock, text(c.Get("/large", &fetch.Options{MaxBody: -1}))); len(s) != 200000 || err != nil {
		t.Error(err)
	}
}

// A form with files, of known and unknown length, as package form reads it.
func TestParts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	big := strings.Repeat("0123456789", 30000)
	if err := os.WriteFile(name, []byte(big), 0o600); err != nil {
		t.Fatal(err)
	}
	var length string
	c, clock := over(t, web.Methods{"POST": func(r *web.Request) {
		length = r.Header.Get("Content-Length")
		web.Later(r, form.Parse(r, form.Config{Dir: t.TempDir()}), func(f *form.Form) {
			fmt.Fprintf(r, "%v", f.Values)
			for _, file := range f.Files["file"] {
				in, err := file.Open()
				if err != nil {
					t.Error(err)
					return
				}
				b, _ := io.ReadAll(in)
				in.Close()
				fmt.Fprintf(r, " %s %s %d %v", file.Name, file.Type, file.Size, string(b) == big)
			}
		})
	}}, fetch.Config{Base: "http://a.example"})
	file, err := client.File(name)
	if err != nil {
		t.Fatal(err)
	}
	o := &fetch.Options{
		Form:  url.Values{"b": {"2"}, "a\"\r\n": {"1", ""}},
		Parts: []fetch.Part{{Name: "file", FileName: `a"b.txt`, Body: file}, {Name: "file", FileName: "c", Type: "x/y", Body: client.String(big)}, {Name: "last", Body: client.String("ä")}},
	}
	want := `map[a"%0D%0A:[1 ] b:[2] last:[ä]] a"b.txt text/plain; charset=utf-8 300000 true c x/y 300000 true`
	for range 2 { // the file is read again
		d := text(c.Post("/", o))
		if got, err := await(t, clock, d); got != want || err != nil || length == "" {
			t.Errorf("length %s: %v\n got %s\nwant %s", length, err, got, want)
		}
	}
	o.Parts[1].Body = client.Reader(strings.NewReader(big), -1)
	sent := int64(0)
	o.Progress = func(n, total int64) {
		if sent = n; total != -1 {
			t.Errorf("total %d", total)
		}
	}
	d := text(c.Post("/", o))
	if got, err := await(t, clock, d); got != want || err != nil || length != "" || sent < 600000 {
		t.Errorf("length %q, %d sent: %v\n got %s\nwant %s", length, sent, err, got, want)
	}
}

// await is webtest.Result for what other goroutines work on: those that read files.
func await[T any](t *testing.T, clock *protocoltest.Clock, d *deferred.Deferred[T]) (T, error) {
	for t.Context().Err() == nil {
		v, err := webtest.Result(clock, d)
		if err != webtest.ErrPending {
			return v, err
		}
		runtime.Gosched()
	}
	panic("the test is over")
}

func TestContext(t *testing.T) {
	never := web.Func(func(r *web.Request) { r.NotDoneYet() })
	c, clock := over(t, never, fetch.Config{Base: "http://a.example"})
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	d := c.Get("/", &fetch.Options{Context: ctx})
	webtest.Result(clock, d)
	cancel(why)
	_, err := await(t, clock, d)
	if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(e, why) {
		t.Error(err)
	}
}

func TestDownload(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	big := strings.Repeat("0123456789", 50000)
	if err := os.WriteFile(filepath.Join(root, "big"), []byte(big), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := static.Dir(root, static.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	cut, ranges := true, []string(nil)
	c, clock := over(t, web.LeafFunc(func(r *web.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if r.Path == "/cut" {
			r.ResponseHeader().Set("ETag", `"1"`)
			r.ResponseHeader().Set("Content-Length", "500000")
			if cut {
				cut = false
				fmt.Fprint(r, big[:300000])
				r.NotDoneYet()
				r.Loop().CallLater(time.Second, r.Abort)
				return
			}
			if r.Header.Get("Range") == "bytes=300000-" && r.Header.Get("If-Range") == `"1"` {
				r.ResponseHeader().Set("Content-Length", "200000")
				r.ResponseHeader().Set("Content-Range", "bytes 300000-499999/500000")
				r.SetStatus(206)
				fmt.Fprint(r, big[300000:])
				return
			}
			fmt.Fprint(r, big)
			return
		}
		web.Dispatch(files, r)
	}), fetch.Config{Base: "http://a.example"})
	path := filepath.Join(dir, "out")
	entries := func() string {
		list, _ := os.ReadDir(dir)
		var names []string
		for _, e := range list {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	check := func(n int64, err error) {
		t.Helper()
		b, readErr := os.ReadFile(path)
		if n != int64(len(big)) || err != nil || readErr != nil || string(b) != big || entries() != "out" {
			t.Errorf("%d, %v, %v, %d bytes, %q in the folder", n, err, readErr, len(b), entries())
		}
	}
	last := int64(0)
	check(webtest.Result(clock, c.Download("/big", path, &fetch.Download{Received: func(n, total int64) {
		if n < last || total != int64(len(big)) {
			t.Errorf("%d of %d after %d", n, total, last)
		}
		last = n
	}})))
	if last != int64(len(big)) {
		t.Errorf("progress ended at %d", last)
	}
	if info, _ := os.Stat(path); info.Mode() != 0o644 {
		t.Error(info.Mode())
	}
	_, err = webtest.Result(clock, c.Download("/none", path, nil))
	if e, ok := errors.AsType[*fetch.StatusError](err); !ok || e.Status != 404 {
		t.Error(err)
	}
	if _, err = webtest.Result(clock, c.Download("/big", path, &fetch.Download{MaxSize: 499999})); !errors.Is(err, fetch.ErrTooLarge) {
		t.Error(err)
	}
	check(int64(len(big)), nil) // neither has left anything, and what was there is there

	os.Remove(path)
	d := c.Download("/cut", path, &fetch.Download{Resume: true})
	webtest.Result(clock, d)
	clock.Advance(time.Second)
	if _, err := webtest.Result(clock, d); !errors.Is(err, protocol.ErrConnectionLost) || entries() != "out.part out.part.tag" {
		t.Errorf("%v, %q in the folder", err, entries())
	}
	check(webtest.Result(clock, c.Download("/cut", path, &fetch.Download{Resume: true})))
	if got := ranges[len(ranges)-1]; got != "bytes=300000-" {
		t.Errorf("range %q", got)
	}
	// What is there is of no use: another version, or too much.
	os.WriteFile(path+".part", []byte(strings.Repeat("x", 1000000)), 0o600)
	os.WriteFile(path+".part.tag", []byte(`"old"`), 0o600)
	check(webtest.Result(clock, c.Download("/big", path, &fetch.Download{Resume: true})))
}
