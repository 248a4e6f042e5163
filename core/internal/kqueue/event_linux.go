// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package kqueue

// An Event is laid out like struct kevent of FreeBSD.
type Event struct {
	Ident  uint64
	Filter int16
	Flags  uint16
	Fflags uint32
	Data   int64
	Udata  *byte
}

// The numbers are FreeBSD's.
const (
	Read    = -1
	Write   = -2
	User    = -11
	Add     = 0x1
	Delete  = 0x2
	Enable  = 0x4
	Disable = 0x8
	OneShot = 0x10
	Clear   = 0x20
	Receipt = 0x40
	EOF     = 0x8000
	Error   = 0x4000
	LowMark = 0x1
	Trigger = 0x1000000
)

// HasUser tells whether there are events that the program triggers.
const HasUser = true

// Set sets what every event has.
func Set(e *Event, ident, filter, flags int) {
	e.Ident, e.Filter, e.Flags = uint64(ident), int16(filter), uint16(flags)
}
