// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestTimeout(t *testing.T) {
	s := protocoltest.NewStringTransport()
	s.Connect(&protocol.Base{})
	var o policy.Timeout
	fired := 0
	o.TimedOut = func(protocol.Transport) { fired++ }
	if o.ResetTimeout(); o.SetTimeout(s, 10*time.Second) != 0 || o.Timeout() != 10*time.Second {
		t.Error("a fresh timeout was set before")
	}
	for range 5 {
		s.Clock.Advance(9 * time.Second)
		o.ResetTimeout()
	}
	if n := len(s.Clock.Calls()); fired != 0 || n != 1 {
		t.Errorf("fired %d times though reset, %d timers", fired, n)
	}
	if s.Clock.Pump(9*time.Second, time.Second); fired != 1 || o.Timeout() != 0 {
		t.Errorf("fired %d times", fired)
	}
	o.SetTimeout(s, time.Minute)
	if before := o.SetTimeout(s, 0); before != time.Minute || len(s.Clock.Calls()) != 0 {
		t.Errorf("before %v, %d timers", before, len(s.Clock.Calls()))
	}
	o.TimedOut = nil
	o.SetTimeout(s, time.Minute)
	o.SetTimeout(s, time.Second) // sooner
	if s.Clock.Pump(time.Second, 0); fired != 1 || !s.Disconnected() {
		t.Error("the default does not close the connection")
	}
}
