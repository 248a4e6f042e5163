// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package servicetest checks that a service keeps the contract of package service.
//
// # Typical use
//
//	func TestConformance(t *testing.T) {
//		servicetest.Run(t, func(t *testing.T) servicetest.Subject {
//			clock := protocoltest.NewClock()
//			return servicetest.Subject{
//				Service: NewPinger(clock),
//				Until:   servicetest.OnClock(clock),
//				Open:    func() []string { return openSockets() },
//			}
//		})
//	}
//
// # Concurrency
//
// Run calls the service on the goroutine of the test, which has to be that of its loop.
package servicetest
