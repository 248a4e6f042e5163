// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A talker answers each byte with many.
type talker struct {
	protocol.Base
	lost *[]error
}

func (k talker) DataReceived(t protocol.Transport, _ []byte)       { t.Write(make([]byte, 100)) }
func (k talker) ConnectionLost(_ protocol.Transport, reason error) { *k.lost = append(*k.lost, reason) }

// TestOverflowsDoNotFloodTheLog (class 61): peers decide how often they do not read, so a second has ten lines at most, and the next one tells what was left out.
func TestOverflowsDoNotFloodTheLog(t *testing.T) {
	var log bytes.Buffer
	m, err := reactortest.NewMemoryOf(reactor.Config{MaxBuffered: 150, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var lost []error
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() talker { return talker{lost: &lost} }), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	overflow := func() {
		p := m.Dial("127.0.0.1:80")
		p.SetWindow(1)
		for range 3 {
			p.Write([]byte("x"))
			m.Settle()
		}
	}
	for range 25 {
		overflow()
	}
	const text = "too much unsent data"
	if n := strings.Count(log.String(), text); n != 10 {
		t.Errorf("25 overflows in one second were logged in %d lines:\n%s", n, log.String())
	}
	m.Advance(time.Second)
	log.Reset()
	overflow()
	if s := log.String(); strings.Count(s, text) != 1 || !strings.Contains(s, "unlogged=15") || !strings.Contains(s, "peer=") {
		t.Errorf("a second later: %s", s)
	}
	if n := m.Stats().Overflows; n != 26 || len(lost) != 26 {
		t.Errorf("%d overflows were counted, %d connections lost", n, len(lost))
	}
}
