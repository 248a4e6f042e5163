// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/marker"
)

// maxElement bounds an element of a temporary name, in bytes. Twisted: 32.
const maxElement = 32

// Mktemp returns the name of a file that does not exist, in a folder that does, another one with every call: PACKAGE/TEST/RANDOM/temp, below the folder of the run, TORSION_TRIAL_TEMP. There it stays. Without
// that variable it lies below the system's folder for temporary files, and is removed when the test is over, unless it failed: then the log tells where it is. Twisted: mktemp.
func (c *Case) Mktemp() string {
	c.TB.Helper()
	dir := filepath.Join(append([]string{c.tempRoot(), element(path.Base(c.id.Package))}, elements(c.id.Name)...)...)
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		dir, err = os.MkdirTemp(dir, "")
	}
	if err != nil {
		c.problem("trial: Mktemp: "+err.Error(), err)
		c.exit(bailFail)
	}
	return filepath.Join(dir, "temp")
}

// tempRoot returns the folder below which temporary names are.
func (c *Case) tempRoot() string {
	c.TB.Helper()
	if root := os.Getenv(marker.Temp); root != "" {
		return root
	}
	if c.temp != "" {
		return c.temp
	}
	dir, err := os.MkdirTemp("", "trial-")
	if err != nil {
		c.problem("trial: Mktemp: "+err.Error(), err)
		c.exit(bailFail)
	}
	c.temp = dir
	return dir
}

// removeTemp removes the temporary files of a test that did not fail.
func (c *Case) removeTemp() {
	c.TB.Helper()
	switch {
	case c.temp == "":
	case c.TB.Failed():
		fmt.Fprintf(c.TB.Output(), "its temporary files are kept in %s\n", c.temp)
	default:
		if err := os.RemoveAll(c.temp); err != nil {
			c.problem("trial: cannot remove temporary files: "+err.Error(), err)
		}
	}
}

// elements makes the elements of a path of the name of a test.
func elements(name string) []string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = element(p)
	}
	return parts
}

// element makes one element of a path.
func element(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.=+", r) {
			return r
		}
		return '_'
	}, s)
	s = s[:min(len(s), maxElement)]
	if strings.Trim(s, ".") == "" {
		return "_"
	}
	return s
}
