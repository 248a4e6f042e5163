// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
)

func event(name string) []byte {
	b := binary.NativeEndian.AppendUint32(nil, 1)
	b = binary.NativeEndian.AppendUint32(b, uint32(inotify.Create))
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(name)))
	return append(b, name...)
}

// What is cut short is an error, wherever the cut is; the events before it count.
func TestParseCut(t *testing.T) {
	whole := append(event("abc\x00"), event("")...)
	for i := range len(whole) + 1 {
		n, err := inotify.Parse(whole[:i])
		want, clean := 0, i == 0 || i == 20 || i == len(whole)
		if i >= 20 {
			want++
		}
		if i == len(whole) {
			want++
		}
		if n != want || clean != (err == nil) || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %d events, %v", i, n, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(append(event("abc\x00"), event("")...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, _ := inotify.Parse(b); n > len(b)/16 {
			t.Errorf("%d events in %d bytes", n, len(b))
		}
	})
}

func TestOverflow(t *testing.T) {
	b := newBench(t)
	told := make(chan bool, 1)
	b.n.OnOverflow = func() { told <- true }
	b.must(b.on(func() error { b.n.Handle(inotify.Overflow); return nil }))
	<-told
	b.n.OnOverflow = nil
	b.must(b.on(func() error { b.n.Handle(inotify.Overflow); return nil }))
}
