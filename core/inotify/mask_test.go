// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/inotify"
)

func TestMaskNames(t *testing.T) {
	for m, want := range map[inotify.Mask]string{
		0:                              "",
		inotify.Create | inotify.IsDir: "create|is_dir",
		inotify.Changes:                "modify|attrib|moved_from|moved_to|create|delete|delete_self|move_self|unmount",
		inotify.Close:                  "close_write|close_nowrite",
		1 << 20:                        "",
		inotify.OneShot:                "one_shot",
	} {
		if got := m.String(); got != want {
			t.Errorf("%#x: got %q, want %q", uint32(m), got, want)
		}
	}
}
