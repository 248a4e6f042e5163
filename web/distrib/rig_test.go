// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/distrib"
)

var quiet = slog.New(slog.DiscardHandler)

// TestMain runs the tests, or the publisher of another process.
func TestMain(m *testing.M) {
	if path := os.Getenv("TORSION_TEST_PUBLISH"); path != "" {
		if err := publish(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	leaktest.Main(m)
}

// back is what is published.
func back(say func(string)) web.Resource {
	var root web.Tree
	root.PutChild("", web.Get(func(r *web.Request) { r.WriteString("the top") }))
	root.PutChild("who", web.Get(func(r *web.Request) {
		user, ok := distrib.User(r)
		fmt.Fprintf(r, "%q %v %s %v %s %q", user, ok, r.ClientAddr(), r.Secure(), r.ClientHost(), r.Header.Get("X-Forwarded-User"))
	}))
	root.PutChild("echo", web.Func(func(r *web.Request) { r.ReadBody(func(body []byte, _ error) { r.Write(body) }) }))
	root.PutChild("away", web.Get(func(r *web.Request) { r.Redirect(302, "/who") }))
	root.PutChild("hold", web.Get(func(r *web.Request) {
		r.NotDoneYet()
		say("held")
	}))
	root.PutChild("part", web.Get(func(r *web.Request) {
		r.WriteString("a part")
		r.Flush()
		r.NotDoneYet()
		say("parted")
	}))
	return &root
}

func publish(path string) error {
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		return err
	}
	p := &distrib.Publisher{Root: back(func(s string) { fmt.Println(s) }), Path: path, Config: web.Config{Logger: quiet}}
	r.CallWhenRunning(func() {
		p.Listen(r).Done(func(_ endpoint.Port, err error) { fmt.Println("listening", err) })
	})
	return r.Run(context.Background())
}

// A process is a publisher in a process of its own.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func start(t *testing.T, path string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "TORSION_TEST_PUBLISH="+path)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	p.lines = bufio.NewScanner(out)
	p.expect(t, "listening <nil>")
	return p
}

func (p *process) expect(t *testing.T, want string) {
	t.Helper()
	if !p.lines.Scan() || p.lines.Text() != want {
		t.Fatalf("the publisher says %q, want %q", p.lines.Text(), want)
	}
}

func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	}
}

// A rig is a site in front.
type rig struct {
	t      *testing.T
	r      *reactor.Reactor
	url    string
	client *http.Client
}

func newRig(t *testing.T, root web.Resource) *rig {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: 2, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	x := &rig{t: t, r: r, client: &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		x.client.CloseIdleConnections()
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	port := await(x, func() *deferred.Deferred[endpoint.Port] {
		server := &endpoint.TCPServer{Reactor: r, Interface: "127.0.0.1"}
		return server.Listen(web.NewSite(root, web.Config{Logger: quiet}))
	})
	x.url = "http://" + port.Addr().String()
	return x
}

// await calls f on the loop and waits for what comes of it.
func await[T any](x *rig, f func() *deferred.Deferred[T]) T {
	x.t.Helper()
	v, err := tried(x, f)
	if err != nil {
		x.t.Fatal(err)
	}
	return v
}

func tried[T any](x *rig, f func() *deferred.Deferred[T]) (T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return deferred.BlockingCallFromThread(ctx, x.r, f)
}

// An answer is what a request has come to.
type answer struct {
	status int
	body   string
	header http.Header
	err    error
}

func (x *rig) do(method, path, body string, header ...string) (a answer) {
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.url+path, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header[name] = append(req.Header[name], value)
	}
	res, err := x.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(b), res.Header, err}
}

func (x *rig) expect(path string, status int, contains string) {
	x.t.Helper()
	if a := x.do("GET", path, ""); a.err != nil || a.status != status || !strings.Contains(a.body, contains) {
		x.t.Errorf("%s: got %d %q %v, want %d with %q", path, a.status, a.body, a.err, status, contains)
	}
}
