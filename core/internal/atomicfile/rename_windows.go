// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package atomicfile

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
)

// The first pause between two attempts, which doubles, and all of them together.
const (
	firstPause = time.Millisecond
	patience   = 2 * time.Second
)

// sleep is another function in tests.
var sleep = time.Sleep

// patiently renames, again and again while that may help.
func patiently(f files, from, to string) error {
	for pause, left := firstPause, patience; ; pause *= 2 {
		err := f.Rename(from, to)
		if err == nil || left <= 0 || !Busy(err) || refuses(f, to) {
			return err
		}
		pause = min(pause, left)
		left -= pause
		sleep(pause)
	}
}

// Busy reports whether err may say that somebody has a file open just now, or is about to delete it.
func Busy(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

// refuses reports whether nothing is ever put in the place of what is there: a directory, or a file that is not to be written.
func refuses(f files, name string) bool {
	info, err := f.Lstat(name)
	return err == nil && (info.IsDir() || info.Mode().Perm()&0o200 == 0)
}
