// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package reactor_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// TestUnwantedDescriptors (class 62): descriptors that nobody asked for are closed, however many a peer sends, and do not fill the log.
func TestUnwantedDescriptors(t *testing.T) {
	leaktest.Check(t)
	var log bytes.Buffer
	start := time.Now()
	r := newOver(t, reactor.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, poll.Source{
		Open: func() (poll.Poller, error) { return poll.New("") },
		Now:  func() time.Time { return start }, // one second, however long it takes
	})
	path := filepath.Join(tempdir.Short(t), "s")
	if _, err := r.ListenUNIX(path, protocol.ForProtocol(func() echo { return echo{} }), reactor.UNIXListenOptions{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ends by Stop
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	own, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	const sent = 300
	for range sent {
		if _, _, err := c.(*net.UnixConn).WriteMsgUnix([]byte("x"), unix.UnixRights(int(own.Fd())), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "received a descriptor"); n != 10 {
		t.Errorf("%d descriptors in one second were logged in %d lines", sent, n)
	}
}
