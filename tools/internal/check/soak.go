// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A soaker is a test that a flag makes longer or larger than a change can wait for.
type soaker struct {
	dir   string // its package
	test  string
	flags []string // %v is the time that it is to take
}

var soakers = []soaker{
	{"core/reactor", "TestSoak", []string{"-soak=%v"}},
	{"trial", "TestClean", []string{"-rounds=20"}},
	{"web/form", "TestHugeUpload", []string{"-huge"}},
	{"web/internal/peers", "TestMatrix", []string{"-whole"}},
}

// args returns the arguments of go test.
func (s soaker) args(d time.Duration) []string {
	args := []string{"-count=1", "-timeout=" + (10*d + 30*time.Minute).String(), "-run=^" + s.test + "$", "./" + s.dir}
	for _, f := range s.flags {
		args = append(args, strings.ReplaceAll(f, "%v", d.String()))
	}
	return args
}

func (c *checker) soak(out io.Writer) error {
	dirs, err := c.dirs()
	if err != nil {
		return err
	}
	var sum counts
	var failed []error
	for _, s := range soakers {
		if moduleOf(dirs, s.dir) == "" {
			continue
		}
		n, err := c.goTest(out, s.args(c.soakTime)...)
		if err == nil && n.passed == 0 && n.skipped == 0 {
			err = fmt.Errorf("%s has no test %s", s.dir, s.test)
		}
		failed = append(failed, err)
		sum.passed, sum.skipped = sum.passed+n.passed, sum.skipped+n.skipped
	}
	if err := errors.Join(failed...); err != nil {
		c.note = ""
		return err
	}
	c.note = fmt.Sprintf("%d passed, %d skipped", sum.passed, sum.skipped)
	return nil
}

// moduleOf returns which of the folders of modules a folder belongs to, or "".
func moduleOf(modules []string, dir string) string {
	best := ""
	for _, m := range modules {
		if (dir == m || strings.HasPrefix(dir, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}
