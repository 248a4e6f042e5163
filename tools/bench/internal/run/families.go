// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"crypto/tls"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/load"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// A family is a kind of load, for several numbers of connections.
type family struct {
	name  string
	title string
	unit  string
	work  server.Work
	conns []int
	fixed bool          // the number of connections is part of what it is
	size  int           // bytes of a message
	spin  time.Duration // of servers that can
	load  func(conns int) load.Load
	asks  client.Work // what a client that is measured does, in place of work and load
}

const (
	pipelined = 16
	bulk      = 1 << 20
)

func echo(size, depth int, secure *tls.Config) func(int) load.Load {
	return func(conns int) load.Load { return load.Echo{Conns: conns, Depth: depth, Size: size, TLS: secure} }
}

func hello(depth int, last bool) func(int) load.Load {
	return func(conns int) load.Load {
		return load.HTTP{Conns: conns, Depth: depth, Close: last, Body: server.Hello}
	}
}

// page is a load of GET requests of a site.
func page(path, body string, secure *tls.Config) func(int) load.Load {
	return func(conns int) load.Load {
		return load.HTTP{Conns: conns, Depth: 1, Path: path, Body: body, TLS: secure}
	}
}

// file is a load of GET requests of one of its files.
func file(name string) func(int) load.Load { return page("/"+name, server.File(name), nil) }

func streams(n int) func(int) load.Load {
	return func(conns int) load.Load { return load.H2{Conns: conns, Streams: n, Body: server.Hello} }
}

func webSocket(size int, text bool) func(int) load.Load {
	return func(conns int) load.Load { return load.WS{Conns: conns, Size: size, Text: text} }
}

var tls13 = load.ClientTLS(tls.VersionTLS13)

var families = []family{
	{name: "echo-64b", title: "TCP echo 64 B", unit: "message", work: server.TCP, conns: []int{64, 1000, 8000}, size: 64, load: echo(64, 1, nil)},
	{name: "echo-4k", title: "TCP echo 4 KiB", unit: "message", work: server.TCP, conns: []int{64, 1000, 8000}, size: 4 << 10, load: echo(4<<10, 1, nil)},
	{name: "pipe", title: "TCP echo 64 B, pipelined 16", unit: "message", work: server.TCP, conns: []int{64, 1000}, size: 64, load: echo(64, pipelined, nil)},
	{name: "bulk", title: "TCP echo 1 MiB", unit: "message", work: server.TCP, conns: []int{8}, size: bulk, load: echo(bulk, 1, nil)},
	{name: "churn", title: "TCP connect, one message of 64 B, close", unit: "connection", work: server.TCP, conns: []int{32}, size: 64,
		load: func(conns int) load.Load { return load.Churn{Conns: conns, Size: 64} }},
	{name: "quiet", title: "TCP echo 64 B, 1 % active", unit: "message", work: server.TCP, conns: []int{10000}, size: 64,
		load: func(conns int) load.Load {
			return load.Echo{Conns: conns, Active: max(conns/100, 1), Depth: 1, Size: 64}
		}},
	{name: "udp", title: "UDP echo 64 B", unit: "datagram", work: server.UDP, conns: []int{64}, size: 64,
		load: func(conns int) load.Load { return load.UDP{Sockets: conns, Depth: 3, Size: 64} }},
	{name: "tls", title: "TLS 1.3 echo 64 B", unit: "message", work: server.TLS, conns: []int{64, 1000}, size: 64, load: echo(64, 1, tls13)},
	{name: "tls-handshake", title: "TLS 1.3 connect, full handshake, one message of 64 B, close", unit: "connection", work: server.TLS, conns: []int{16}, size: 64,
		load: func(conns int) load.Load { return load.Handshake{Conns: conns, Size: 64, TLS: tls13} }},
	{name: "http", title: "HTTP hello, keep-alive", unit: "request", work: server.HTTP, conns: []int{64}, load: hello(1, false)},
	{name: "http-pipe", title: "HTTP hello, pipelined 16", unit: "request", work: server.HTTP, conns: []int{64}, load: hello(pipelined, false)},
	{name: "http-close", title: "HTTP hello, a connection each", unit: "request", work: server.HTTP, conns: []int{32}, load: hello(1, true)},
	{name: "https", title: "HTTP hello, keep-alive, TLS 1.3", unit: "request", work: server.HTTPS, conns: []int{64}, load: page("/", server.Hello, tls13)},
	{name: "http2", title: "HTTP/2 hello, one stream a connection", unit: "request", work: server.HTTP2, conns: []int{64}, load: streams(1)},
	{name: "http2-32", title: "HTTP/2 hello, 32 streams a connection", unit: "request", work: server.HTTP2, conns: []int{16}, load: streams(32)},
	{name: "json", title: "HTTP, 1 KiB of JSON", unit: "request", work: server.Site, conns: []int{64}, load: page("/json", server.JSON, nil)},
	{name: "post", title: "HTTP, POST of 10 KiB", unit: "request", work: server.Site, conns: []int{64},
		load: func(conns int) load.Load {
			return load.HTTP{Conns: conns, Depth: 1, Path: "/post", Post: make([]byte, server.PostSize), Body: server.Posted}
		}},
	{name: "file-1k", title: "HTTP, a file of 1 KiB", unit: "request", work: server.Site, conns: []int{64}, load: file("1k.txt")},
	{name: "file-100k", title: "HTTP, a file of 100 KiB", unit: "request", work: server.Site, conns: []int{64}, load: file("100k.txt")},
	{name: "file-10m", title: "HTTP, a file of 10 MiB", unit: "request", work: server.Site, conns: []int{8}, load: file("10m.txt")},
	{name: "ws-64b", title: "WebSocket echo, text of 64 B", unit: "message", work: server.WS, conns: []int{64, 1000}, load: webSocket(64, true)},
	{name: "ws-4k", title: "WebSocket echo, binary of 4 KiB", unit: "message", work: server.WS, conns: []int{64, 1000}, load: webSocket(4<<10, false)},
	{name: "client", title: "HTTP client, hello, keep-alive", unit: "request", asks: client.HTTP, conns: []int{64, 1}},
	{name: "client-tls", title: "HTTP client, hello, keep-alive, TLS 1.3", unit: "request", asks: client.HTTPS, conns: []int{64}},
	{name: "client-http2", title: "HTTP/2 client, hello", unit: "request", asks: client.HTTP2, conns: []int{32}},
	{name: "pingpong", title: "TCP ping-pong 64 B on one connection", unit: "message", work: server.TCP, conns: []int{1}, fixed: true, size: 64, load: echo(64, 1, nil)},
	{name: "pingpong-spin", title: "TCP ping-pong 64 B on one connection, with SpinWait", unit: "message", work: server.TCP, conns: []int{1}, fixed: true, size: 64,
		spin: spinWait, load: echo(64, 1, nil)},
}

// List prints what can be chosen.
func List(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "workload\twhat\toperation")
	for _, f := range families {
		for _, n := range f.conns {
			w := f.with(n)
			fmt.Fprintf(t, "%s\t%s\t%s\n", w.Name, w.Title, w.Unit)
		}
	}
	fmt.Fprintln(t, "\nengine\twhat\t")
	for _, e := range server.Engines() {
		about := e.About
		if why := e.Why(); why != "" {
			about += " (not here: " + why + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%v\n", e.Name, about, e.Works)
	}
	fmt.Fprintln(t, "\nHTTP client\twhat\t")
	for _, e := range client.Engines() {
		about := e.About
		if why := e.Why(); why != "" {
			about += " (not here: " + why + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%v\n", e.Name, about, e.Works)
	}
	return t.Flush()
}
