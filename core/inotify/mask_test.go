// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
)

func TestMaskString(t *testing.T) {
	for _, tt := range []struct {
		mask inotify.Mask
		want string
	}{
		{0, "0"},
		{inotify.Create | inotify.IsDir, "create|is_dir"},
		{inotify.Default, "modify|attrib|moved_from|moved_to|create|delete|delete_self|move_self|unmount"},
		{inotify.Close | inotify.Open | inotify.Access, "access|close_write|close_nowrite|open"},
		{inotify.Overflow | inotify.Ignored, "queue_overflow|ignored"},
		{inotify.OnlyDir | inotify.DontFollow | inotify.OneShot, "only_dir|dont_follow|one_shot"},
		{inotify.Create | 1<<20, "create|0x100000"},
	} {
		if got := tt.mask.String(); got != tt.want {
			t.Errorf("%#x: %q, want %q", uint32(tt.mask), got, tt.want)
		}
	}
}
