// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"io"
	"strings"
)

// govulncheck is not a tool of tools/go.mod: whoever tidies that offline would need all that its tests import. It asks the network anyway.
const govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"

// vuln fails where the code calls something that a known vulnerability is about, in Go itself or in a module of others; or where the database cannot be asked.
func (c *checker) vuln(out io.Writer) error {
	dirs, err := c.dirs()
	if err != nil {
		return err
	}
	var failed []string
	for _, dir := range dirs {
		args := []string{"run", govulncheck, "-C", dir} // it wants a folder with a go.mod
		if c.vulnDB != "" {
			args = append(args, "-db="+c.vulnDB)
		}
		fmt.Fprintf(out, "%s:\n", dir)
		if c.runTo(out, "go", append(args, "./...")...) != nil {
			failed = append(failed, dir)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("govulncheck fails in %s", strings.Join(failed, ", "))
	}
	return nil
}
