// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
)

// busy reports whether err says that another process is at the file just now: it is open there, or about to be deleted.
func busy(err error) bool {
	return atomicfile.Busy(err) || errors.Is(err, windows.ERROR_DIR_NOT_EMPTY)
}

// readFile returns the content of a file, which others may delete meanwhile: package os does not let them.
func readFile(name string) (string, error) {
	h, err := open(name, windows.GENERIC_READ, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, windows.OPEN_EXISTING, 0)
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(h), name)
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// exclude keeps the other processes that would break the stale lock of that name away until release is called. It is a file that only one can have open, and
// that is gone when it is closed, by the end of the process at the latest. ok is false when another one has it.
func exclude(name string) (release func(), ok bool) {
	h, err := open(name+".breaking", windows.GENERIC_WRITE|windows.DELETE, 0, windows.CREATE_ALWAYS, windows.FILE_FLAG_DELETE_ON_CLOSE)
	if busy(err) {
		return nil, false
	}
	if err != nil {
		return func() {}, true
	}
	return func() { windows.CloseHandle(h) }, true
}

func open(name string, access, share, creation, flags uint32) (windows.Handle, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: name, Err: err}
	}
	h, err := windows.CreateFile(path, access, share, nil, creation, flags|windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return h, nil
}
