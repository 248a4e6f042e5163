// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package servicetest_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/service/servicetest"
)

// The body of a test, TestConformance, of a service whose time is made by hand.
func ExampleRun() {
	test := func(t *testing.T) {
		servicetest.Run(t, func(t *testing.T) servicetest.Subject {
			clock := protocoltest.NewClock()
			return servicetest.Subject{
				Service:   service.NewTimer(clock, time.Minute, func() error { return nil }),
				Until:     servicetest.OnClock(clock),
				Forgiving: true,
			}
		})
	}
	_ = test
}
