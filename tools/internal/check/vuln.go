// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import "io"

// vuln fails where the code calls something that a known vulnerability is about, in Go itself or in a module of others; or where the database cannot be asked.
func (c *checker) vuln(out io.Writer) error {
	patterns, err := c.patterns()
	if err != nil {
		return err
	}
	args := []string{"tool", "govulncheck"}
	if c.vulnDB != "" {
		args = append(args, "-db="+c.vulnDB)
	}
	return c.runTo(out, "go", append(args, patterns...)...)
}
