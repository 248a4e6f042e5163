// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// BenchmarkRearm moves timeouts to later, as each message on a connection does with its idle timeout: inside a pass, in which the time is read once. In the
// order in which they were made it measures the work, at random the memory that they lie in too; "sooner" moves each to an earlier time than ever before,
// which takes a new place in the heap.
func BenchmarkRearm(b *testing.B) {
	for _, n := range []int{1, 1000, 1_000_000} {
		b.Run(fmt.Sprintf("later/%d", n), func(b *testing.B) { benchmarkRearm(b, n, false, time.Hour) })
		b.Run(fmt.Sprintf("later-random/%d", n), func(b *testing.B) { benchmarkRearm(b, n, true, time.Hour) })
		b.Run(fmt.Sprintf("sooner-random/%d", n), func(b *testing.B) { benchmarkRearm(b, n, true, -time.Minute) })
	}
}

func benchmarkRearm(b *testing.B, n int, shuffle bool, move time.Duration) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	calls := make([]protocol.DelayedCall, n)
	for i := range calls {
		calls[i] = r.CallLater(100_000*time.Hour+time.Duration(i), func() {})
	}
	if shuffle {
		rand.Shuffle(n, func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	}
	b.ReportAllocs()
	r.CallFromThread(func() {
		i, delay := 0, 100_000*time.Hour
		for b.Loop() {
			if i == 0 {
				delay = max(delay+move, time.Hour)
			}
			calls[i].Rearm(delay)
			if i++; i == n {
				i = 0
			}
		}
	})
	if err := r.Iterate(0); err != nil {
		b.Fatal(err)
	}
}
