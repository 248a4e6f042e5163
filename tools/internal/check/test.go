// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// counts are the tests and subtests seen.
type counts struct {
	passed, failed, skipped int
	names                   []string // of what failed: package and test
}

// event is one line of go test -json (see go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// tally reads go test -json, counts, and writes to out: first the output of what failed, then the reasons of what was skipped.
func tally(r io.Reader, out io.Writer) (counts, error) {
	var n counts
	var skips []string
	kept := map[[2]string]*strings.Builder{}
	var broken []string // packages that failed
	failedTests := map[string]bool{}
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 16<<20)
	for scan.Scan() {
		var e event
		if json.Unmarshal(scan.Bytes(), &e) != nil {
			fmt.Fprintln(out, scan.Text()) // a build error of an old go command is plain text
			continue
		}
		key := [2]string{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			io.WriteString(out, e.Output)
		case "output":
			b := kept[key]
			if b == nil {
				b = new(strings.Builder)
				kept[key] = b
			}
			if b.Len() < 256<<10 {
				b.WriteString(e.Output)
			}
		case "pass", "fail", "skip":
			text := ""
			if b := kept[key]; b != nil {
				text = b.String()
			}
			delete(kept, key)
			if e.Test == "" {
				if e.Action == "fail" {
					broken = append(broken, e.Package)
					io.WriteString(out, text)
				}
				continue
			}
			switch e.Action {
			case "pass":
				n.passed++
			case "skip":
				n.skipped++
				skips = append(skips, fmt.Sprintf("skipped: %s %s: %s\n", e.Package, e.Test, skipReason(text)))
			case "fail":
				n.failed++
				n.names = append(n.names, short(e.Package)+" "+e.Test)
				failedTests[e.Package] = true
				fmt.Fprintf(out, "FAILED: %s %s\n%s", e.Package, e.Test, text)
			}
		}
	}
	for _, p := range broken {
		if !failedTests[p] { // it did not build, or died: no test said so
			n.failed++
			n.names = append(n.names, short(p))
			fmt.Fprintf(out, "FAILED: %s\n", p)
			for key, b := range kept {
				if key[0] == p {
					io.WriteString(out, b.String())
				}
			}
		}
	}
	for _, line := range skips {
		io.WriteString(out, line)
	}
	return n, scan.Err()
}

// short cuts the project's name off a package path.
func short(pkg string) string { return strings.TrimPrefix(pkg, "github.com/torsion-go/torsion/") }

// skipReason picks the line of a skipped test's output that says why.
func skipReason(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "no reason given"
}

// goTest runs go test -json with the arguments and adds to the counts.
func (c *checker) goTest(out io.Writer, args ...string) (counts, error) {
	cmd := c.command("go", append([]string{"test", "-json"}, args...)...)
	var stderr bytes.Buffer // of its own: it is filled while tally writes to out
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return counts{}, err
	}
	if err := cmd.Start(); err != nil {
		return counts{}, err
	}
	n, err := tally(pipe, out)
	werr := cmd.Wait()
	_, _ = stderr.WriteTo(out)
	if werr != nil && n.failed == 0 {
		n.failed++
		fmt.Fprintf(out, "go test: %v, though no test failed\n", werr)
	}
	if err != nil {
		fmt.Fprintf(out, "cannot read what go test says: %v\n", err)
	}
	c.counts.passed += n.passed
	c.counts.failed += n.failed
	c.counts.skipped += n.skipped
	c.note = fmt.Sprintf("%d passed, %d skipped", n.passed, n.skipped)
	switch {
	case n.failed > 0:
		c.note = ""
		return n, fmt.Errorf("%d tests failed: %s", n.failed, strings.Join(n.names, ", "))
	case err != nil:
		return n, err
	}
	return n, werr
}

// test runs the tests of tools anew each time: they look at files of the whole repository, and the go command takes a result from its cache as long as those of their own module
// stay as they are.
func (c *checker) test(out io.Writer) error {
	patterns, err := c.patterns()
	if err != nil {
		return err
	}
	args := []string{"-timeout=15m"}
	if c.race {
		args = append(args, "-race")
	}
	const tools = "./tools/..."
	var runs [][]string
	if others := slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return p == tools }); len(others) > 0 {
		runs = append(runs, others)
	}
	if slices.Contains(patterns, tools) {
		runs = append(runs, []string{"-count=1", tools})
	}
	var sum counts
	var failed []error
	for _, run := range runs {
		n, err := c.goTest(out, slices.Concat(args, run)...)
		failed = append(failed, err)
		sum.passed, sum.skipped = sum.passed+n.passed, sum.skipped+n.skipped
	}
	if err := errors.Join(failed...); err != nil {
		c.note = ""
		return err
	}
	c.note = fmt.Sprintf("%d passed, %d skipped", sum.passed, sum.skipped)
	if sum.passed == 0 && len(c.modules) == 0 { // some have none yet
		return fmt.Errorf("no test ran")
	}
	return nil
}

// alloc runs the tests whose names begin with TestAlloc: the race detector allocates, so they skip themselves in the step before.
func (c *checker) alloc(out io.Writer) error {
	patterns, err := c.patterns()
	if err != nil {
		return err
	}
	n, err := c.goTest(out, append([]string{"-run=^TestAlloc", "-count=1"}, patterns...)...)
	if err == nil && n.passed == 0 && len(c.modules) == 0 {
		err = fmt.Errorf("no allocation test ran")
	}
	return err
}
