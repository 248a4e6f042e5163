// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"errors"
	"strings"
	"testing"
)

// A response that always has something to wait holds what waits, not all that it has ever sent.
func TestQueueDoesNotGrow(t *testing.T) {
	h := newTeller()
	h.ask = true
	c := newClient()
	c.get(1)
	if _, err := h.feed(c.out); err != nil {
		t.Fatal(err)
	}
	s := h.c.Streams()[0]
	s.Write(make([]byte, 70000), false, nil) // more than the windows
	piece := make([]byte, 10000)
	for range 1000 {
		s.Write(piece, false, nil)
		if _, err := h.feed(AppendWindowUpdate(AppendWindowUpdate(nil, 0, len(piece)), 1, len(piece))); err != nil {
			t.Fatal(err)
		}
		h.c.Out = h.c.Out[:0]
	}
	if s.Queued() == 0 || s.Queued() > 20000 || cap(*s.queue) > 1<<18 {
		t.Errorf("%d bytes wait, in memory of %d", s.Queued(), cap(*s.queue))
	}
}

func calm(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != EnhanceYourCalm || e.Stream != 0 {
		t.Errorf("got %v", err)
	}
}

// Class 22, CVE-2020-11080: each setting may cost a walk over all streams, and a frame could hold thousands.
func TestClass22ManySettingsInAFrame(t *testing.T) {
	h := newTeller()
	settings := make([]Setting, maxSettings+1)
	for i := range settings {
		settings[i] = Setting{SettingInitialWindowSize, uint32(i)}
	}
	if _, err := h.feed(AppendSettings([]byte(Preface), settings[1:]...)); err != nil {
		t.Fatal(err)
	}
	_, err := h.feed(AppendSettings(nil, settings...))
	calm(t, err)
}

// Class 22: frames without a byte of data for a stream that is over bring as little as for one that is open.
func TestClass22EmptyDataOnAClosedStream(t *testing.T) {
	h := newTeller()
	h.ask = true
	c := newClient()
	c.headers(1, false, plainGet...)
	if _, err := h.feed(c.out); err != nil {
		t.Fatal(err)
	}
	h.c.Streams()[0].Reset(Cancel)
	var err error
	for range testLimits.Control + 5 {
		if _, err = h.feed(AppendData(nil, 1, nil, false)); err != nil {
			break
		}
	}
	calm(t, err)
}

// Windows are counted beyond the size of a word: they may be opened to the very limit and not beyond it, whatever was sent.
func TestWindowLimits(t *testing.T) {
	h := newTeller()
	h.ask = true
	c := newClient()
	c.get(1)
	c.out = AppendWindowUpdate(c.out, 0, MaxWindow-65535)
	c.out = AppendWindowUpdate(c.out, 1, MaxWindow-65535)
	if _, err := h.feed(c.out); err != nil || h.log.Len() == 0 || strings.Contains(h.log.String(), "reset") {
		t.Fatal(err, h.log.String())
	}
	if _, err := h.feed(AppendWindowUpdate(nil, 0, 1)); err == nil {
		t.Error("the connection's window is too large")
	}
	if _, err := h.feed(AppendSettings(nil, Setting{SettingInitialWindowSize, 65536})); err == nil {
		t.Error("the stream's window is too large")
	}
}

// A peer is told of every request that does not reach the owner: limits that strike can be counted.
func TestRefusalsAreTold(t *testing.T) {
	h := newTeller()
	h.ask = true
	c := newClient()
	for i := range testLimits.Streams + 1 {
		c.get(uint32(2*i + 1))
	}
	c.headers(99, true, append([]string{"te", "x"}, plainGet...)...)
	if _, err := h.feed(c.out); err != nil {
		t.Fatal(err)
	}
	if len(h.refused) != 2 || h.refused[0] != "http2: too many streams (REFUSED_STREAM)" {
		t.Errorf("got %q", h.refused)
	}
}
