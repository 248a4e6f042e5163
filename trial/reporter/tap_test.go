// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/reporter"
)

// A tapPoint is one test of a stream.
type tapPoint struct {
	ok                bool
	name              string
	directive, reason string // "SKIP" or "TODO"
	yaml              int    // lines of diagnostics
}

var (
	tapLine = regexp.MustCompile(`^(not )?ok (\d+) - ((?:[^\\#]|\\[\\#])*?)(?: # (SKIP|TODO|time=)\s?(.*))?$`)
	yamlKey = regexp.MustCompile(`^  [a-z_]+: (".*"|\{ .* \}|[0-9.]+|\|2)$`)
)

// checkTAP reads a stream of version 13 or 14.
func checkTAP(stream string) ([]tapPoint, error) {
	lines := strings.Split(strings.TrimSuffix(stream, "\n"), "\n")
	if lines[0] != "TAP version 13" && lines[0] != "TAP version 14" {
		return nil, fmt.Errorf("it begins with %q", lines[0])
	}
	var all []tapPoint
	plan := -1
	yaml := false
	for i, l := range lines[1:] {
		switch m := tapLine.FindStringSubmatch(l); {
		case yaml && l == "  ...":
			yaml = false
		case yaml:
			all[len(all)-1].yaml++
			if l != "" && !strings.HasPrefix(l, "    ") && !yamlKey.MatchString(l) {
				return nil, fmt.Errorf("line %d: %q in YAML", i+2, l)
			}
		case l == "  ---" && len(all) > 0:
			yaml = true
		case strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "Bail out!"):
			plan = len(all)
		case strings.HasPrefix(l, "1.."):
			if i+2 != len(lines) {
				return nil, fmt.Errorf("line %d: the plan is not the end", i+2)
			}
			var err error
			if plan, err = strconv.Atoi(l[3:]); err != nil {
				return nil, err
			}
		case m != nil:
			if m[2] != strconv.Itoa(len(all)+1) {
				return nil, fmt.Errorf("line %d: test %s, want %d", i+2, m[2], len(all)+1)
			}
			p := tapPoint{ok: m[1] == "", name: strings.NewReplacer(`\\`, `\`, `\#`, "#").Replace(m[3])}
			if m[4] != "time=" {
				p.directive, p.reason = m[4], strings.NewReplacer(`\\`, `\`, `\#`, "#").Replace(m[5])
			}
			all = append(all, p)
		default:
			return nil, fmt.Errorf("line %d: %q", i+2, l)
		}
	}
	if yaml || plan != len(all) {
		return nil, fmt.Errorf("%d tests, the plan says %d", len(all), plan)
	}
	return all, nil
}

func TestTAP(t *testing.T) {
	for _, version := range []string{"tap", "tap13"} {
		points, err := checkTAP(report(t, version, reporter.Options{}, summary(tests(), packages())))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]tapPoint{}
		for _, p := range points {
			if p.yaml > 0 {
				p.yaml = 1
			}
			got[p.name] = p
		}
		for _, want := range []tapPoint{
			{ok: true, name: pkgA + ".TestPass"},
			{name: pkgA + ".TestFail", yaml: 1},
			{ok: true, name: pkgA + ".TestSkip", directive: "SKIP", reason: "no network"},
			{name: pkgA + ".TestTodo", directive: "TODO", reason: "issue 12", yaml: 1},
			{ok: true, name: pkgA + ".TestDone", directive: "TODO", reason: "issue 13"},
			{name: pkgB + ".TestFlaky", directive: "TODO", reason: "flaky", yaml: 1},
			{name: pkgB + ".<not in test>", yaml: 1},
			{name: pkgC + ".<build>", yaml: 1},
		} {
			if got[want.name] != want {
				t.Errorf("%s: got %+v, want %+v", version, got[want.name], want)
			}
		}
	}
	s := summary(tests()[:1], nil)
	s.Interrupted = true
	if out := report(t, "tap", reporter.Options{}, s); !strings.HasSuffix(out, "\nBail out! Interrupted\n") {
		t.Error(out)
	}
}
