// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "time"

// The defaults of [Limits].
const (
	DefaultMessage     = 1 << 20
	DefaultFragments   = 4096
	DefaultRatio       = 100
	DefaultControls    = 100
	DefaultControlRate = 10
)

// ratioFree is what any message may grow to, whatever its ratio: many a harmless message is a row of zeros.
const ratioFree = 1 << 20

// Limits bound what a peer can make a [Reader] hold or do. One value serves any number of connections and must not change while it is in use. A nil *Limits means the defaults.
type Limits struct {
	// Message is the size in bytes of the longest message, as received and as inflated. 0 means 1 MiB, less than 0 no bound, which only makes sense together with
	// Stream of [Reader] and without compression: compressed messages are held whole, and bounded by 1 MiB then. Over it: [ErrMessageSize], 1009.
	Message int64
	// Frame is the length in bytes of the longest data frame. 0 and less means that of Message. Over it: [ErrFrameSize], 1009.
	Frame int64
	// Fragments is how many frames may make up a message. 0 means 4096, less than 0 no bound. Over it: [ErrFragments], 1008.
	Fragments int
	// Ratio is how many times its size as received a compressed message may grow to, beyond the first MiB. 0 means 100, less than 0 no bound. Over it: [ErrRatio], 1009.
	Ratio int
	// Controls is how many control frames may come at once, and ControlRate how many a second in the long run. 0 means 100 and 10. A ControlRate of less than 0 means no
	// bound. Over it: [ErrControls], 1008.
	Controls, ControlRate int
	// Now is the clock for ControlRate. Nil means time.Now. It is asked at control frames only.
	Now func() time.Time
}

var defaults Limits

func or[T int | int64](v, zero T) T {
	if v == 0 {
		return zero
	}
	return v
}

// message returns the bound of a message, less than 0 for none.
func (l *Limits) message() int64 { return or(l.Message, DefaultMessage) }

// held returns the bound of a message that is held whole.
func (l *Limits) held() int64 {
	if l.Message <= 0 {
		return DefaultMessage
	}
	return l.Message
}

// control counts a control frame, and reports whether it is allowed. tat is when, in nanoseconds of the clock, all frames so far would have come at the allowed rate.
func (l *Limits) control(tat *int64) bool {
	rate := or(l.ControlRate, DefaultControlRate)
	if rate < 0 {
		return true
	}
	now := time.Now
	if l.Now != nil {
		now = l.Now
	}
	t, each := now().UnixNano(), int64(time.Second)/int64(rate)
	next := max(*tat, t) + each
	if next-t > int64(or(l.Controls, DefaultControls))*each {
		return false
	}
	*tat = next
	return true
}
