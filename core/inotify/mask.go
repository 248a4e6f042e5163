// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"fmt"
	"strings"
)

// A Mask is a set of bits: what to report, what happened, and how to watch. The numbers are Linux's.
type Mask uint32

// What can happen, to a watched file or to an entry of a watched directory.
const (
	Access       Mask = 1 << iota // read
	Modify                        // written or truncated
	Attrib                        // permissions, times, owner, number of links and the like
	CloseWrite                    // closed after it was open for writing
	CloseNoWrite                  // closed after it was open for reading only
	Open                          // opened
	MovedFrom                     // an entry got another name; this was the old one
	MovedTo                       // the new name
	Create                        // an entry was made
	Delete                        // an entry was removed
	DeleteSelf                    // the watched path itself was removed
	MoveSelf                      // the watched path itself got another name
)

// What is reported whether or not it was asked for.
const (
	Unmount  Mask = 1 << 13 // the file system was unmounted; Ignored follows
	Overflow Mask = 1 << 14 // events were lost. Twisted: IN_Q_OVERFLOW
	Ignored  Mask = 1 << 15 // the path is no longer watched, but not because of Ignore or Close
	IsDir    Mask = 1 << 30 // beside another bit: it happened to a directory
)

// How to watch the path of Watch, beside the bits that tell what to report.
const (
	OnlyDir    Mask = 1 << 24 // fail with syscall.ENOTDIR if it is no directory
	DontFollow Mask = 1 << 25 // if it is a symbolic link watch the link itself
	OneShot    Mask = 1 << 31 // end the whole Watch with its first event
)

// Sets of bits.
const (
	Close   = CloseWrite | CloseNoWrite
	Moved   = MovedFrom | MovedTo
	Changed = Modify | Attrib
	All     = Access | Modify | Attrib | Close | Open | Moved | Create | Delete | DeleteSelf | MoveSelf
	// Default is what a Watch reports that was not told otherwise. Twisted: IN_WATCH_MASK.
	Default = Modify | Attrib | Create | Delete | DeleteSelf | MoveSelf | Unmount | Moved
)

// maskAdd makes the kernel add to the bits of a watch that is there already, which another Watch of the same file may need.
const maskAdd Mask = 1 << 29

// settable is what Options.Mask may have.
const settable = All | Unmount | Overflow | Ignored | OnlyDir | DontFollow | OneShot

// bits are the names of the bits, Twisted's, in the order in which String has them.
var bits = []struct {
	bit  Mask
	name string
}{
	{Access, "access"}, {Modify, "modify"}, {Attrib, "attrib"}, {CloseWrite, "close_write"}, {CloseNoWrite, "close_nowrite"}, {Open, "open"},
	{MovedFrom, "moved_from"}, {MovedTo, "moved_to"}, {Create, "create"}, {Delete, "delete"}, {DeleteSelf, "delete_self"}, {MoveSelf, "move_self"},
	{Unmount, "unmount"}, {Overflow, "queue_overflow"}, {Ignored, "ignored"}, {OnlyDir, "only_dir"}, {DontFollow, "dont_follow"}, {IsDir, "is_dir"},
	{OneShot, "one_shot"},
}

// String returns the names of the bits, as "create|is_dir"; bits without a name are a hexadecimal number. Twisted: humanReadableMask. Safe from any goroutine.
func (m Mask) String() string {
	if m == 0 {
		return "0"
	}
	var names []string
	for _, b := range bits {
		if m&b.bit != 0 {
			names = append(names, b.name)
			m &^= b.bit
		}
	}
	if m != 0 {
		names = append(names, fmt.Sprintf("%#x", uint32(m)))
	}
	return strings.Join(names, "|")
}
