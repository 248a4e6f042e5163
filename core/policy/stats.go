// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

// Stats count what a [Limiter] saw and did since it was made.
type Stats struct {
	Active      int64 // connections there are now, without those of the overflow protocol
	Overflow    int64 // connections that the overflow protocol serves now
	Accepted    int64 // connections that were let in
	Refused     int64 // beyond MaxConnections
	RefusedPeer int64 // beyond MaxPerPeer
	RefusedRate int64 // beyond AcceptRate
	Overflowed  int64 // refused connections that the overflow protocol served

	IdleTimeouts     int64
	LoginTimeouts    int64
	LifetimeTimeouts int64

	ThrottledReads  int64 // times that reading was paused
	ThrottledWrites int64 // times that a producer was held up
	BytesIn         int64 // of connections that have ended
	BytesOut        int64
}

// Stats returns the counts. Safe from any goroutine.
func (m *Limiter) Stats() Stats {
	return Stats{
		Active: m.active.Load(), Overflow: m.overflow.Load(), Accepted: m.accepted.Load(),
		Refused: m.refused.Load(), RefusedPeer: m.refusedPeer.Load(), RefusedRate: m.refusedRate.Load(), Overflowed: m.overflowed.Load(),
		IdleTimeouts: m.idle.Load(), LoginTimeouts: m.late.Load(), LifetimeTimeouts: m.old.Load(),
		ThrottledReads: m.throttledReads.Load(), ThrottledWrites: m.throttledWrites.Load(),
		BytesIn: m.bytesIn.Load(), BytesOut: m.bytesOut.Load(),
	}
}
