// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// TestMain is the client itself where Command made the test run itself anew.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == Flag {
		if err := Run(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// hang is how long a client may take to end.
const hang = 20 * time.Second

// serve runs a server of net/http that answers body.
func serve(t *testing.T, w Work, body string) (addr string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(w == HTTP2)
	if w == HTTPS {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// until starts a client, and asks it for its count until done says so. The client has to end by itself, without an error, once its standard input is closed.
func until(t *testing.T, s Spec, done func(Count) bool) {
	t.Helper()
	e, _ := Find(s.Engine)
	if why := e.Why(); why != "" {
		t.Skip(why)
	}
	cmd, err := Command(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr, cmd.WaitDelay = os.Stderr, hang
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(hang, func() { cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != Asking+" "+s.Addr+"\n" {
		t.Errorf("it began with %q, %v", line, err)
	}
	for end := false; !end; {
		if _, err := io.WriteString(in, "count\n"); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		var c Count
		if err := errors.Join(err, json.Unmarshal(line, &c)); err != nil {
			t.Fatal(err)
		}
		end = done(c)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func each(t *testing.T, f func(t *testing.T, e Engine, w Work)) {
	for _, e := range Engines() {
		for _, w := range e.Works {
			t.Run(e.Name+" "+string(w), func(t *testing.T) { f(t, e, w) })
		}
	}
}

func TestAsks(t *testing.T) {
	each(t, func(t *testing.T, e Engine, w Work) {
		s := Spec{Engine: e.Name, Work: w, Addr: serve(t, w, server.Hello), Conns: 3}
		until(t, s, func(c Count) bool {
			if c.Failed != "" {
				t.Error(c.Failed)
			}
			return c.Failed != "" || c.Requests >= 10
		})
	})
}

// An answer that is not the right one is seen.
func TestWrong(t *testing.T) {
	each(t, func(t *testing.T, e Engine, w Work) {
		s := Spec{Engine: e.Name, Work: w, Addr: serve(t, w, "Hello, world!"), Conns: 2}
		until(t, s, func(c Count) bool {
			if c.Requests > 0 {
				t.Errorf("%d wrong answers were counted", c.Requests)
			}
			return c.Failed != "" || c.Requests > 0
		})
	})
}

// So is a server that is not there.
func TestNobody(t *testing.T) {
	for _, e := range Engines() {
		t.Run(e.Name, func(t *testing.T) {
			until(t, Spec{Engine: e.Name, Work: HTTP, Addr: "127.77.0.1:1", Conns: 1}, func(c Count) bool { return c.Failed != "" })
		})
	}
}

func TestProfile(t *testing.T) {
	file := t.TempDir() + "/cpu.pprof"
	until(t, Spec{Engine: "torsion", Work: HTTP, Addr: serve(t, HTTP, server.Hello), Conns: 1, Profile: file}, func(c Count) bool { return c.Requests > 0 })
	if p, err := os.ReadFile(file); err != nil || len(p) == 0 {
		t.Errorf("the profile has %d bytes, %v", len(p), err)
	}
}

func TestRefused(t *testing.T) {
	for want, s := range map[string]Spec{
		`no client is named "nginx"`:    {Engine: "nginx", Work: HTTP, Conns: 1},
		"fasthttp does no http2":        {Engine: "fasthttp", Work: HTTP2, Conns: 1},
		"0 is no number of connections": {Engine: "torsion", Work: HTTP},
	} {
		if _, err := Command(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, not %s", s, err, want)
		}
	}
	for _, e := range Engines() {
		if e.About == "" || (e.start == nil) == (e.command == nil) {
			t.Errorf("%s is not whole", e.Name)
		}
	}
}
