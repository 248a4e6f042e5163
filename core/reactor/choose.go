// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"github.com/torsion-go/torsion/core/internal/poll"
)

// EnvPoller is the environment variable that names the poller where Config.Poller does not.
const EnvPoller = "TORSION_REACTOR"

// Pollers returns the names of the pollers that exist on this system, the default first. Safe from any goroutine. Twisted: getReactorTypes.
func Pollers() []string { return poll.Names() }
