// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package password_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/cred/password"
)

// asNobody calls f on a thread of its own that belongs to nobody, and to no group but nobody's.
func asNobody(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1) // f's one result
	go func() {                 // the test receives from done
		runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
		for _, c := range [][3]uintptr{{syscall.SYS_SETGROUPS, 0, 0}, {syscall.SYS_SETGID, 65534, 0}, {syscall.SYS_SETUID, 65534, 0}} {
			if _, _, errno := syscall.RawSyscall(c[0], c[1], c[2], 0); errno != 0 {
				done <- errno
				return
			}
		}
		done <- f()
	}()
	return <-done
}

// Who may not give the new file the old one's group gives its own group no more than everybody has.
func TestFileKeepsGroupOut(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "users")
	if err := (password.File{Path: path, Scheme: password.PBKDF2{Iterations: 1}}).Add("alice", "x"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755), os.Chmod(path, 0o640), os.Chown(dir, 65534, 65534), os.Chown(path, 65534, 12345)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := asNobody(t, func() error { _, err := os.Stat(path); return err }); errors.Is(err, fs.ErrPermission) {
		t.Skip("the folder for temporary files is closed to others")
	}
	if err := asNobody(t, func() error {
		return password.File{Path: path, Scheme: password.PBKDF2{Iterations: 1}}.Set("alice", "y")
	}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if gid := info.Sys().(*syscall.Stat_t).Gid; gid == 65534 && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v for the group of who edited it", info.Mode())
	}
}
