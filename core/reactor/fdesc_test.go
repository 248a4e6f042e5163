// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package reactor_test

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

func TestFDesc(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	in, out := int(r.Fd()), int(w.Fd())
	for _, fd := range []int{in, out} {
		if err := reactor.SetNonblocking(fd, true); err != nil {
			t.Fatal(err)
		}
	}
	none := func([]byte) { t.Error("something to read") }
	if err := reactor.ReadFromFD(in, none); err != nil {
		t.Errorf("nothing to read: %v", err)
	}
	total := 0
	for {
		n, err := reactor.WriteToFD(out, make([]byte, 5000))
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n == 0 {
			break // the pipe is full
		}
	}
	for total > 0 {
		if err := reactor.ReadFromFD(in, func(p []byte) {
			if len(p) > 8192 {
				t.Errorf("%d bytes at once", len(p))
			}
			total -= len(p)
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if err := reactor.ReadFromFD(in, none); !errors.Is(err, protocol.ErrConnectionDone) || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if err := reactor.ReadFromFD(1<<20, none); !errors.Is(err, protocol.ErrConnectionLost) {
		t.Errorf("a bad descriptor: %v", err)
	}
	if _, err := reactor.WriteToFD(1<<20, []byte("x")); !errors.Is(err, protocol.ErrConnectionLost) {
		t.Errorf("a bad descriptor: %v", err)
	}
}
