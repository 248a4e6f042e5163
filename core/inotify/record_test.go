// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
)

// appendRecord writes a record as the kernel does, the name padded to a multiple of the header.
func appendRecord(b []byte, wd int32, mask inotify.Mask, cookie uint32, name string) []byte {
	size := 0
	if name != "" {
		size = (len(name)/inotify.HeaderSize + 1) * inotify.HeaderSize
	}
	for _, v := range []uint32{uint32(wd), uint32(mask), cookie, uint32(size)} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(append(b, name...), make([]byte, size-len(name))...)
}

func TestDecode(t *testing.T) {
	names := []string{"", "a", strings.Repeat("n", 15), strings.Repeat("n", 16), strings.Repeat("n", 255), strings.Repeat("n", 4095), "ü\xff \n"}
	var all []byte
	for i, name := range names {
		all = appendRecord(all, int32(i)-1, inotify.Create|inotify.IsDir, uint32(i), name)
	}
	var p = all
	for i, want := range names {
		wd, mask, cookie, name, rest, err := inotify.Decode(p)
		if err != nil || wd != int32(i)-1 || mask != inotify.Create|inotify.IsDir || cookie != uint32(i) || string(name) != want {
			t.Fatalf("%d: %d, %v, %d, %q, %v", i, wd, mask, cookie, name, err)
		}
		p = rest
	}
	if len(p) != 0 {
		t.Errorf("%d bytes are left", len(p))
	}
}

// A record is whole or an error, wherever it is cut.
func TestDecodeCut(t *testing.T) {
	for _, name := range []string{"", "name"} {
		whole := appendRecord(nil, 1, inotify.Create, 0, name)
		for n := range whole {
			if _, _, _, _, _, err := inotify.Decode(whole[:n]); !errors.Is(err, inotify.ErrMalformed) {
				t.Errorf("%d bytes of %d: %v", n, len(whole), err)
			}
		}
	}
}

func TestDecodeLimit(t *testing.T) {
	for _, tt := range []struct {
		size uint32
		ok   bool
	}{{inotify.MaxName, true}, {inotify.MaxName + 1, false}, {1 << 31, false}, {1<<32 - 1, false}} {
		b := make([]byte, inotify.HeaderSize+inotify.MaxName+1)
		binary.NativeEndian.PutUint32(b[12:], tt.size)
		if _, _, _, _, _, err := inotify.Decode(b); (err == nil) != tt.ok || err != nil && !errors.Is(err, inotify.ErrMalformed) {
			t.Errorf("a name of %d: %v", tt.size, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	two := appendRecord(appendRecord(nil, 1, inotify.Create, 0, "a"), 2, inotify.Ignored, 7, "")
	f.Add(two)
	f.Add(two[:20])
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, p []byte) {
		for len(p) > 0 {
			wd, mask, cookie, name, rest, err := inotify.Decode(p)
			if err != nil {
				return
			}
			if len(rest) > len(p)-inotify.HeaderSize || len(name) > inotify.MaxName || slices.Contains(name, 0) {
				t.Fatalf("%d bytes gave a name of %d and left %d", len(p), len(name), len(rest))
			}
			again := appendRecord(nil, wd, mask, cookie, string(name))
			wd2, mask2, cookie2, name2, rest2, err := inotify.Decode(again)
			if len(name)+inotify.HeaderSize <= inotify.MaxName && // or the padding makes it too long
				(err != nil || wd2 != wd || mask2 != mask || cookie2 != cookie || string(name2) != string(name) || len(rest2) != 0) {
				t.Fatalf("%d %v %d %q became %d %v %d %q, %v", wd, mask, cookie, name, wd2, mask2, cookie2, name2, err)
			}
			p = rest
		}
	})
}

func TestAllocDecode(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := appendRecord(nil, 1, inotify.Create, 0, "name")
	if n := testing.AllocsPerRun(100, func() { inotify.Decode(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
