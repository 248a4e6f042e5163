// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestSelectFull has more descriptors open than select can watch: what is new is refused, says why, and what there was goes on.
func TestSelectFull(t *testing.T) {
	const setSize = 1024
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < setSize+100 {
		t.Skipf("the limit of %d descriptors is too low (%v)", limit.Cur, err)
	}
	var log bytes.Buffer
	r, err := reactor.New(reactor.Config{Poller: "select", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if n := reactor.MaxConnections(r); n > setSize*4/5 {
		t.Errorf("up to %d connections", n)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }() // ends by Stop
	on := func(f func()) {
		t.Helper()
		done := make(chan struct{})
		r.CallFromThread(func() {
			defer close(done)
			f()
		})
		<-done
	}
	var addr string
	on(func() {
		port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
			return
		}
		addr = port.Addr().String()
	})
	dial := func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil { // only keeps a failing test from hanging
			t.Fatal(err)
		}
		return c
	}
	echoes := func(c net.Conn) error {
		if _, err := io.WriteString(c, "x"); err != nil {
			return err
		}
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	first := dial()
	if err := echoes(first); err != nil {
		t.Fatal(err)
	}

	var files []*os.File
	closeFiles := func() {
		for _, f := range files {
			f.Close()
		}
		files = nil
	}
	defer func() { closeFiles() }()
	for len(files) == 0 || files[len(files)-1].Fd() < setSize {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for range 3 {
		if err := echoes(dial()); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a connection beyond: %v", err)
		}
	}
	if err := echoes(first); err != nil {
		t.Errorf("the connection that there was: %v", err)
	}
	on(func() {
		if _, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() echo { return echo{} }), reactor.ListenOptions{}); !errors.Is(err, syscall.EMFILE) {
			t.Errorf("ListenTCP: %v", err)
		}
	})
	failed := make(chan error)
	r.CallFromThread(func() {
		r.ConnectTCP(addr, give(echo{}), reactor.ConnectOptions{}).WhenConnected().AddErrback(func(err error) (protocol.Protocol, error) {
			go func() { failed <- err }() // received below
			return nil, nil
		})
	})
	if err := <-failed; !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "another poller") {
		t.Errorf("ConnectTCP: %v", err)
	}

	closeFiles()
	if err := echoes(dial()); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	r.CallFromThread(func() { r.Stop() })
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "another poller"); n != 1 {
		t.Errorf("%d lines\n%s", n, log.String())
	}
}
