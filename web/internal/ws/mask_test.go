// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// slowMask is RFC 6455 section 5.3 word for word.
func slowMask(key uint32, b []byte) {
	octets := [4]byte{byte(key), byte(key >> 8), byte(key >> 16), byte(key >> 24)}
	for i := range b {
		b[i] ^= octets[i%4]
	}
}

// All lengths, all alignments, in one piece and in two.
func TestMask(t *testing.T) {
	for n := range 300 {
		for shift := range 9 {
			key := rand.Uint32()
			buf := make([]byte, shift+n+8)
			for i := range buf {
				buf[i] = byte(rand.Uint32())
			}
			want := bytes.Clone(buf)
			slowMask(key, want[shift:shift+n])
			got := bytes.Clone(buf)
			cut := rand.IntN(n + 1)
			Mask(Mask(key, got[shift:shift+cut]), got[shift+cut:shift+n])
			if !bytes.Equal(got, want) {
				t.Fatalf("%d bytes at %d, cut at %d: %x, want %x", n, shift, cut, got, want)
			}
		}
	}
}

// The example of RFC 6455 section 5.7.
func TestMaskedHello(t *testing.T) {
	b := []byte{0x7f, 0x9f, 0x4d, 0x51, 0x58}
	if Mask(0x3d21fa37, b); string(b) != "Hello" {
		t.Errorf("%q", b)
	}
}

// Keys differ, and all their bytes do.
func TestKeys(t *testing.T) {
	seen := map[uint32]bool{}
	var or, and uint32 = 0, 1<<32 - 1
	for range 1000 {
		k := newKey()
		seen[k] = true
		or, and = or|k, and&k
	}
	if len(seen) < 990 || or != 1<<32-1 || and != 0 {
		t.Errorf("%d keys, %08x, %08x", len(seen), or, and)
	}
}

func BenchmarkMask(b *testing.B) {
	for _, n := range []int{8, 32, 125, 1024, 65536} {
		b.Run(sizeName(n), func(b *testing.B) {
			p := make([]byte, n+3)[3:]
			b.SetBytes(int64(n))
			for b.Loop() {
				Mask(0x12345678, p)
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	for b.Loop() {
		newKey()
	}
}
