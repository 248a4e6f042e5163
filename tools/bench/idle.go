// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// footprint is what an idle server weighs.
type footprint struct {
	Goroutines int
	Heap       uint64 // bytes in use after a collection
	RSS        int64  // bytes
}

// idleKinds are the connections that can be measured at rest.
var idleKinds = map[string]func() *tls.Config{
	"plain": func() *tls.Config { return nil },
	"tls12": func() *tls.Config { return &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12} }, // our own server, its certificate made a moment ago
	"tls13": func() *tls.Config { return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13} },
}

// idle reports what idle connections cost a Torsion server. specs is a list such as "plain:10000,tls13:2000".
func idle(stdout io.Writer, specs string) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "idle connections\t\tgoroutines before\tafter\theap bytes each\tRSS bytes each\t\n")
	for spec := range strings.SplitSeq(specs, ",") {
		kind, count, _ := strings.Cut(spec, ":")
		n, err := strconv.Atoi(count)
		if idleKinds[kind] == nil || err != nil || n < 1 {
			return fmt.Errorf("-idle: %q is not kind:number with a kind of plain, tls12 or tls13", spec)
		}
		before, after, err := idleKind(kind, n)
		if err != nil {
			return fmt.Errorf("-idle %s: %w", spec, err)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t\n", kind, n, before.Goroutines, after.Goroutines,
			(int64(after.Heap)-int64(before.Heap))/int64(n), (after.RSS-before.RSS)/int64(n))
	}
	return t.Flush()
}

func idleKind(kind string, n int) (before, after footprint, err error) {
	self, err := os.Executable()
	if err != nil {
		return before, after, err
	}
	cmd := exec.Command(self, "-serve-idle", kind)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return before, after, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return before, after, err
	}
	if err := cmd.Start(); err != nil {
		return before, after, err
	}
	defer func() { in.Close(); cmd.Wait() }() // the server ends with its standard input
	answers := bufio.NewReader(out)
	addr, err := readAddr(answers)
	if err != nil {
		return before, after, err
	}
	ask := func() (f footprint, err error) {
		if _, err = io.WriteString(in, "weigh\n"); err != nil {
			return f, err
		}
		line, err := answers.ReadBytes('\n')
		if err != nil {
			return f, err
		}
		return f, json.Unmarshal(line, &f)
	}
	if before, err = ask(); err != nil {
		return before, after, err
	}
	conns := make([]net.Conn, 0, n)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	cfg := idleKinds[kind]()
	for range n {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return before, after, err
		}
		if cfg != nil {
			c = tls.Client(c, cfg)
		}
		conns = append(conns, c)
		// One echo proves that the server has taken the connection, and finished the handshake.
		if _, err := c.Write([]byte("x")); err != nil {
			return before, after, err
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			return before, after, err
		}
	}
	after, err = ask()
	return before, after, err
}

type echo struct{ protocol.Base }

func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }

// serveIdle is the server of -idle: an echo server that tells what it weighs.
func serveIdle(kind string) error {
	var f protocol.Factory = protocol.ForProtocol(func() echo { return echo{} })
	if kind != "plain" {
		key, err := certificate.GenerateKey()
		if err != nil {
			return err
		}
		cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
		if err != nil {
			return err
		}
		f, err = tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert.TLS()}}}, f)
		if err != nil {
			return err
		}
	}
	r, err := reactor.New(reactor.Config{MaxConnections: 1 << 20})
	if err != nil {
		return err
	}
	port, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{Backlog: 4096})
	if err != nil {
		return err
	}
	go r.Run(context.Background()) // runs to the end of the process
	fmt.Println(server.Listening, port.Addr())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w := footprint{Goroutines: runtime.NumGoroutine(), Heap: m.HeapAlloc, RSS: currentRSS()}
		if err := json.NewEncoder(os.Stdout).Encode(w); err != nil {
			return err
		}
	}
	return lines.Err()
}
