// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package script_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/script"
	"github.com/torsion-go/torsion/web/static"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A toy is a compiler for a language of one sentence, and counts.
type toy struct{ compiled atomic.Int64 }

func (c *toy) compile(name string, src []byte) (web.Resource, error) {
	c.compiled.Add(1)
	switch verb, text, _ := strings.Cut(string(src), " "); verb {
	case "say":
		return web.Func(func(r *web.Request) { r.WriteString(text) }), nil
	case "path":
		return web.LeafFunc(func(r *web.Request) { fmt.Fprintf(r, "%q %q", r.PrePath, r.PostPath) }), nil
	case "panic":
		panic(text)
	case "die":
		return web.Func(func(*web.Request) { panic("at work: " + text) }), nil
	case "none":
		return nil, nil
	default:
		return nil, errors.New("line 1: unknown verb " + verb)
	}
}

// A rig is a directory of scripts behind a site.
type rig struct {
	*script.Scripts
	t    *testing.T
	dir  string
	toy  *toy
	log  *strings.Builder
	conn *webtest.Conn
}

func newRig(t *testing.T, cfg script.Config, site web.Config) *rig {
	t.Helper()
	x := &rig{t: t, dir: t.TempDir(), toy: new(toy), log: new(strings.Builder)}
	if cfg.Compilers == nil {
		cfg.Compilers = map[string]script.Compiler{".toy": x.toy.compile}
	}
	site.Logger = slog.New(slog.NewTextHandler(x.log, nil))
	x.Scripts = script.New(cfg)
	var root web.Tree
	root.PutChild("app", x.Directory(x.dir))
	files, err := static.Dir(x.dir, static.Config{Processors: x.Processors(), Dotfiles: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	root.PutChild("files", files)
	x.conn = webtest.Connect(web.NewSite(&root, site), webtest.Config{})
	return x
}

// stamp is the time of the next file, so that no two have the same.
var stamp atomic.Int64

func (x *rig) write(name, text string) {
	x.t.Helper()
	file := filepath.Join(x.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		x.t.Fatal(err)
	}
	when := time.Unix(1_700_000_000+stamp.Add(1), 0)
	if err := os.Chtimes(file, when, when); err != nil {
		x.t.Fatal(err)
	}
}

func (x *rig) get(target string) *webtest.Response {
	x.t.Helper()
	if x.conn.Closed() {
		x.t.Fatal("the connection is closed")
	}
	res := x.conn.Do(webtest.Request{Target: target})
	res.Wait(x.t.Context())
	return res
}

func (x *rig) expect(target string, status int, contains string) {
	x.t.Helper()
	if res := x.get(target); res.Status != status || !strings.Contains(res.Body, contains) {
		x.t.Errorf("%s: got %d %q, want %d with %q; log: %s", target, res.Status, res.Body, status, contains, x.log)
	}
}

func TestCompiledOnceAndAgainWhenItChanges(t *testing.T) {
	x := newRig(t, script.Config{}, web.Config{})
	x.write("a.toy", "say one")
	for range 5 {
		x.expect("/app/a.toy", 200, "one")
		x.expect("/files/a.toy", 200, "one")
	}
	x.write("b.toy", "say b")
	x.expect("/app/b.toy", 200, "b")
	if n := x.toy.compiled.Load(); n != 2 {
		t.Errorf("compiled %d times, want once for each file", n)
	}
	x.write("a.toy", "say two")
	x.expect("/app/a.toy", 200, "two")
	x.write("a.toy", "say three")
	x.expect("/files/a.toy", 200, "three")
	// Another file with the same time and size takes its place.
	info, err := os.Stat(filepath.Join(x.dir, "a.toy"))
	if err != nil {
		t.Fatal(err)
	}
	x.write("new", "say seven")
	if err := errors.Join(os.Chtimes(filepath.Join(x.dir, "new"), info.ModTime(), info.ModTime()), os.Rename(filepath.Join(x.dir, "new"), filepath.Join(x.dir, "a.toy"))); err != nil {
		t.Fatal(err)
	}
	x.expect("/app/a.toy", 200, "seven")
	if err := os.Remove(filepath.Join(x.dir, "a.toy")); err != nil {
		t.Fatal(err)
	}
	x.expect("/app/a.toy", 404, "")
	if s := x.Stats(); s.Compiled != 5 || s.Failed != 0 || s.Files != 2 {
		t.Errorf("%+v", s)
	}
}

func TestErrors(t *testing.T) {
	for _, shown := range []bool{false, true} {
		x := newRig(t, script.Config{}, web.Config{DisplayTracebacks: shown})
		x.write("bad.toy", "sing <loudly>")
		x.write("panics.toy", "panic in <the compiler>")
		x.write("dies.toy", "die <now>")
		x.write("none.toy", "none")
		for name, text := range map[string]string{"bad": "unknown verb sing", "panics": "in &lt;the compiler&gt;", "dies": "at work: &lt;now&gt;"} {
			res := x.get("/app/" + name + ".toy")
			if res.Status != 500 || strings.Contains(res.Body, text) != shown || strings.Contains(res.Body, x.dir) && !shown {
				t.Errorf("%s, errors shown: %v: got %d %q", name, shown, res.Status, res.Body)
			}
		}
		x.expect("/app/none.toy", 500, "defines no resource")
		for _, want := range []string{"unknown verb sing", "in <the compiler>", "at work", "returned no resource", "bad.toy"} {
			if !strings.Contains(x.log.String(), want) {
				t.Errorf("%q is not in the log: %s", want, x.log)
			}
		}
		if s := x.Stats(); s.Failed != 3 {
			t.Errorf("%+v", s)
		}
		x.write("bad.toy", "say well")
		x.expect("/app/bad.toy", 200, "well")
	}
}

// What does not compile is not tried again at once, but later it is: the cause may lie elsewhere.
func TestErrorsAreKeptForAWhile(t *testing.T) {
	tries := 0
	x := newRig(t, script.Config{Compilers: map[string]script.Compiler{".x": func(string, []byte) (web.Resource, error) {
		if tries++; tries < 2 {
			return nil, errors.New("not yet")
		}
		return web.Func(func(r *web.Request) { r.WriteString("now") }), nil
	}}}, web.Config{})
	x.write("a.x", "")
	for range 3 {
		x.expect("/app/a.x", 500, "")
	}
	if tries != 1 {
		t.Errorf("tried %d times at once", tries)
	}
	x.conn.Advance(time.Second)
	x.expect("/app/a.x", 200, "now")
}

// Class 15: paths lead to scripts in the directory, and to nothing else.
func TestDirectory(t *testing.T) {
	x := newRig(t, script.Config{NotFound: web.Func(func(r *web.Request) { r.WriteString("nothing here") })}, web.Config{})
	x.write("index.toy", "say top")
	x.write("sub/index.toy", "say sub")
	x.write("sub/p.toy", "path")
	x.write("sub/P2.TOY", "path")
	x.write("plain.txt", "secret")
	x.write(".hidden.toy", "say secret")
	x.write(".git/x.toy", "say secret")
	x.write("empty/readme", "secret")
	if err := os.Mkdir(filepath.Join(x.dir, "dir.toy"), 0o755); err != nil {
		t.Fatal(err)
	}
	x.expect("/app/", 200, "top")
	x.expect("/app/sub/", 200, "sub")
	x.expect("/app/sub/p.toy", 200, `["app" "sub" "p.toy"] []`)
	x.expect("/app/sub/p.toy/more/%2F/", 200, `["app" "sub" "p.toy"] ["more" "/" ""]`)
	x.expect("/app/sub/P2.TOY", 200, `["app" "sub" "P2.TOY"] []`)
	for target, location := range map[string]string{"/app": "/app/", "/app/sub?a=b": "/app/sub/?a=b"} {
		if res := x.get(target); res.Status != 301 || res.Header.Get("Location") != location {
			t.Errorf("%s: %d to %q", target, res.Status, res.Header.Get("Location"))
		}
	}
	for _, target := range []string{
		"/app/plain.txt", "/app/.hidden.toy", "/app/.git/x.toy", "/app/none.toy", "/app/empty/", "/app/empty", "/app/dir.toy", "/app/dir.toy/", "/app//index.toy",
		"/app/../app/index.toy", "/app/%2e%2e/index.toy", "/app/sub%2Fp.toy", "/app/sub%5Cp.toy", "/app/index.toy%00", "/app/index.toy/below",
	} {
		if res := x.get(target); res.Status != 404 || strings.Contains(res.Body, "secret") {
			t.Errorf("%s: got %d %q", target, res.Status, res.Body)
		}
	}
	x.expect("/app/plain.txt", 404, "nothing here")
	x.expect("/files/plain.txt", 200, "secret") // which is what static is for
}

func TestLimits(t *testing.T) {
	x := newRig(t, script.Config{MaxFiles: 3, MaxSize: 10}, web.Config{DisplayTracebacks: true})
	for i := range 10 {
		x.write(fmt.Sprintf("%d.toy", i), "say it")
		x.expect(fmt.Sprintf("/app/%d.toy", i), 200, "it")
		x.expect("/app/0.toy", 200, "it") // which is therefore not the one that goes
	}
	if s := x.Stats(); s.Files != 3 || s.Evicted != 7 || s.Compiled != 10 {
		t.Errorf("%+v", s)
	}
	x.write("large.toy", "say 45678901")
	x.expect("/app/large.toy", 500, "larger than MaxSize, 10 bytes")
	for range 100 { // what is not there is not kept
		x.expect(fmt.Sprintf("/app/none%d.toy", stamp.Add(1)), 404, "")
	}
	if s := x.Stats(); s.Files != 3 {
		t.Errorf("%+v", s)
	}
}

func TestRevalidate(t *testing.T) {
	x := newRig(t, script.Config{Revalidate: time.Minute}, web.Config{})
	x.write("a.toy", "say one")
	x.expect("/app/a.toy", 200, "one")
	x.write("a.toy", "say two")
	x.expect("/app/a.toy", 200, "one")
	x.conn.Advance(time.Minute)
	x.expect("/app/a.toy", 200, "two")
}

// Many requests wait for one compiler; one of them leaves, and one waits too long.
func TestOneCompilerAtATime(t *testing.T) {
	begun, release := make(chan struct{}, 100), make(chan struct{})
	x := newRig(t, script.Config{Wait: time.Minute, Compilers: map[string]script.Compiler{".x": func(string, []byte) (web.Resource, error) {
		begun <- struct{}{}
		<-release
		return web.Func(func(r *web.Request) { r.WriteString("done") }), nil
	}}}, web.Config{})
	x.write("a.x", "")
	site := web.NewSite(x.File(filepath.Join(x.dir, "a.x")), web.Config{})
	compiled := make(chan *webtest.Response, 1)                                               // filled once
	go func() { compiled <- webtest.Connect(site, webtest.Config{}).Do(webtest.Request{}) }() // a loop of its own, which the compiler holds up
	<-begun
	var conns []*webtest.Conn
	var answers []*webtest.Response
	for range 10 {
		c := webtest.Connect(site, webtest.Config{})
		conns, answers = append(conns, c), append(answers, c.Do(webtest.Request{}))
	}
	conns[3].Lose()
	conns[5].Advance(time.Minute)
	if answers[5].Status != 503 || answers[5].Header.Get("Retry-After") == "" {
		t.Errorf("the one that has waited too long: %d", answers[5].Status)
	}
	close(release)
	if a := <-compiled; a.Body != "done" {
		t.Errorf("the first: %d %q", a.Status, a.Body)
	}
	for i, a := range answers {
		if i == 3 || i == 5 {
			continue
		}
		if a.Wait(t.Context()); a.Status != 200 || a.Body != "done" {
			t.Errorf("%d: %d %q", i, a.Status, a.Body)
		}
	}
	if s := x.Stats(); s.Compiled != 1 || s.TimedOut != 1 || len(begun) != 0 {
		t.Errorf("%+v, %d calls more", s, len(begun))
	}
}

func TestFS(t *testing.T) {
	fsys := fstest.MapFS{"app/index.toy": {Data: []byte("say in memory")}, "app/sub/p.toy": {Data: []byte("path")}}
	s := script.New(script.Config{FS: fsys, Compilers: map[string]script.Compiler{".toy": new(toy).compile}})
	var root web.Tree
	root.PutChild("a", s.Directory("app"))
	root.PutChild("b", static.FS(fsys, static.Config{Processors: s.Processors()}))
	for _, target := range []string{"/a/", "/b/app/index.toy"} {
		if res := webtest.Get(&root, target); res.Status != 200 || res.Body != "in memory" {
			t.Errorf("%s: %d %q", target, res.Status, res.Body)
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				res := webtest.Get(&root, "/a/sub/p.toy/x")
				if err := res.Wait(t.Context()); err != nil || res.Body != `["a" "sub" "p.toy"] ["x"]` {
					t.Errorf("%d %q %v", res.Status, res.Body, err)
				}
			}
		})
	}
	wg.Wait()
}
