// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"os/exec"
	"slices"
	"time"
)

// Work is what a server does.
type Work string

// The kinds of work.
const (
	TCP  Work = "tcp"  // echoes whatever arrives
	UDP  Work = "udp"  // echoes each datagram
	TLS  Work = "tls"  // TCP inside TLS 1.3, or 1.2 where the client asks for it, with a self-signed ECDSA P-256 certificate
	HTTP Work = "http" // answers GET / by Hello, World! in text/plain, with Content-Length and Date; keep-alive, pipelining, and Connection: close
	// HTTP2 is HTTP by HTTP/2 with prior knowledge, without TLS.
	HTTP2 Work = "http2"
	// Site answers, beside what HTTP does, GET /json by JSON in application/json, GET of the names of File by what they hold, read from Spec.Dir, and
	// POST /post by the length of the body.
	Site  Work = "site"
	HTTPS Work = "https" // Site inside TLS 1.3, by HTTP/1.1
	WS    Work = "ws"    // WebSocket at /: sends each message back, as one frame, without compression
	// WSRoom is WebSocket at /, where each message goes to all connections, the one that it came from included.
	WSRoom Work = "ws-room"
)

// Hello is the body of an answer to HTTP.
const Hello = "Hello, World!"

// A Spec tells which server is to run, and how.
type Spec struct {
	Engine string
	Work   Work
	// Loops is the number of event loops or threads. 0 means 1. With 1, GOMAXPROCS stays as it is; above, it is Loops for every engine written in Go.
	Loops int
	// Spin is Config.SpinWait of a Torsion server; the servers in C poll without ever sleeping over TCP, the others leave it aside. 0 means not to spin.
	Spin time.Duration
	// Size is the length of a message in bytes, with PerMessage.
	Size int
	// PerMessage makes a TCP server answer message by message, as those of a real protocol do, instead of sending back whatever arrived at once. The
	// engines torsion, torsion-uring, torsion-portable, net, gnet, netpoll, c-epoll and c-uring can.
	PerMessage bool
	// Dir is the folder with the files of a site, which Command makes.
	Dir string
	// Profile is a file for a CPU profile of a server written in Go, from its start to its end; "" means none.
	Profile string
}

// An Engine is what servers are built on.
type Engine struct {
	Name  string
	About string // one line: what it is, and what was chosen where it leaves a choice
	Works []Work
	// Why tells why the engine cannot run here; "" means that it can. It looks once and remembers. Safe from any goroutine.
	Why func() string

	start    func(Spec) (addr string, err error)                       // of an engine written in Go: it returns once the server accepts
	attend   func(Spec) (addr string, pid int, stop func(), err error) // of those that run below a process of ours, which tells their number
	command  func(Spec) (cmd *exec.Cmd, cleanup func(), err error)     // of the others
	messages bool                                                      // it can do PerMessage
}

// Engines returns all engines, Torsion's first.
func Engines() []Engine {
	return []Engine{
		torsion("torsion", "epoll"),
		keeping(),
		torsion("torsion-uring", "io_uring"),
		torsion("torsion-portable", "portable"),
		goNet,
		goHTTP,
		gnetEngine,
		nbioEngine,
		netpollEngine,
		fasthttpEngine,
		coderEngine,
		gobwasEngine,
		nbioWebSocketEngine,
		nginxEngine,
		twistedEngine,
		nativeEpoll,
		nativeUring,
	}
}

// Find returns the engine of that name.
func Find(name string) (Engine, bool) {
	all := Engines()
	if i := slices.IndexFunc(all, func(e Engine) bool { return e.Name == name }); i >= 0 {
		return all[i], true
	}
	return Engine{}, false
}

// Does tells whether the engine does a kind of work.
func (e Engine) Does(w Work) bool { return slices.Contains(e.Works, w) }

// always is the Why of an engine that runs everywhere.
func always() string { return "" }
