// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import "strings"

// A Mask is a set of kinds of events, and of flags. Its values are Linux's.
type Mask uint32

// The kinds of events. Twisted: IN_ACCESS and so on.
const (
	Access       Mask = 1 << 0
	Modify       Mask = 1 << 1
	Attrib       Mask = 1 << 2
	CloseWrite   Mask = 1 << 3
	CloseNoWrite Mask = 1 << 4
	Open         Mask = 1 << 5
	MovedFrom    Mask = 1 << 6
	MovedTo      Mask = 1 << 7
	Create       Mask = 1 << 8
	Delete       Mask = 1 << 9
	DeleteSelf   Mask = 1 << 10
	MoveSelf     Mask = 1 << 11
)

// What the kernel tells without being asked.
const (
	Unmount  Mask = 1 << 13 // the file system is gone
	Overflow Mask = 1 << 14 // events were lost; see INotify.OnOverflow
	Ignored  Mask = 1 << 15 // the watch has ended
	IsDir    Mask = 1 << 30 // the event is about a directory
)

// Flags of a watch.
const (
	OnlyDir    Mask = 1 << 24 // fail unless the path is a directory
	DontFollow Mask = 1 << 25 // watch a symbolic link itself
	ExclUnlink Mask = 1 << 26 // no events for entries that were unlinked
	OneShot    Mask = 1 << 31 // end the watch with its first event
)

// Groups.
const (
	Close = CloseWrite | CloseNoWrite
	Moved = MovedFrom | MovedTo
	// Changes is what Watch reports when nothing else is asked for. Twisted: IN_WATCH_MASK.
	Changes = Modify | Attrib | Create | Delete | DeleteSelf | MoveSelf | Unmount | Moved
)

var maskNames = [...]struct {
	m    Mask
	name string
}{
	{Access, "access"}, {Modify, "modify"}, {Attrib, "attrib"}, {CloseWrite, "close_write"}, {CloseNoWrite, "close_nowrite"}, {Open, "open"},
	{MovedFrom, "moved_from"}, {MovedTo, "moved_to"}, {Create, "create"}, {Delete, "delete"}, {DeleteSelf, "delete_self"}, {MoveSelf, "move_self"},
	{Unmount, "unmount"}, {Overflow, "queue_overflow"}, {Ignored, "ignored"},
	{OnlyDir, "only_dir"}, {DontFollow, "dont_follow"}, {ExclUnlink, "excl_unlink"}, {IsDir, "is_dir"}, {OneShot, "one_shot"},
}

// Names returns the names of the bits of m that have one, in order. Twisted: humanReadableMask.
func (m Mask) Names() []string {
	var out []string
	for _, n := range maskNames {
		if m&n.m != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

// String returns the names, joined by "|".
func (m Mask) String() string { return strings.Join(m.Names(), "|") }
