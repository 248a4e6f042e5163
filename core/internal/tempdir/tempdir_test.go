// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package tempdir_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/internal/tempdir"
)

// A socket fits in, wherever folders are made, and nothing is left.
func TestShort(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, parent := range []string{"/tmp", long} {
		t.Setenv("TMPDIR", parent)
		var dirs []string
		t.Run(filepath.Base(parent), func(t *testing.T) {
			for range 2 {
				dir := tempdir.Short(t)
				l, err := net.Listen("unix", filepath.Join(dir, "socket"))
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
					t.Error(err)
				}
				dirs = append(dirs, dir)
			}
		})
		if dirs[0] == dirs[1] {
			t.Errorf("%s twice", dirs[0])
		}
		for _, dir := range dirs {
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is left: %v", dir, err)
			}
		}
	}
}
