// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package loglimit bounds the lines that others can cause in a log.
package loglimit

import (
	"sync/atomic"
	"time"
)

// Lines is how many lines a Limit lets pass in one second.
const Lines = 10

// A Limit is for one kind of line: peers decide how often that is written, and a counter tells of all of them. The zero Limit is ready to use. Safe from any
// goroutine; at the turn of a second a few lines more may pass.
type Limit struct{ second, lines, held atomic.Int64 }

// Allow reports whether a line may be written now. If so, args is returned with the attribute "unlogged", how many lines were left out since the last one that
// was not; there is none when that is none.
func (l *Limit) Allow(now time.Time, args ...any) ([]any, bool) {
	if second := now.Unix(); l.second.Swap(second) != second {
		l.lines.Store(0)
	}
	if l.lines.Add(1) > Lines {
		l.held.Add(1)
		return nil, false
	}
	if held := l.held.Swap(0); held > 0 {
		args = append(args, "unlogged", held)
	}
	return args, true
}
