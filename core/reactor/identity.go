// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"bytes"
	"runtime"
	"strconv"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// identity tells who the caller is: the number of its thread. Where the system tells none it is the number of its goroutine, with which a coroutine of the
// loop does not count as the loop.
func identity() uint64 {
	if id, ok := sys.ThreadID(); ok {
		return id
	}
	return goroutine()
}

// threadLocked reports whether the calling goroutine is locked to its thread. Only the text of its stack tells: "goroutine 1 [running, locked to thread]:".
func threadLocked() bool {
	var buf [256]byte
	first, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("]"))
	return bytes.Contains(first, []byte(", locked to thread"))
}

func goroutine() uint64 {
	var buf [40]byte // "goroutine 18446744073709551615 ["
	text := buf[:runtime.Stack(buf[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	if i := bytes.IndexByte(text, ' '); i >= 0 {
		text = text[:i]
	}
	id, _ := strconv.ParseUint(string(text), 10, 64)
	return id
}
