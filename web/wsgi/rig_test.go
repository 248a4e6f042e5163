// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/wsgi"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// logged is a log that tests wait on.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
	more chan struct{}
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	close(l.more)
	l.more = make(chan struct{})
	return len(p), nil
}

// wait waits until the log has text n times.
func (l *logged) wait(t *testing.T, text string, n int) {
	t.Helper()
	for {
		l.mu.Lock()
		found, more := strings.Count(l.text.String(), text) >= n, l.more
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-more:
		case <-t.Context().Done():
			t.Fatalf("%q is not in the log", text)
		}
	}
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A rig is a service behind a site on a real reactor.
type rig struct {
	*wsgi.Service
	t      *testing.T
	r      *reactor.Reactor
	log    *logged
	url    string
	client *http.Client
}

// python returns the interpreter that the system's packages are for.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("python3 is not installed")
	return ""
}

// needs skips a test whose Python module is missing.
func needs(t *testing.T, module, pkg string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), python(t), "-c", "import "+module).CombinedOutput(); err != nil {
		t.Skipf("%s is not installed (Debian: %s): %s", module, pkg, out)
	}
}

// newRig makes a service that is not started.
func newRig(t *testing.T, cfg wsgi.Config) *rig {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	x := &rig{t: t, r: r, log: &logged{more: make(chan struct{})}, client: &http.Client{Transport: &http.Transport{}}}
	if cfg.Dir == "" {
		cfg.Dir = "testdata"
	}
	if cfg.Workers == 0 {
		cfg.Workers = 1
	}
	cfg.Python = python(t)
	cfg.Env = append(cfg.Env, "PYTHONDONTWRITEBYTECODE=1", "TMPDIR="+t.TempDir())
	cfg.Logger = slog.New(slog.NewTextHandler(x.log, nil))
	if x.Service, err = wsgi.New(r, cfg); err != nil {
		t.Fatal(err)
	}
	var root web.Tree
	root.PutChild("app", x.Service)
	url := make(chan string, 1) // filled once
	r.CallWhenRunning(func() {
		port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(&root, web.Config{Logger: slog.New(slog.DiscardHandler)}), reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
			close(url)
			return
		}
		url <- "http://" + port.Addr().String() + "/app"
	})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		if _, err := x.do(x.Stop); err != nil {
			t.Errorf("stop: %v", err)
		}
		x.client.CloseIdleConnections()
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log:\n%s", x.log)
		}
	})
	x.url = <-url
	return x
}

// start returns a service that runs.
func start(t *testing.T, cfg wsgi.Config) *rig {
	t.Helper()
	if cfg.Application == "" {
		cfg.Application = "apps:app"
	}
	x := newRig(t, cfg)
	if _, err := x.do(x.Start); err != nil {
		t.Fatalf("start: %v\n%s", err, x.log)
	}
	return x
}

// do calls a method of the service on its loop and waits.
func (x *rig) do(f func() *deferred.Deferred[struct{}]) (struct{}, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return deferred.BlockingCallFromThread(ctx, x.r, f)
}

// get returns status and body.
func (x *rig) get(path string) (int, string) {
	x.t.Helper()
	res, body, err := x.fetch("GET", path, nil, "")
	if err != nil {
		x.t.Errorf("%s: %v", path, err)
		return 0, ""
	}
	return res.StatusCode, body
}

func (x *rig) fetch(method, path string, body io.Reader, contentType string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.url+path, body)
	if err != nil {
		return nil, "", err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := x.client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res, string(b), err
}

// gone reports whether there is no process with that number.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer p.Release()
	return p.Signal(syscall.Signal(0)) != nil
}
