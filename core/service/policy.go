// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import "time"

// A Strategy tells which children of a Supervisor are restarted when one has died. Erlang: the supervisor's strategy.
type Strategy uint8

// The strategies. Children that are restarted together are stopped in reverse order, each when the one after it is gone, and started in order.
const (
	OneForOne  Strategy = iota // that one
	OneForAll                  // all
	RestForOne                 // that one and those after it
)

// A RestartPolicy tells when a child of a Supervisor is restarted. Erlang: the child's restart type.
type RestartPolicy uint8

// The policies.
const (
	Permanent RestartPolicy = iota // always
	Transient                      // when it ended with an error
	Temporary                      // never, not even together with others
)

// DefaultShutdown is how long a Supervisor waits for a child to stop.
const DefaultShutdown = 5 * time.Second

// A ChildConfig tells how a Supervisor treats a child. The zero value is ready to use.
type ChildConfig struct {
	// Restart tells when it is restarted. 0 means Permanent.
	Restart RestartPolicy
	// Shutdown is how long its Stop may take; then it is abandoned, with a line in the log, and counts as stopped. 0 means DefaultShutdown, a negative
	// value for ever, as is right for groups, whose children have times of their own.
	Shutdown time.Duration
}
