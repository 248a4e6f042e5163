// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// bindMode binds a UNIX socket by bind and gives the file that this makes its mode. On Linux the file never has more permissions than that: it is made with
// the socket's own, less the umask. Other systems know no mode of a socket without a name and refuse to set it; there the file has the umask's until it is
// set, which for a stream socket is before it listens.
func bindMode(fd int, path string, mode fs.FileMode, bind func() error) error {
	if mode == 0 || !hasFile(path) {
		return bind()
	}
	_ = unix.Fchmod(fd, uint32(mode.Perm()))
	if err := bind(); err != nil {
		return err
	}
	if err := os.Chmod(path, mode); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}

// hasFile reports whether a UNIX socket of that name has a file: one without a name has none, and none in the abstract namespace.
func hasFile(path string) bool { return path != "" && path[0] != 0 }
