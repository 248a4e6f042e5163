// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package inetd_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/inetd"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// The test is also the program of its services: its first argument says which.
func TestMain(m *testing.M) {
	switch os.Args[0] {
	case "report":
		report()
	case "accept": // one connection of a socket that is waited for
		fd, _, err := unix.Accept(0)
		if err == nil {
			_, err = unix.Write(fd, []byte("accepted"))
		}
		exit(err)
	case "datagram":
		b := make([]byte, 100)
		n, from, err := unix.Recvfrom(0, b, 0)
		if err == nil {
			err = unix.Sendto(0, append([]byte("got "), b[:n]...), 0, from)
		}
		exit(err)
	}
	leaktest.Main(m)
}

func exit(err error) {
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// report tells what the program finds.
func report() {
	var b strings.Builder
	for fd := range 3 {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		fmt.Fprintf(&b, "%d nonblock=%v %v\n", fd, flags&unix.O_NONBLOCK != 0, err)
	}
	var open []string
	for fd := 3; fd < 256; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			open = append(open, fmt.Sprint(fd))
		}
	}
	env := os.Environ()
	sort.Strings(env)
	dir, _ := os.Getwd()
	sid, _ := unix.Getsid(0)
	fmt.Fprintf(&b, "open %v\nenv %v\ndir %s\nsession %v\nuser %d %d\nargs %v\n", open, env, dir, sid == os.Getpid(), os.Getuid(), os.Getgid(), os.Args[1:])
	os.Stdout.WriteString(b.String())
	os.Exit(0)
}

// A logBuffer is written to by the loop and read by the test.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A rig is a Server over a real reactor.
type rig struct {
	*testing.T
	r     *reactor.Reactor
	s     *inetd.Server
	clock *protocoltest.Clock
	log   *logBuffer
	dir   string
	ctx   context.Context
}

func overEach(t *testing.T, f func(t *rig)) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			withRig(t, name, inetd.Config{}, f)
		})
	}
}

func withRig(t *testing.T, poller string, cfg inetd.Config, f func(t *rig)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	g := &rig{T: t, clock: protocoltest.NewClock(), log: &logBuffer{}, dir: tempdir.Short(t), ctx: ctx}
	log := slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	g.r, err = reactor.New(reactor.Config{Poller: poller, Logger: log, ShutdownGrace: -1})
	g.check(err)
	started, ended := make(chan struct{}), make(chan error, 1)
	g.r.CallFromThread(func() { close(started) })
	go func() { ended <- g.r.Run(context.Background()) }() // ends by Stop
	<-started
	defer func() {
		g.r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	cfg.File, cfg.Ports, cfg.Logger, cfg.Clock = g.dir+"/inetd.conf", g.dir+"/services", log, g.clock
	g.check(os.WriteFile(cfg.Ports, []byte("cat 0/tcp\nother 0/tcp\nreport 0/tcp\naccept 0/tcp\necho 0/tcp\necho 0/udp\ndiscard 0/tcp\nchargen 0/tcp\nchargen 0/udp\n"+
		"daytime 0/tcp\ntime 0/tcp\ntime 0/udp\ndatagram 0/udp\n"), 0o600))
	g.s = inetd.New(g.r, cfg)
	defer func() { g.check(g.do(g.s.Stop)) }()
	f(g)
}

func (g *rig) check(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

// do calls a method of the server on the loop and waits for its result.
func (g *rig) do(f func() *deferred.Deferred[struct{}]) error {
	_, err := deferred.BlockingCallFromThread(g.ctx, g.r, f)
	return err
}

// conf writes the configuration. USER stands for who runs the test, SELF for its program.
func (g *rig) conf(lines ...string) {
	g.Helper()
	self, err := os.Executable()
	g.check(err)
	user := fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
	text := strings.NewReplacer("USER", user, "SELF", self, "DIR", g.dir).Replace(strings.Join(lines, "\n"))
	g.check(os.WriteFile(g.dir+"/inetd.conf", []byte(text+"\n"), 0o600))
}

// services returns the states by the names of the services.
func (g *rig) services() map[string]inetd.Status {
	g.Helper()
	all, err := deferred.BlockingCallFromThread(g.ctx, g.r, func() *deferred.Deferred[[]inetd.Status] { return deferred.SucceedOn(g.r, g.s.Services()) })
	g.check(err)
	by := map[string]inetd.Status{}
	for _, st := range all {
		by[st.Entry.Service] = st
	}
	return by
}

// until waits for a state of a service.
func (g *rig) until(service string, cond func(st inetd.Status) bool) {
	g.Helper()
	for !cond(g.services()[service]) {
		if g.ctx.Err() != nil {
			g.Fatalf("%s: %+v\n%s", service, g.services()[service], g.log)
		}
	}
}

func (g *rig) dial(service string) net.Conn {
	g.Helper()
	a := g.services()[service].Addr.NetAddr()
	c, err := net.Dial(a.Network(), a.String())
	g.check(err)
	g.Cleanup(func() { c.Close() })
	deadline, _ := g.ctx.Deadline()
	g.check(c.SetDeadline(deadline))
	return c
}

// exchange sends what it is given and the end, and returns all that comes back.
func (g *rig) exchange(service, send string) string {
	g.Helper()
	c := g.dial(service)
	defer c.Close()
	_, err := io.WriteString(c, send)
	g.check(err)
	g.check(c.(interface{ CloseWrite() error }).CloseWrite())
	b, err := io.ReadAll(c)
	g.check(err)
	return string(b)
}

func (g *rig) advance(d time.Duration) {
	g.check(g.do(func() *deferred.Deferred[struct{}] {
		g.clock.Advance(d)
		return deferred.SucceedOn(g.r, struct{}{})
	}))
}

// descriptors counts those of this process, where that can be seen.
func descriptors() int {
	names, _ := filepath.Glob("/proc/self/fd/*")
	return len(names)
}

// reactorOf returns a reactor that the test's goroutine drives.
func reactorOf(t *testing.T) *reactor.Reactor {
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.StartRunning(); err != nil { // without it the thread pool does not work yet
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Stop()
		for r.Iterate(0) == nil {
		}
	})
	return r
}
