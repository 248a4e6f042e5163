// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"cmp"
	"fmt"

	"github.com/torsion-go/torsion/web"
)

// A Config holds the limits of a form. Its zero fields mean the defaults they name.
type Config struct {
	MaxSize     int64  // bytes of the body; 0 means Limits.Body of the site (16 MiB); beyond it 413
	MaxParts    int    // values and files; 0 means 1000; beyond it 413
	MaxHeader   int    // bytes of the header of one part; 0 means 8192; beyond it 413
	MaxValues   int    // bytes of all values, names and headers together, or of an urlencoded form; 0 means 1 MiB; beyond it 413
	MaxFileSize int64  // bytes of one file; 0 means no other bound than MaxSize; beyond it 413
	Memory      int    // bytes up to which a file stays in memory, all files of a form together; 0 means 64 KiB, negative none
	Dir         string // where larger files are written; "" means os.TempDir
}

func (c Config) withDefaults() Config {
	c.MaxParts = cmp.Or(max(c.MaxParts, 0), 1000)
	c.MaxHeader = cmp.Or(max(c.MaxHeader, 0), 8192)
	c.MaxValues = cmp.Or(max(c.MaxValues, 0), 1<<20)
	c.Memory = max(cmp.Or(c.Memory, 64<<10), 0)
	return c
}

// malformed returns the error of a body that is not what it should be.
func malformed(format string, args ...any) error {
	return &web.StatusError{Status: 400, Detail: "The form is malformed: " + fmt.Sprintf(format, args...) + "."}
}

// tooLarge returns the error of a limit that struck.
func tooLarge(what string) error {
	return &web.StatusError{Status: 413, Detail: "The form is too large: " + what + "."}
}
