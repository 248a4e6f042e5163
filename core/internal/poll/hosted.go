// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import "time"

// A Hosted poller can be waited for on another goroutine than its loop's, for the reactor inside of a foreign main loop. The turn is: Prepare on the loop's
// goroutine, Wait on the other one, Poll(0) on the loop's. While the other goroutine waits, and only one does, the loop's may call everything but Poll and Close:
// what it starts or changes counts for the wait under way, so a descriptor that is registered, armed or given a Send now ends the wait when it is ready.
type Hosted interface {
	Poller
	// Prepare gets ready for a Wait: what is queued goes to the system. It returns how long the Wait may take at most: no longer than timeout, less where the
	// poller has timers of its own, and 0 when there is something to do already. Negative means without end, as in Poll. Loop only.
	Prepare(timeout time.Duration) time.Duration
	// Wait returns when a Poll(0) has something to do, after Wake, or when timeout has passed, without an upcall. A Wake since Prepare ends it at once.
	Wait(timeout time.Duration) error
}
