// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/inotify"
)

// The numbers are those of the system.
func TestMaskNumbers(t *testing.T) {
	for mask, want := range map[inotify.Mask]uint32{
		inotify.Access: unix.IN_ACCESS, inotify.Modify: unix.IN_MODIFY, inotify.Attrib: unix.IN_ATTRIB, inotify.Close: unix.IN_CLOSE, inotify.Open: unix.IN_OPEN,
		inotify.CloseWrite: unix.IN_CLOSE_WRITE, inotify.MovedFrom: unix.IN_MOVED_FROM, inotify.MovedTo: unix.IN_MOVED_TO, inotify.Create: unix.IN_CREATE,
		inotify.Delete: unix.IN_DELETE, inotify.DeleteSelf: unix.IN_DELETE_SELF, inotify.MoveSelf: unix.IN_MOVE_SELF, inotify.Unmount: unix.IN_UNMOUNT,
		inotify.Overflow: unix.IN_Q_OVERFLOW, inotify.Ignored: unix.IN_IGNORED, inotify.OnlyDir: unix.IN_ONLYDIR, inotify.DontFollow: unix.IN_DONT_FOLLOW,
		inotify.IsDir: unix.IN_ISDIR, inotify.OneShot: unix.IN_ONESHOT, inotify.All: unix.IN_ALL_EVENTS,
	} {
		if uint32(mask) != want {
			t.Errorf("%v is %#x, not %#x", mask, uint32(mask), want)
		}
	}
}
