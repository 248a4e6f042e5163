// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// Mask masks or unmasks b in place (RFC 6455 section 5.3), and returns the key with which to go on behind b. The key's lowest byte goes with the first byte.
func Mask(key uint32, b []byte) uint32 {
	k := uint64(key)<<32 | uint64(key)
	for len(b) >= 64 {
		p := (*[64]byte)(b)
		xor8((*[8]byte)(p[0:]), k)
		xor8((*[8]byte)(p[8:]), k)
		xor8((*[8]byte)(p[16:]), k)
		xor8((*[8]byte)(p[24:]), k)
		xor8((*[8]byte)(p[32:]), k)
		xor8((*[8]byte)(p[40:]), k)
		xor8((*[8]byte)(p[48:]), k)
		xor8((*[8]byte)(p[56:]), k)
		b = b[64:]
	}
	for len(b) >= 8 {
		xor8((*[8]byte)(b), k)
		b = b[8:]
	}
	if len(b) >= 4 {
		binary.LittleEndian.PutUint32(b, binary.LittleEndian.Uint32(b)^key)
		b = b[4:]
	}
	for i := range b {
		b[i] ^= byte(key)
		key = bits.RotateLeft32(key, -8)
	}
	return key
}

func xor8(b *[8]byte, k uint64) {
	binary.LittleEndian.PutUint64(b[:], binary.LittleEndian.Uint64(b[:])^k)
}

// keys holds generators of masking keys. A key must not be guessed from those before it (RFC 6455 section 10.3): ChaCha8 under a seed of crypto/rand is a strong generator, and
// costs some nanoseconds for a key where a call of the system costs hundreds.
var keys = sync.Pool{New: func() any {
	var seed [32]byte
	crand.Read(seed[:])
	return rand.NewChaCha8(seed)
}}

func newKey() uint32 {
	g := keys.Get().(*rand.ChaCha8)
	k := uint32(g.Uint64())
	keys.Put(g)
	return k
}
