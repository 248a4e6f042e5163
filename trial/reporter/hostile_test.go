// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/torsion-go/torsion/trial/internal/subunit"
	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// evil are names and texts that have broken one format or the other.
var evil = []string{
	"Test\x1b[2J\x1b]0;title\x07", "Test\x00\x01\x7f\u0085\u2028\u202e\ufeff\ufffe", "Test\xff\xfe\xc3", "Test/a/b//c/", "Test\nok 1 - no\n::error::x\n]\n",
	"Test::error file=x::y", "Test]]>&lt;<b>\"'", "Test # TODO not really \\# \\", "Test [", "Test [ multipart", "##[error]x", "%0A%25", "  ---\n  ...\n---", "{\"Action\":\"fail\"}\n",
	"\xb3\x29\x01\x0c\x03foo", "日本語のテスト🙂é", strings.Repeat("x", 5000), "\r\nA\rB\r", "\t", "0\r\n]\n", "goroutine 1 [running]:\n\t\nmain.main()\n\tx.go:1", "1..0", "Bail out!",
	"--- PASS: TestX (0.00s)", "\x1b[31mred", "\U0010ffff\ud7ff", " ", "|", "'; rm -rf / #",
}

// hostile makes a run where every text is one of these.
func hostile(texts ...string) *result.Summary {
	var all []*result.Test
	for i, s := range texts {
		for o := result.Passed; o <= result.UnexpectedSuccess; o++ {
			test := &result.Test{
				ID: result.ID{Package: pkgA, Name: fmt.Sprintf("%s%d%s", s, o, s)}, Outcome: o, Reason: s, Output: []byte(s), Omitted: int64(i % 2),
				Warnings: []result.Warning{{File: s, Line: 1, Category: s, Text: s}}, Elapsed: time.Duration(i) * time.Millisecond,
			}
			if o != result.Passed && o != result.Skipped {
				test.Problems = []result.Problem{{Text: s, File: s, Line: 3}, {Text: s, Error: o == result.Errored}}
			}
			if i%3 == 0 {
				test.Attempts = []result.Outcome{result.Errored}
			}
			all = append(all, test)
		}
	}
	p := &result.Package{Path: pkgA, Outcome: result.Failed, Output: []byte(texts[0]), Problems: []result.Problem{{Text: texts[0], File: texts[0]}}, Coverage: -1}
	broken := &result.Package{Path: texts[0], Outcome: result.Errored, Build: []byte(texts[0] + "x"), Coverage: -1}
	return summary(all, []*result.Package{p, broken})
}

// TestHostile: what tests are called and print changes nothing in how reports are read.
func TestHostile(t *testing.T) {
	for i := range evil {
		checkAll(t, hostile(evil[i], evil[(i+1)%len(evil)]))
	}
}

func FuzzReporters(f *testing.F) {
	for _, s := range evil {
		f.Add(s, "other")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if a != "" {
			checkAll(t, hostile(a, b))
		}
	})
}

// checkAll has every reporter write s and reads that by the rules of its format.
func checkAll(t *testing.T, s *result.Summary) {
	t.Helper()
	tests := len(s.Tests) + 2 // the two packages
	stops := tests
	for _, one := range s.Tests {
		stops += len(one.Attempts)
	}
	for name, check := range map[string]func(out string, n int) error{
		"tree": checkText, "bwverbose": checkText, "text": checkText, "timing": checkText, "progress": checkText, "summary": checkText,
		"junit": func(out string, n int) error {
			root, err := checkJUnit(out)
			if err != nil {
				return err
			}
			got := 0
			for _, suite := range root.Children {
				for _, c := range suite.Children {
					if c.XMLName.Local == "testcase" {
						got++
					}
				}
			}
			return same(got, n)
		},
		"tap": func(out string, n int) error {
			points, err := checkTAP(out)
			if err != nil {
				return err
			}
			return same(len(points), n)
		},
		"json": checkEvents, "github": checkGitHub, "subunit2": checkSubunit2, "subunit": checkSubunit1,
	} {
		out := report(t, name, reporter.Options{}, s)
		n := stops
		if name == "junit" {
			n = tests
		}
		if err := check(out, n); err != nil {
			t.Errorf("%s: %v\n%.2000q", name, err, out)
		}
	}
	out := report(t, "tree", reporter.Options{Terminal: true, Width: 40, Color: reporter.ColorAlways, Format: reporter.Emacs, RealTime: true}, s)
	if err := checkTerminal(out); err != nil {
		t.Errorf("terminal: %v", err)
	}
}

func same(got, want int) error {
	if got != want {
		return fmt.Errorf("%d tests, want %d", got, want)
	}
	return nil
}

// checkText: reports for people are valid UTF-8 without controls.
func checkText(out string, _ int) error {
	if !utf8.ValidString(out) {
		return fmt.Errorf("no UTF-8")
	}
	for _, r := range out {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			return fmt.Errorf("%q is printed", r)
		}
	}
	return nil
}

var (
	ourControls = regexp.MustCompile("\r\x1b\\[K|\x1b\\[[0-9;:]*m")
	commandLine = regexp.MustCompile(`^::(?:group|endgroup|(?:error|warning|notice) (?:(?:file|line|title)=[^:,\r\n]*,?)+)::[^\r]*$`)
)

// checkTerminal: on a terminal there are colours, and the line that is drawn again.
func checkTerminal(out string) error {
	return checkText(ourControls.ReplaceAllString(out, ""), 0)
}

func checkGitHub(out string, n int) error {
	got := 0
	for l := range strings.Lines(out) {
		l = strings.TrimSuffix(l, "\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(l), "::"):
			if !commandLine.MatchString(l) && !strings.HasPrefix(l, "::group::") && l != "::endgroup::" {
				return fmt.Errorf("command %q", l)
			}
		case strings.Contains(l, "##["):
			return fmt.Errorf("command %q", l)
		case strings.HasPrefix(l, "["):
			got++
		}
	}
	return same(got, n)
}

// checkEvents reads them as gotestsum does: a line each, of less than 64 KiB, an end for every test that runs.
func checkEvents(out string, _ int) error {
	scan := bufio.NewScanner(strings.NewReader(out))
	running := map[string]int{}
	ended := 0
	for scan.Scan() {
		var e struct{ Action, Package, Test, Output string }
		if err := json.Unmarshal(scan.Bytes(), &e); err != nil {
			return fmt.Errorf("%w: %.100s", err, scan.Text())
		}
		if e.Test == "" {
			continue
		}
		switch e.Action {
		case "run":
			running[e.Test]++
		case "pass", "fail", "skip":
			running[e.Test]--
			ended++
		case "output", "attr":
			if running[e.Test] != 1 {
				return fmt.Errorf("output of %q, which does not run", e.Test)
			}
		default:
			return fmt.Errorf("action %q", e.Action)
		}
	}
	for test, n := range running {
		if n != 0 {
			return fmt.Errorf("%q does not end", test)
		}
	}
	if ended == 0 {
		return fmt.Errorf("no test ends")
	}
	return scan.Err()
}

func checkSubunit2(out string, n int) error {
	ended := 0
	for b := []byte(out); len(b) > 0; {
		p, size, err := subunit.Parse(b)
		if err != nil {
			return err
		}
		b = b[size:]
		if p.Status > subunit.InProgress {
			ended++
		}
	}
	return same(ended, n)
}

// checkSubunit1 reads the lines and the parts of version 1.
func checkSubunit1(out string, n int) error {
	ended, label := 0, ""
	for out != "" {
		l, rest, ok := strings.Cut(out, "\n")
		out = rest
		word, after, _ := strings.Cut(l, ": ")
		switch {
		case !ok:
			return fmt.Errorf("the last line has no end")
		case word == "time", word == "tags":
		case word == "test":
			label = after
		default:
			if !strings.HasPrefix(after, label) || label == "" {
				return fmt.Errorf("%q where %q runs", l, label)
			}
			ended++
			if after == label {
				break
			}
			if after != label+" [ multipart" {
				return fmt.Errorf("%q where %q runs", l, label)
			}
			for !strings.HasPrefix(out, "]\n") {
				parts := strings.SplitN(out, "\n", 3)
				if len(parts) < 3 || parts[0] != "Content-Type: text/plain;charset=utf8" {
					return fmt.Errorf("part %q", parts[0])
				}
				for out = parts[2]; !strings.HasPrefix(out, "0\r\n"); {
					size, body, _ := strings.Cut(out, "\r\n")
					k, err := strconv.ParseInt(size, 16, 32)
					if err != nil || int(k) > len(body) {
						return fmt.Errorf("chunk of %q", size)
					}
					out = body[k:]
				}
				out = out[3:]
			}
			out = out[2:]
		}
	}
	return same(ended, n)
}
