// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package handover_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/handover"
)

func TestPIDFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pid")
	for _, pid := range []int{17, 4711} {
		if err := handover.WritePIDFile(path, pid); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "4711\n" {
		t.Errorf("%q, %v", b, err)
	}
	if err := handover.RemovePIDFile(path, 17); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the successor's file is gone: %v", err)
	}
	if err := handover.RemovePIDFile(path, 4711); err != nil {
		t.Error(err)
	}
	if err := handover.RemovePIDFile(path, 4711); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second time: %v", err)
	}
	if err := handover.WritePIDFile(filepath.Join(path, "x", "y"), 1); err == nil {
		t.Error("a file in no folder was written")
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}
