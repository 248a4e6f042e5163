// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A client is one connection of the load: it sends a batch, waits until all of it came back, and sends the next.
type client struct {
	fd   int
	left int // bytes of the batch still to come back
	sent time.Time
}

// load connects to addr, keeps all connections busy for a warm-up and for w.length, and returns what was seen in the latter. It is a bare epoll loop on one
// thread, so that it takes as little as possible of the machine from the server.
func load(addr string, w workload, ask func() (usage, error)) (result, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return result{}, err
	}
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return result{}, os.NewSyscallError("epoll_create1", err)
	}
	defer unix.Close(ep)
	clients := make([]client, w.conns)
	defer func() {
		for _, c := range clients {
			if c.fd > 0 {
				unix.Close(c.fd)
			}
		}
	}()
	batch := make([]byte, w.size*w.depth)
	for i := range clients {
		fd, err := dial(ap)
		if err != nil {
			return result{}, err
		}
		clients[i].fd = fd
		ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}
		if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
			return result{}, os.NewSyscallError("epoll_ctl", err)
		}
	}
	for i := range clients {
		if err := clients[i].send(batch); err != nil {
			return result{}, err
		}
	}
	g := generator{ep: ep, clients: clients, batch: batch, buf: make([]byte, 256<<10), events: make([]unix.EpollEvent, 256)}
	if err := g.until(time.Now().Add(w.length / 4)); err != nil {
		return result{}, err
	}
	before, err := ask()
	if err != nil {
		return result{}, err
	}
	g.batches, g.latency = 0, g.latency[:0]
	start := time.Now()
	if err := g.until(start.Add(w.length)); err != nil {
		return result{}, err
	}
	took := time.Since(start)
	messages := g.batches * w.depth
	after, err := ask()
	if err != nil {
		return result{}, err
	}
	if messages == 0 {
		return result{}, fmt.Errorf("no message came back in %v", took)
	}
	slices.Sort(g.latency)
	return result{
		rate: float64(messages) / took.Seconds(),
		cpu:  float64((after.CPU - before.CPU).Nanoseconds()) / float64(messages),
		p50:  g.latency[len(g.latency)/2],
		p99:  g.latency[len(g.latency)*99/100],
		rss:  after.MaxRSS,
	}, nil
}

type generator struct {
	ep      int
	clients []client
	batch   []byte
	buf     []byte
	events  []unix.EpollEvent
	batches int
	latency []time.Duration
}

// until answers every batch that comes back with the next one.
func (g *generator) until(end time.Time) error {
	for {
		n, err := unix.EpollWait(g.ep, g.events, 100)
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("epoll_wait", err)
		}
		now := time.Now()
		if now.After(end) {
			return nil
		}
		for _, ev := range g.events[:max(n, 0)] {
			c := &g.clients[ev.Fd]
			k, err := unix.Read(c.fd, g.buf)
			if err != nil || k == 0 {
				return fmt.Errorf("the server closed a connection (%v)", err)
			}
			if c.left -= k; c.left > 0 {
				continue
			}
			g.batches++
			g.latency = append(g.latency, now.Sub(c.sent))
			if err := c.send(g.batch); err != nil {
				return err
			}
		}
	}
}

func (c *client) send(batch []byte) error {
	c.left, c.sent = len(batch), time.Now()
	if n, err := unix.Write(c.fd, batch); err != nil || n != len(batch) {
		return fmt.Errorf("sent %d of %d bytes: %v", n, len(batch), err)
	}
	return nil
}

func dial(ap netip.AddrPort) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}); err != nil {
		unix.Close(fd)
		return 0, os.NewSyscallError("connect", err)
	}
	return fd, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// usageOf tells the CPU time and peak memory of another process.
func usageOf(pid int) (usage, error) {
	var ts unix.Timespec
	clock := int32(^pid)<<3 | 2 // CPUCLOCK_SCHED of the whole process, as clock_getcpuclockid makes it
	if err := unix.ClockGettime(clock, &ts); err != nil {
		return usage{}, os.NewSyscallError("clock_gettime", err)
	}
	return usage{CPU: time.Duration(ts.Nano()), MaxRSS: statusBytes(strconv.Itoa(pid), "VmHWM:")}, nil
}

func currentRSS() int64 { return statusBytes("self", "VmRSS:") }

// statusBytes reads a size from a process's status file, 0 when it has none.
func statusBytes(process, field string) int64 {
	status, err := os.ReadFile("/proc/" + process + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}
