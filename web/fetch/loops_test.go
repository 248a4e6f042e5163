// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web/fetch"
)

// A Client does not keep those of loops that have ended.
func TestClientsOfEndedLoops(t *testing.T) {
	first, err := fetch.New(protocoltest.NewClock(), fetch.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	freed := make(chan bool, n) // one each
	for range n {
		clock := protocoltest.NewClock()
		a := first.On(clock)
		if a != first.On(clock) || a == first {
			t.Error("another Client for the same loop")
		}
		runtime.AddCleanup(a, func(c chan bool) { c <- true }, freed)
		clock.End()
	}
	last := first.On(protocoltest.NewClock()) // the one before it goes too
	for range n {
		for deadline := time.Now().Add(time.Minute); len(freed) == 0; {
			if runtime.GC(); time.Now().After(deadline) {
				t.Fatal("Clients of loops that have ended are kept")
			}
			runtime.Gosched()
		}
		<-freed
	}
	if last.On(first.Loop()) != first {
		t.Error("one whose loop runs was dropped")
	}
}
