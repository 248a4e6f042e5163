// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"github.com/torsion-go/torsion/core/internal/poll"
)

// EnvPoller is the environment variable that names the poller where Config.Poller does not.
const EnvPoller = "TORSION_REACTOR"

// Pollers returns the names of the pollers that work on this system, the default first. Safe from any goroutine. Twisted: getReactorTypes.
func Pollers() []string { return poll.Names() }

// A PollerInfo tells about one poller.
type PollerInfo struct {
	Name    string
	Default bool   // used where nobody names another
	Why     string // why it does not work here; "" when it does
}

// PollerStatus returns what there is to know of every poller that a program can name, whether it works here or not. The first call tries those that
// depend on how the machine is set up, which takes a millisecond at most. Safe from any goroutine.
func PollerStatus() []PollerInfo {
	first := poll.Default()
	var all []PollerInfo
	for _, s := range poll.Statuses() {
		all = append(all, PollerInfo{Name: s.Name, Default: s.Name == first, Why: s.Why})
	}
	return all
}
