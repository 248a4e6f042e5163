// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import "fmt"

// A State is where a service is in its life, as those who started it see it.
type State uint8

// The states. A service that is not started is Stopped, or Bound after Bind; Failed is Stopped because of an error.
const (
	Stopped State = iota
	Binding
	Bound
	Starting
	Running
	Draining // refuses new work and finishes what there is
	Stopping
	Failed  // did not start, or ended with an error
	Waiting // will be started again by its Supervisor
)

var stateNames = [...]string{"stopped", "binding", "bound", "starting", "running", "draining", "stopping", "failed", "waiting"}

// String returns the name, such as "running".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// MarshalText returns the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
