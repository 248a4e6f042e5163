// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap/zapcore"
)

// A second is what all times of one second begin and end with: formatting it anew for each line would be a seventh of the line's cost.
type second struct {
	unix   int64
	loc    *time.Location
	prefix string // 2006-01-02T15:04:05
	suffix string // the zone
}

var (
	lastSecond  atomic.Pointer[second]
	timeBuffers = sync.Pool{New: func() any { return new([64]byte) }}
)

// encodeTime writes t as time.RFC3339Nano does.
func encodeTime(t time.Time, enc zapcore.PrimitiveArrayEncoder) {
	s := lastSecond.Load()
	if s == nil || s.unix != t.Unix() || s.loc != t.Location() {
		s = &second{unix: t.Unix(), loc: t.Location(), prefix: t.Format("2006-01-02T15:04:05"), suffix: t.Format("Z07:00")}
		lastSecond.Store(s)
	}
	buf := timeBuffers.Get().(*[64]byte)
	enc.AppendByteString(append(appendFraction(append(buf[:0], s.prefix...), t.Nanosecond()), s.suffix...))
	timeBuffers.Put(buf)
}

// appendFraction appends the fraction of a second without zeros at its end.
func appendFraction(b []byte, ns int) []byte {
	if ns == 0 {
		return b
	}
	var digits [10]byte
	for i := 9; i > 0; i-- {
		digits[i] = byte('0' + ns%10)
		ns /= 10
	}
	digits[0] = '.'
	n := len(digits)
	for digits[n-1] == '0' {
		n--
	}
	return append(b, digits[:n]...)
}
