// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import "sync/atomic"

// Stats count what a reactor did, and how often a bound or a fault struck, since it was made.
type Stats struct {
	Connections    int   // stream connections that there are
	Accepted       int64 // connections accepted
	Connected      int64 // connections that connectors made
	AcceptPauses   int64 // times that a port stopped accepting: at a bound on connections, or at AcceptRate
	Refused        int64 // connections closed because of ListenOptions.MaxPerPeer
	AcceptFailures int64 // series of failures to accept, as when descriptors run out
	Overflows      int64 // connections that ended because their peer did not read
	Panics         int64 // panics in callbacks
}

type counters struct {
	accepted, connected, acceptPauses, acceptFailures, refused, overflows, panics atomic.Int64
}

// Stats returns the counts. Safe from any goroutine.
func (r *Reactor) Stats() Stats {
	c := &r.counters
	return Stats{
		Connections: r.Connections(), Accepted: c.accepted.Load(), Connected: c.connected.Load(), AcceptPauses: c.acceptPauses.Load(),
		AcceptFailures: c.acceptFailures.Load(), Refused: c.refused.Load(), Overflows: c.overflows.Load(), Panics: c.panics.Load(),
	}
}
