// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package reactortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// childEnv is set in the environment of a test's own process.
const childEnv = "TORSION_REACTORTEST_CHILD"

// A child is a test in a process of its own.
type child struct {
	*exec.Cmd
	in  io.Closer
	out io.Reader
}

// child starts the test again in a process of its own.
func (g *rig) child() *child {
	g.Helper()
	exe, err := os.Executable()
	if err != nil {
		g.Fatal(err)
	}
	var pattern []string
	for _, part := range strings.Split(g.Name(), "/") {
		pattern = append(pattern, "^"+regexp.QuoteMeta(part)+"$")
	}
	cmd := exec.Command(exe, "-test.run="+strings.Join(pattern, "/"), "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		g.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		g.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return &child{cmd, in, out}
}

// line reads what the child tells next, up to the line's end.
func (c *child) line(g *rig) string {
	g.Helper()
	for {
		var text []byte
		b := make([]byte, 1)
		for b[0] != '\n' {
			if _, err := io.ReadFull(c.out, b); err != nil {
				g.Fatalf("the child ended: %v", err)
			}
			text = append(text, b[0])
		}
		if s, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "child: "); ok {
			return s
		}
	}
}

// tell is the child's.
func tell(format string, args ...any) { fmt.Printf("\nchild: "+format+"\n", args...) }

func testSignal(g *rig) {
	if os.Getenv(childEnv) != "" {
		g.remake(func(cfg *reactor.Config) { cfg.InstallSignalHandlers = true })
		g.r.CallWhenRunning(func() { tell("ready") })
		g.trigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] { tell("shutdown"); return nil })
		g.check(g.turns(context.Background(), g.r))
		s := g.r.StoppedBy()
		tell("stopped by %v", s)
		// As a program does: raise it again, so that the parent sees what happened.
		signal.Reset(s)
		g.check(syscall.Kill(os.Getpid(), s.(syscall.Signal)))
		select {}
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := g.child()
		if got := cmd.line(g); got != "ready" {
			g.Fatalf("got %q", got)
		}
		g.check(cmd.Process.Signal(s))
		for _, want := range []string{"shutdown", "stopped by " + s.String()} {
			if got := cmd.line(g); got != want {
				g.Errorf("got %q, want %q", got, want)
			}
		}
		exit, ok := errors.AsType[*exec.ExitError](cmd.Wait())
		if !ok || exit.Sys().(syscall.WaitStatus).Signal() != s {
			g.Errorf("the child's state is %v", exit)
		}
	}
}

// testOutOfDescriptors is class 62 of the hardening list: a server that runs out of descriptors goes on with the connections that it has, takes new ones when it can
// again, and neither spins nor fills the log.
func testOutOfDescriptors(g *rig) {
	if os.Getenv(childEnv) != "" {
		g.remake(func(cfg *reactor.Config) { cfg.MaxConnections = 100_000 })
		port := g.listen(protocol.ForProtocol(echo), reactor.ListenOptions{})
		g.r.CallWhenRunning(func() {
			used, err := os.ReadDir("/dev/fd")
			g.check(err)
			var limit syscall.Rlimit
			set(&limit.Cur, len(used)+10)
			set(&limit.Max, len(used)+10)
			g.check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
			tell("%s", port.Addr())
			var look func()
			look = func() {
				if g.r.Stats().AcceptFailures > 0 {
					tell("struck")
					return
				}
				g.r.CallLater(time.Millisecond, look)
			}
			look()
		})
		g.run()
		io.Copy(io.Discard, os.Stdin) // until the parent has seen enough
		tell("%d lines, %d connections", strings.Count(g.logs.String(), "cannot accept"), g.r.Connections())
		os.Exit(0)
	}
	cmd := g.child()
	addr := cmd.line(g)
	var conns []net.Conn
	for range 60 {
		c, err := net.DialTimeout("tcp", addr, patience)
		if err != nil {
			g.Fatal(err)
		}
		defer c.Close()
		g.check(c.SetDeadline(time.Now().Add(patience)))
		conns = append(conns, c)
	}
	g.write(conns[0], "x")
	g.read(conns[0], 1)                      // survives
	if got := cmd.line(g); got != "struck" { // until then the connections have to be there
		g.Fatal(got)
	}
	for _, c := range conns {
		c.Close()
	}
	// As soon as the server has noticed, new connections are served; until then they may be turned away.
	for start := time.Now(); ; {
		answer, err := tryEcho(addr)
		if answer == "z" {
			break
		}
		if time.Since(start) > patience {
			g.Fatalf("got %q, %v", answer, err)
		}
	}
	cmd.in.Close()
	report := cmd.line(g)
	var lines, connections int
	if _, err := fmt.Sscanf(report, "%d lines, %d connections", &lines, &connections); err != nil {
		g.Fatal(err)
	}
	if lines == 0 || lines > 60 {
		g.Errorf("the failure to accept is logged %d times", lines)
	}
}

// tryEcho sends a z over a new connection and returns what comes back.
func tryEcho(addr string) (string, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, "z"); err != nil {
		return "", err
	}
	b := make([]byte, 1)
	n, err := io.ReadFull(c, b)
	return string(b[:n]), err
}

// set sets a limit, whose type differs from system to system.
func set[T int64 | uint64](limit *T, n int) { *limit = T(n) }
