// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web/wsgi"
)

// An answer is what a request on a goroutine came to.
type answer struct {
	status int
	body   string
	err    error
}

// async makes a request on a goroutine.
func (x *rig) async(path string) <-chan answer {
	done := make(chan answer, 1)
	go func() { // ends with the request
		res, body, err := x.fetch("GET", path, nil, "")
		a := answer{body: body, err: err}
		if res != nil {
			a.status = res.StatusCode
		}
		done <- a
	}()
	return done
}

// until polls for what has no event to wait for.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if cond() {
			tick.Stop()
			return
		}
		if t.Context().Err() != nil {
			t.Fatal(what)
		}
	}
}

// held begins a request that waits for a file, and returns what makes the file.
func (x *rig) held(t *testing.T) (done <-chan answer, release func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "go")
	done = x.async("/wait?" + file)
	until(t, "the request does not begin", func() bool { _, err := os.Stat(file + ".begun"); return err == nil })
	return done, func() {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Error(err)
		}
	}
}

func TestDeathLosesItsOwnRequestOnly(t *testing.T) {
	x := start(t, wsgi.Config{Workers: 2})
	other, release := x.held(t)
	if code, _ := x.get("/die"); code != 502 {
		t.Errorf("the request that killed its worker: %d", code)
	}
	began := time.Now()
	release()
	if a := <-other; a.status != 200 {
		t.Errorf("the other's request: %+v", a)
	}
	until(t, "no new worker", func() bool { return x.Stats().Workers == 2 })
	t.Logf("back after %v", time.Since(began))
	if s := x.Stats(); s.Restarts != 1 || s.Failed != 1 {
		t.Errorf("%+v", s)
	}
	for range 5 {
		if code, _ := x.get("/pid"); code != 200 {
			t.Errorf("afterwards: %d", code)
		}
	}
}

// A request that comes while the only worker is dead waits for the next.
func TestRequestsWaitForTheNextWorker(t *testing.T) {
	x := start(t, wsgi.Config{})
	_, pid := x.get("/pid")
	x.get("/die")
	code, body := x.get("/pid")
	if code != 200 || body == pid || body == "" {
		t.Errorf("got %d %q, the first worker was %q", code, body, pid)
	}
}

func TestStartFailures(t *testing.T) {
	for _, test := range []struct{ app, want, log string }{
		{"broken:app", "ModuleNotFoundError: No module named 'no_such_module_anywhere'", "broken.py"},
		{"nowhere", "ModuleNotFoundError: No module named 'nowhere'", "Traceback"},
		{"apps:missing", "AttributeError: module apps has no missing", "Traceback"},
		{"apps:number", "TypeError: number in apps is int, not a WSGI application", "Traceback"},
		{"apps:do_early()", "TypeError: do_early() missing 2 required positional arguments", "Traceback"},
	} {
		t.Run(test.app, func(t *testing.T) {
			x := newRig(t, wsgi.Config{Application: test.app, Workers: 2})
			_, err := x.do(x.Start)
			load, ok := errors.AsType[*wsgi.LoadError](err)
			if !ok || !strings.Contains(err.Error(), test.want) || load.Application != test.app {
				t.Errorf("start: %v", err)
			}
			if !strings.Contains(x.log.String(), test.log) {
				t.Errorf("log: %s", x.log)
			}
			if x.Ready() == nil {
				t.Error("it is ready")
			}
			if code, _ := x.get("/"); code != 503 {
				t.Errorf("a request: %d", code)
			}
		})
	}
	x := newRig(t, wsgi.Config{Application: "apps:app", Dir: "no such directory"})
	if _, err := x.do(x.Start); !errors.As(err, new(*process.StartError)) {
		t.Errorf("start: %v", err)
	}
	for _, bad := range []string{"", "a b", "apps:app(1)", "../apps", "apps:"} {
		if _, err := wsgi.New(x.r, wsgi.Config{Application: bad}); err == nil {
			t.Errorf("%q is taken for an application", bad)
		}
	}
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "version.py"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	version := func(n string) string {
		return "import apps\nVERSION = " + n + "\napp = apps.app\napps.number = VERSION\n"
	}
	apps, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	write(version("1"))
	x := start(t, wsgi.Config{Application: "version", Dir: dir, Path: []string{apps}, Workers: 1})
	_, first := x.get("/pid")
	held, release := x.held(t)
	write("raise ValueError('a bad change')\n")
	if _, err := x.do(x.Reload); err == nil || !strings.Contains(err.Error(), "a bad change") {
		t.Errorf("reload of what does not load: %v", err)
	}
	if s := x.Stats(); s.Workers != 1 {
		t.Errorf("the old worker does not go on: %+v", s)
	}
	write(version("2"))
	if _, err := x.do(x.Reload); err != nil {
		t.Fatal(err)
	}
	if _, second := x.get("/pid"); second == first { // although the old worker is still busy
		t.Error("the old worker serves on")
	}
	release()
	if a := <-held; a.body != "waited "+first {
		t.Errorf("the old worker's request: %+v", a)
	}
	n, _ := strconv.Atoi(first)
	until(t, "the old worker stays", func() bool { return gone(n) })
}

func TestHangingRequest(t *testing.T) {
	x := start(t, wsgi.Config{Timeouts: wsgi.Timeouts{Request: 2 * time.Second}})
	if code, _ := x.get("/hang"); code != 504 {
		t.Errorf("got %d", code)
	}
	x.log.wait(t, "this_is_where_it_hangs", 1) // Python tells where
	if code, _ := x.get("/pid"); code != 200 {
		t.Errorf("the next request: %d", code)
	}
	if s := x.Stats(); s.TimedOut != 1 || s.Restarts != 1 {
		t.Errorf("%+v", s)
	}
}

func TestMaxRequests(t *testing.T) {
	x := start(t, wsgi.Config{MaxRequests: 5})
	pids := map[string]int{}
	for range 20 {
		code, pid := x.get("/pid")
		if code != 200 {
			t.Errorf("got %d", code)
		}
		pids[pid]++
	}
	if len(pids) < 4 || len(pids) > 5 {
		t.Errorf("20 requests to workers that take 5 each: %v", pids)
	}
}

func TestQueue(t *testing.T) {
	x := start(t, wsgi.Config{Queue: 1, Timeouts: wsgi.Timeouts{Queue: time.Minute}})
	held, release := x.held(t)
	second := x.async("/pid")
	until(t, "nobody waits", func() bool { return x.Stats().Waiting == 1 })
	if code, _ := x.get("/pid"); code != 503 {
		t.Errorf("one too many: %d", code)
	}
	release()
	if a := <-held; a.status != 200 {
		t.Errorf("the first: %+v", a)
	}
	if a := <-second; a.status != 200 {
		t.Errorf("the second: %+v", a)
	}
	if s := x.Stats(); s.Refused != 1 {
		t.Errorf("%+v", s)
	}
}

func TestQueueTime(t *testing.T) {
	x := start(t, wsgi.Config{Timeouts: wsgi.Timeouts{Queue: 50 * time.Millisecond}})
	held, release := x.held(t)
	if code, _ := x.get("/pid"); code != 503 {
		t.Errorf("got %d", code)
	}
	release()
	<-held
}

// A client that leaves frees no thread: the application is still at work.
func TestLeavingClientKeepsItsWorkerBusy(t *testing.T) {
	x := start(t, wsgi.Config{})
	file := filepath.Join(t.TempDir(), "go")
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(x.url, "http://"), "/app"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /app/wait?%s HTTP/1.1\r\nHost: h\r\n\r\n", file)
	until(t, "the request does not begin", func() bool { _, err := os.Stat(file + ".begun"); return err == nil })
	c.(*net.TCPConn).SetLinger(0) // a reset: one that just ends what it sends may still read
	c.Close()
	until(t, "nobody notices", func() bool { return x.Stats().Active == 0 })
	next := x.async("/pid")
	until(t, "the next request does not wait", func() bool { return x.Stats().Waiting == 1 })
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := <-next; a.status != 200 {
		t.Errorf("got %+v", a)
	}
}

func TestDrainAndRestart(t *testing.T) {
	x := start(t, wsgi.Config{Workers: 2})
	held, release := x.held(t)
	drained := make(chan error, 1)
	go func() { // ends when the request does
		_, err := x.do(x.Drain)
		drained <- err
	}()
	until(t, "requests are taken", func() bool { code, _ := x.get("/pid"); return code == 503 })
	select {
	case <-drained:
		t.Error("it is drained while a request is served")
	default:
	}
	release()
	if a := <-held; a.status != 200 {
		t.Errorf("the request: %+v", a)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if _, err := x.do(x.Stop); err != nil {
		t.Error(err)
	}
	if _, err := x.do(x.Start); err != nil {
		t.Error(err)
	}
	if code, _ := x.get("/pid"); code != 200 {
		t.Errorf("after another start: %d", code)
	}
}

// TestRequestsBeforeTheStart: a port that was opened before the application is loaded holds its clients up, and refuses them only if it does not load.
func TestRequestsBeforeTheStart(t *testing.T) {
	for application, want := range map[string]int{"apps:app": 200, "apps:missing": 503} {
		t.Run(application, func(t *testing.T) {
			x := newRig(t, wsgi.Config{Application: application})
			early := x.async("/pid")
			until(t, "nobody waits", func() bool { return x.Stats().Waiting == 1 })
			if _, err := x.do(x.Start); (err == nil) != (want == 200) {
				t.Errorf("start: %v", err)
			}
			if a := <-early; a.status != want {
				t.Errorf("got %+v, want %d", a, want)
			}
		})
	}
}

func TestStopWhileStarting(t *testing.T) {
	x := newRig(t, wsgi.Config{Application: "apps:app", Workers: 2})
	started := make(chan error, 1)
	go func() { // ends when it is stopped
		_, err := x.do(x.Start)
		started <- err
	}()
	until(t, "nothing starts", func() bool { return x.Started() })
	if _, err := x.do(x.Stop); err != nil {
		t.Error(err)
	}
	if err := <-started; err != nil && !errors.Is(err, service.ErrStopped) {
		t.Errorf("start: %v", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	x := start(t, wsgi.Config{MaxMemory: 512 << 20})
	if code, body := x.get("/memory"); code != 200 || body != "MemoryError" {
		t.Errorf("got %d %q", code, body)
	}
}

// The sockets are nobody else's, and do not stay behind.
func TestSocketDirectory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	x := start(t, wsgi.Config{})
	dirs, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "torsion-wsgi-*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("%v %v", dirs, err)
	}
	if info, err := os.Stat(dirs[0]); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	if _, err := x.do(x.Stop); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dirs[0]); !os.IsNotExist(err) {
		t.Errorf("it stays: %v", err)
	}
}
