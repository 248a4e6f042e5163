// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// Work is how a client asks: GET / for server.Hello, each connection or stream for the next when it has the one before.
type Work string

// The kinds of work.
const (
	HTTP  Work = "http"  // HTTP/1.1, keep-alive
	HTTPS Work = "https" // the same inside TLS 1.3; the certificate is not verified, its signature is
	HTTP2 Work = "http2" // HTTP/2 with prior knowledge, without TLS, on one connection
)

// Serves is what the server of such a client does.
func (w Work) Serves() server.Work {
	switch w {
	case HTTPS:
		return server.HTTPS
	case HTTP2:
		return server.HTTP2
	}
	return server.HTTP
}

// A Spec tells which client is to run, and how.
type Spec struct {
	Engine  string
	Work    Work
	Addr    string // of the server, an IPv4 address and a port
	Conns   int    // connections; with HTTP2 the requests at once on a single one
	Profile string // a file for a CPU profile; "" means none. Clients written in Go only.
}

// URL is what it asks for.
func (s Spec) URL() string {
	if s.Work == HTTPS {
		return "https://" + s.Addr + "/"
	}
	return "http://" + s.Addr + "/"
}

// An Engine is a client.
type Engine struct {
	Name  string
	About string // one line: what it is, and what was chosen where it leaves a choice
	Works []Work
	Why   func() string // it cannot run here, "" if it can. It looks once and remembers. Safe from any goroutine.

	start   func(Spec, *tally) error      // of a client written in Go: it returns at once
	command func(Spec) (*exec.Cmd, error) // of the others
}

// Engines returns all clients, Torsion's first. They have the names that their servers have in package server.
func Engines() []Engine {
	return []Engine{torsion("torsion", "epoll"), torsion("torsion-uring", "io_uring"), netHTTP, fastHTTP, twisted}
}

// Find returns the client of that name.
func Find(name string) (Engine, bool) {
	all := Engines()
	if i := slices.IndexFunc(all, func(e Engine) bool { return e.Name == name }); i >= 0 {
		return all[i], true
	}
	return Engine{}, false
}

// Does tells whether the client does a kind of work.
func (e Engine) Does(w Work) bool { return slices.Contains(e.Works, w) }

func always() string { return "" }

// Flag is the argument by which Command makes the executable run itself as a client; the Spec follows it as JSON. The program hands that to Run.
const Flag = "-ask"

// Asking begins the line by which a client tells that it begins; the address of the server follows.
const Asking = "asking"

// Command returns the command that runs a client as a process of its own. It ends when its standard input is closed.
func Command(s Spec) (*exec.Cmd, error) {
	e, err := check(s)
	if err != nil {
		return nil, err
	}
	if e.command != nil {
		return e.command(s)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	spec, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return exec.Command(self, Flag, string(spec)), nil
}

// check returns the engine of s if it can do what s asks for.
func check(s Spec) (Engine, error) {
	e, ok := Find(s.Engine)
	switch {
	case !ok:
		return e, fmt.Errorf("no client is named %q", s.Engine)
	case e.Why() != "":
		return e, fmt.Errorf("%s: %s", e.Name, e.Why())
	case !e.Does(s.Work):
		return e, fmt.Errorf("the client %s does no %s", e.Name, s.Work)
	case s.Conns < 1:
		return e, fmt.Errorf("%d is no number of connections", s.Conns)
	}
	return e, nil
}
