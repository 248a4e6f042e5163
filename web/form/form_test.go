// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/webtest"
)

var quiet = slog.New(slog.DiscardHandler)

const multipart = "multipart/form-data; boundary=b"

func part(header, body string) string {
	return "--b\r\nContent-Disposition: form-data; name=" + header + "\r\n\r\n" + body + "\r\n"
}

// describe answers with what is in the form.
func describe(config form.Config) web.Resource {
	return web.Func(func(r *web.Request) {
		web.Later(r, form.Parse(r, config), func(f *form.Form) {
			for _, k := range slices.Sorted(maps.Keys(f.Values)) {
				fmt.Fprintf(r, "%s=%q ", k, f.Values[k])
			}
			for _, k := range slices.Sorted(maps.Keys(f.Files)) {
				for _, file := range f.Files[k] {
					fmt.Fprintf(r, "%s: %s %s %d disk=%v ", k, file.Name, file.Type, file.Size, file.Path() != "")
					in, err := file.Open()
					if err != nil {
						fmt.Fprint(r, err)
						continue
					}
					b, err := io.ReadAll(in)
					in.Close()
					if int64(len(b)) != file.Size || err != nil || file.Path() == "" && !bytes.Equal(b, file.Bytes()) {
						fmt.Fprintf(r, "read %d, %v ", len(b), err)
					}
				}
			}
		})
	})
}

func post(root web.Resource, method, ctype, body string) *webtest.Response {
	c := webtest.Connect(web.NewSite(root, web.Config{Logger: quiet}), webtest.Config{})
	return c.Do(webtest.Request{Method: method, Header: http.Header{"Content-Type": {ctype}}, Body: body})
}

func TestParse(t *testing.T) {
	file := part(`f; filename=a.txt`+"\r\nContent-Type: text/plain", strings.Repeat("x", 100))
	for _, tt := range []struct {
		name, method, ctype, body string
		config                    form.Config
		status                    int
		want                      string
	}{
		{"urlencoded", "POST", "application/x-www-form-urlencoded", "a=1&a=2&b=x+y%21&c&&=d&e=%zz;f", form.Config{}, 200, `=["d"] a=["1" "2"] b=["x y!"] c=[""] e=["%zz;f"] `},
		{"urlencoded PUT", "PUT", "application/x-www-form-urlencoded", "a=1", form.Config{}, 200, `a=["1"] `},
		{"urlencoded, empty", "POST", "application/x-www-form-urlencoded", "", form.Config{}, 200, ""},
		{"multipart", "POST", multipart, part("a", "1") + part("a", "2") + file + "--b--", form.Config{}, 200, `a=["1" "2"] f: a.txt text/plain 100 disk=false `},
		{"PATCH", "PATCH", multipart, part("a", "1") + "--b--", form.Config{}, 200, `a=["1"] `},
		{"no file chosen", "POST", multipart, part(`f; filename=""`, "") + "--b--", form.Config{}, 200, ""},
		{"several files", "POST", multipart, file + file + "--b--", form.Config{}, 200, "f: a.txt text/plain 100 disk=false f: a.txt text/plain 100 disk=false "},
		{"on disk", "POST", multipart, file + "--b--", form.Config{Memory: -1}, 200, "f: a.txt text/plain 100 disk=true "},
		{"second on disk", "POST", multipart, file + file + "--b--", form.Config{Memory: 150}, 200, "f: a.txt text/plain 100 disk=false f: a.txt text/plain 100 disk=true "},

		{"no form", "POST", "text/plain", "a=1", form.Config{}, 415, "The body is no form."},
		{"no type", "POST", "", "a=1", form.Config{}, 415, "The body is no form."},
		{"broken boundary", "POST", multipart, strings.ReplaceAll(file, "--b", "--c") + "--c--", form.Config{}, 400, "its end is missing"},
		{"total", "POST", multipart, file + "--b--", form.Config{MaxSize: 50}, 413, "all of it"},
		{"file", "POST", multipart, file + "--b--", form.Config{MaxFileSize: 99}, 413, "one of its files"},
		{"file, just so", "POST", multipart, file + "--b--", form.Config{MaxFileSize: 100}, 200, "f: a.txt text/plain 100 disk=false "},
		{"values", "POST", multipart, part("a", strings.Repeat("x", 600)) + part("b", strings.Repeat("x", 600)) + "--b--", form.Config{MaxValues: 1000}, 413, "its values"},
		{"names", "POST", multipart, part(`"`+strings.Repeat("n", 600)+`"`, "") + "--b--", form.Config{MaxValues: 500}, 413, "its values"},
		{"parts", "POST", multipart, strings.Repeat(part("a", ""), 3) + "--b--", form.Config{MaxParts: 2}, 413, "the number of its parts"},
		{"urlencoded values", "POST", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 99), form.Config{MaxValues: 100}, 413, "its values"},
		{"urlencoded parts", "POST", "application/x-www-form-urlencoded", "a&b&c", form.Config{MaxParts: 2}, 413, "the number of its parts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Dir = t.TempDir()
			res := post(describe(tt.config), tt.method, tt.ctype, tt.body)
			if !res.Finished || res.Status != tt.status || tt.status == 200 && res.Body != tt.want || !strings.Contains(res.Body, tt.want) {
				t.Errorf("got %d %q, finished %v; want %d %q", res.Status, res.Body, res.Finished, tt.status, tt.want)
			}
			if left := list(t, tt.config.Dir); len(left) > 0 {
				t.Errorf("left in the folder: %q", left)
			}
		})
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestTwoTypes(t *testing.T) {
	c := webtest.Connect(web.NewSite(describe(form.Config{}), web.Config{}), webtest.Config{})
	if res := c.Raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + multipart + "\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"); res.Status != 400 {
		t.Errorf("got %d", res.Status)
	}
}

// What is wrong is answered when it is seen, not when the body is over.
func TestEarlyRefusal(t *testing.T) {
	c := webtest.Connect(web.NewSite(describe(form.Config{}), web.Config{Logger: quiet}), webtest.Config{})
	res := c.Do(webtest.Request{Method: "POST", Header: http.Header{"Content-Type": {multipart}}, Stream: true, Body: "--b\r\nX: y\r\n\r\n"})
	if res.Status != 400 || !res.Finished {
		t.Errorf("got %d, finished %v", res.Status, res.Finished)
	}
}

// A client that leaves takes its files with it, and one that has only ended what it sends does not.
func TestClientLeaves(t *testing.T) {
	dir := t.TempDir()
	c := webtest.Connect(web.NewSite(describe(form.Config{Dir: dir, Memory: -1}), web.Config{Logger: quiet}), webtest.Config{})
	c.Do(webtest.Request{Method: "POST", Header: http.Header{"Content-Type": {multipart}}, Stream: true, Body: part(`f; filename=a`, "xyz")})
	if len(list(t, dir)) != 1 {
		t.Fatalf("files: %q", list(t, dir))
	}
	if c.Lose(); len(list(t, dir)) != 0 {
		t.Errorf("files after the client left: %q", list(t, dir))
	}

	var r *web.Request
	c = webtest.Connect(web.NewSite(web.Func(func(req *web.Request) {
		r = req
		web.Later(r, form.Parse(r, form.Config{Dir: dir, Memory: -1}), func(*form.Form) { r.NotDoneYet() })
	}), web.Config{Logger: quiet}), webtest.Config{})
	res := c.Do(webtest.Request{Method: "POST", Header: http.Header{"Content-Type": {multipart}}, Body: part(`f; filename=a`, "xyz") + "--b--"})
	c.CloseWrite()
	if len(list(t, dir)) != 1 {
		t.Errorf("files after the client's half-close: %q", list(t, dir))
	}
	r.Finish()
	if c.Settle(); len(list(t, dir)) != 0 || !res.Finished {
		t.Errorf("files after the end: %q, finished %v", list(t, dir), res.Finished)
	}
}

func TestMove(t *testing.T) {
	for _, memory := range []int{-1, 1000} {
		to := filepath.Join(t.TempDir(), "kept")
		dir := t.TempDir()
		res := post(web.Func(func(r *web.Request) {
			web.Later(r, form.Parse(r, form.Config{Memory: memory, Dir: dir}), func(f *form.Form) {
				if err := f.Files["f"][0].Move(to); err != nil {
					t.Error(err)
				}
				if err := f.Files["f"][0].Move(filepath.Join(dir, "none", "x")); err == nil {
					t.Error("moved to where nothing can be")
				}
			})
		}), "POST", multipart, part(`f; filename=a`, "xyz")+"--b--")
		got, err := os.ReadFile(to)
		if string(got) != "xyz" || err != nil || res.Status != 200 {
			t.Errorf("memory %d: %q, %v, status %d", memory, got, err, res.Status)
		}
		if left := list(t, dir); len(left) > 0 {
			t.Errorf("left in the folder: %q", left)
		}
	}
}

// A disk that takes nothing: 500, and the client is told no names.
func TestNoDisk(t *testing.T) {
	res := post(describe(form.Config{Memory: -1, Dir: filepath.Join(t.TempDir(), "none")}), "POST", multipart, part(`f; filename=a`, strings.Repeat("x", 1<<20))+"--b--")
	if res.Status != 500 || strings.Contains(res.Body, "none") || !res.Finished {
		t.Errorf("got %d %q", res.Status, res.Body)
	}
}

type note struct {
	io.Writer
	close func()
}

func (n note) Close() error { n.close(); return nil }

func TestStream(t *testing.T) {
	var log bytes.Buffer
	stop := errors.New("enough")
	root := web.Func(func(r *web.Request) {
		web.Later(r, form.Stream(r, form.Config{}, func(p *form.Part) (io.WriteCloser, error) {
			switch p.Name {
			case "drop":
				return nil, nil
			case "stop":
				return nil, stop
			}
			fmt.Fprintf(&log, "%s %s:", p.Name, p.FileName)
			return note{&log, func() { log.WriteString("; ") }}, nil
		}), func(struct{}) { r.WriteString("done") })
	})
	for _, tt := range []struct {
		ctype, body string
		status      int
		want        string
	}{
		{multipart, part("a", "1") + part("drop", "2") + part("f; filename=x", "3") + "--b--", 200, "a :1; f x:3; "},
		{multipart, part("a", "1") + part("stop", "2") + "--b--", 500, "a :1; "},
		{multipart, part("a", "1"), 400, "a :1"},
		{"application/x-www-form-urlencoded", "a=1", 415, ""},
	} {
		log.Reset()
		if res := post(root, "POST", tt.ctype, tt.body); res.Status != tt.status || log.String() != tt.want {
			t.Errorf("%q: got %d %q, want %d %q", tt.body, res.Status, log.String(), tt.status, tt.want)
		}
	}
}
