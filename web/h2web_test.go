// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/internal/h2"
	"github.com/torsion-go/torsion/web/session"
	"github.com/torsion-go/torsion/web/static"
	"github.com/torsion-go/torsion/web/webtest"
)

// pack is a site of what the packages beside this one offer.
func pack(t *testing.T) web.Resource {
	dir := t.TempDir()
	text := strings.Repeat("0123456789abcdef", 20000)
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := static.Dir(dir, static.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	sessions := session.New(session.Config{})
	name := session.NewKey[string]("name")
	var root web.Tree
	root.PutChild("files", files)
	root.PutChild("compressed", compress.New(files, compress.Config{}))
	root.PutChild("upload", web.Methods{"POST": func(r *web.Request) {
		web.Later(r, form.Parse(r, form.Config{MaxSize: 1 << 30}), func(f *form.Form) {
			file := f.Files["photo"][0]
			fmt.Fprintf(r, "%s sent %s of %d bytes", f.Values.Get("name"), file.Name, file.Size)
		})
	}})
	root.PutChild("session", web.Func(func(r *web.Request) {
		s := sessions.Get(r)
		if n := r.Arg("name"); n != "" {
			name.Set(s, n)
		}
		n, ok := name.Get(s)
		x, _ := r.Cookie("x")
		fmt.Fprintf(r, "%q %v %q", n, ok, x)
	}))
	root.PutChild("hints", web.Get(func(r *web.Request) {
		r.EarlyHints("</a.css>; rel=preload; as=style")
		r.ResponseTrailer().Set("X-Sum", "7")
		r.WriteString("hin")
		r.Flush()
		r.WriteString("ted")
	}))
	root.PutChild("handler", web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.EnableFullDuplex(); err != nil {
			fmt.Fprint(w, err)
		}
		w.Header().Set("Trailer", "X-Sum")
		buf, n := make([]byte, 1000), 0
		for {
			k, err := r.Body.Read(buf)
			w.Write(buf[:k])
			rc.Flush()
			if n += k; err != nil {
				break
			}
		}
		w.Header().Set("X-Sum", fmt.Sprint(n))
	})))
	return &root
}

const upload = "--line\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n" +
	"--line\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"me.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"

// What the rest of web does, it does over both versions alike.
func TestH2RestOfWeb(t *testing.T) {
	root := pack(t)
	field := func(pairs ...string) http.Header {
		h := make(http.Header)
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, tt := range []struct {
		name   string
		req    webtest.Request
		status int
		body   string // "" means that it is not looked at
	}{
		{"file", webtest.Request{Target: "/files/a.txt"}, 200, strings.Repeat("0123456789abcdef", 20000)},
		{"head", webtest.Request{Method: "HEAD", Target: "/files/a.txt"}, 200, ""},
		{"range", webtest.Request{Target: "/files/a.txt", Header: field("Range", "bytes=16-17")}, 206, "01"},
		{"suffix", webtest.Request{Target: "/files/a.txt", Header: field("Range", "bytes=-1")}, 206, "f"},
		{"not satisfiable", webtest.Request{Target: "/files/a.txt", Header: field("Range", "bytes=9999999-")}, 416, ""},
		{"not modified", webtest.Request{Target: "/files/a.txt", Header: field("If-None-Match", "*")}, 304, ""},
		{"missing", webtest.Request{Target: "/files/b.txt"}, 404, ""},
		{"gzip", webtest.Request{Target: "/compressed/a.txt", Header: field("Accept-Encoding", "gzip")}, 200, ""},
		{"brotli", webtest.Request{Target: "/compressed/a.txt", Header: field("Accept-Encoding", "br")}, 200, ""},
		{"compressed head", webtest.Request{Method: "HEAD", Target: "/compressed/a.txt", Header: field("Accept-Encoding", "br")}, 200, ""},
		{"upload", webtest.Request{Method: "POST", Target: "/upload", Header: field("Content-Type", "multipart/form-data; boundary=line"),
			Body: upload + strings.Repeat("x", 500000) + "\r\n--line--\r\n"}, 200, "Ann sent me.jpg of 500000 bytes"},
		{"hints", webtest.Request{Target: "/hints"}, 200, "hinted"},
		{"handler", webtest.Request{Method: "POST", Target: "/handler", Body: strings.Repeat("x", 200000)}, 200, strings.Repeat("x", 200000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var answers [2]*webtest.Response
			for i := range answers {
				c := webtest.Connect(web.NewSite(root, web.Config{Logger: quiet}), webtest.Config{HTTP2: i == 1})
				answers[i] = c.Do(tt.req)
				if err := answers[i].Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			one, two := answers[0], answers[1]
			if two.Status != tt.status || !two.Finished || two.Err != nil || tt.body != "" && two.Body != tt.body {
				t.Fatalf("%d, finished %v, %v, %d bytes %.200q", two.Status, two.Finished, two.Err, len(two.Body), two.Body)
			}
			if one.Status != two.Status || one.Body != two.Body || len(one.Interim) != len(two.Interim) || one.Trailer.Get("X-Sum") != two.Trailer.Get("X-Sum") {
				t.Errorf("HTTP/1: %d, %d bytes, %v, %v; HTTP/2: %d, %d bytes, %v, %v", one.Status, len(one.Body), one.Interim, one.Trailer, two.Status, len(two.Body), two.Interim, two.Trailer)
			}
			for _, name := range []string{"Content-Length", "Content-Type", "Content-Range", "Content-Encoding", "Accept-Ranges", "Etag", "Vary", "Last-Modified"} {
				if one.Header.Get(name) != two.Header.Get(name) {
					t.Errorf("%s: %q, over HTTP/2 %q", name, one.Header.Get(name), two.Header.Get(name))
				}
			}
		})
	}
}

// Cookies may come in crumbs (RFC 9113 section 8.2.3).
func TestH2SessionByCrumbs(t *testing.T) {
	c := webtest.Connect(web.NewSite(pack(t), web.Config{}), webtest.Config{HTTP2: true})
	res := c.Do(webtest.Request{Target: "/session?name=Ann"})
	cookie := res.Cookies()[0]
	res = c.Do(webtest.Request{Target: "/session", Header: http.Header{"Cookie": {"y=1", cookie.Name + "=" + cookie.Value, "x=2"}}})
	if res.Body != `"Ann" true "2"` {
		t.Errorf("got %s", res.Body)
	}
}

// A client that does not read one response has the others, and an urgent small one comes before the rest of a large one.
func TestH2SlowReaderOfOneStream(t *testing.T) {
	var root web.Tree
	root.PutChild("large", web.Get(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for range 300 {
				if !yield(make([]byte, 10000), nil) {
					return
				}
			}
		})
	}))
	root.PutChild("small", web.Get(func(r *web.Request) { io.WriteString(r, "small") }))
	root.PutChild("echo", echo)
	p := newH2peer(t, &root, web.Config{})
	p.window(0, 1<<24)
	p.get(1, "/large")
	p.run()
	if n := len(p.answer(1).body); n != 65535 {
		t.Fatalf("%d bytes of the large one, want those of its window", n)
	}
	for id := uint32(3); id < 100; id += 4 {
		p.get(id, "/small")
		p.headers(id+2, false, "POST", "/echo")
		p.data(id+2, strings.Repeat("x", 16000), true)
		p.run()
		if a, b := p.answer(id), p.answer(id+2); a.body != "small" || !b.ended || len(b.body) < 16000 {
			t.Fatalf("%v; %v", a, b)
		}
	}
	// The transport is full of the large response when a small one is asked for.
	p.tr.Stalled = true
	p.window(1, 1<<20)
	p.run()
	p.out = h2.AppendPriorityUpdate(p.out, 1, "u=5")
	p.get(201, "/small", "priority", "u=0")
	p.run()
	p.order = nil
	before := bytes.Count([]byte(p.tr.Value()), []byte("small"))
	for range 200 {
		p.tr.Stalled = false
		p.tr.Drain()
		settle(p.tr)
	}
	if p.read(); before > 25 || p.answer(201).body != "small" {
		t.Fatalf("%v", p.answer(201))
	}
	p.tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
	settle(p.tr) // ends what is left of the large one
	rest := 0
	for i, id := range p.order {
		if id == 201 {
			rest = len(p.order) - i
		}
	}
	if rest < len(p.order)/2 {
		t.Errorf("the small response came behind %d of %d frames", len(p.order)-rest, len(p.order))
	}
}
