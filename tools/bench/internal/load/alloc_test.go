// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAllocEcho(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(Config{})
	if err != nil {
		t.Fatal(err)
	}
	f := &Field{load: Echo{Depth: 16, Size: 64}, loop: l, streams: []stream{{fd: fds[0]}}, pattern: newPattern(1024), buf: make([]byte, 4096), batch: 1024}
	defer f.Close()
	defer unix.Close(fds[1])
	if err := f.begin(0, l.now()); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 4096)
	got := testing.AllocsPerRun(200, func() {
		n, _ := recv(fds[1], p)
		send(fds[1], p[:n])
		if err := f.event(0, unix.EPOLLIN); err != nil {
			t.Error(err)
		}
		if _, err := l.wait(); err != nil {
			t.Error(err)
		}
	})
	if got != 0 || l.ops < 200*16 {
		t.Errorf("%v allocations for a batch, %d messages", got, l.ops)
	}
}

func TestAllocAnswer(t *testing.T) {
	text, body := []byte("HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 5\r\n\r\nhello"), []byte("hello")
	var h Histogram
	var a answer
	got := testing.AllocsPerRun(200, func() {
		for _, p := range [][]byte{text[:20], text[20:50], text[50:]} {
			if _, complete, err := a.feed(p, body); complete != (len(p) == len(text)-50) || err != nil {
				t.Error(complete, err)
			}
		}
		h.Record(time.Millisecond)
	})
	if got != 0 {
		t.Errorf("%v allocations for an answer", got)
	}
}

func TestAllocDatagrams(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l.ep)
	defer unix.Close(fds[1])
	g := &datagrams{load: UDP{Depth: 1, Size: 64}, loop: l, sockets: []socket{{fd: fds[0], slots: make([]slot, 1)}}, pattern: newPattern(64), in: newMessages(2, 65), out: newMessages(1, 64)}
	defer g.close()
	g.fill(0, 0, 0)
	if err := g.send(0, 1); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 128)
	got := testing.AllocsPerRun(200, func() {
		n, _ := recv(fds[1], p)
		send(fds[1], p[:n])
		if err := g.event(0, unix.EPOLLIN); err != nil {
			t.Error(err)
		}
	})
	if got != 0 || l.ops < 200 {
		t.Errorf("%v allocations for a datagram, %d datagrams", got, l.ops)
	}
}
