// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestResident(t *testing.T) {
	const size = 8 << 20
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd())
	if !Resident(fd, 0, size) {
		t.Error("what was written just now is not in memory")
	}
	if !Resident(fd, size, 1) {
		t.Error("behind the end one would wait")
	}
	if inMemory(fd) {
		t.Skip("the temporary folder is in memory")
	}
	evict := func() {
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
			t.Fatal(err)
		}
	}
	evict()
	if Resident(fd, 0, size) { // starts reading
		t.Skip("the system does not drop pages when it is asked to")
	}
	evict()
	if _, err := f.ReadAt(make([]byte, 4096), 0); err != nil {
		t.Fatal(err)
	}
	if !Resident(fd, 0, 4096) {
		t.Error("what was read is not in memory")
	}
	if Resident(fd, 0, size) {
		t.Error("a part whose end is on the disk is taken to be in memory")
	}
}

func TestResidentInMemory(t *testing.T) {
	fd, err := unix.MemfdCreate("file", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "file")
	defer f.Close()
	if err := f.Truncate(1 << 20); err != nil { // a hole: there are no pages
		t.Fatal(err)
	}
	if !Resident(fd, 0, 1<<20) {
		t.Error("a file in memory is taken to be on a disk")
	}
}
