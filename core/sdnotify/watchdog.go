// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sdnotify

import (
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// WatchdogInterval returns the time within which the manager wants to hear from the service each time, 0 if it does not watch.
func (n *Notifier) WatchdogInterval() time.Duration {
	if n.path == "" {
		return 0
	}
	return n.watchdog
}

// Watchdog tells that the service is alive.
func (n *Notifier) Watchdog() error { return n.Notify("WATCHDOG=1") }

// StartWatchdog calls Watchdog now and then each half interval, by clock: a loop that is stuck is no longer heard of. stop ends that; without a manager that watches there
// is nothing to stop. A message that cannot be sent is as good as none: the next one follows. StartWatchdog and stop are loop only, of the loop whose clock it is.
func (n *Notifier) StartWatchdog(clock protocol.Clock) (stop func()) {
	half := n.WatchdogInterval() / 2
	if half <= 0 {
		return func() {}
	}
	var next protocol.DelayedCall
	beat := func() {
		_ = n.Watchdog()
		next.Rearm(half)
	}
	next = clock.CallLater(half, beat)
	_ = n.Watchdog()
	return func() { _ = next.Cancel() } // it may be what runs
}
