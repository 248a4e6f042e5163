// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sample

import (
	"regexp"
	"slices"
	"strings"
)

// A report is what the reporters of one side wrote, and the verdicts that were read from them.
type report struct {
	text     map[string]string            // by reporter
	verdicts map[string]map[string]string // by reporter and test: "[OK]", or several
	order    []string
}

func newReport() *report {
	return &report{text: map[string]string{}, verdicts: map[string]map[string]string{}}
}

var (
	rowLine = regexp.MustCompile(`^( *)(\S+) \.\.\. *((?:\[[A-Z!?]+\])+)?`)
	more    = regexp.MustCompile(`^ +((?:\[[A-Z!?]+\])+)$`)
	letter  = map[string]string{"[OK]": ".", "[ERROR]": "E", "[FAIL]": "F", "[SKIPPED]": "S", "[TODO]": "T", "[SUCCESS!?!]": "!"}
)

// add reads what a reporter wrote. prefix finds what comes before the name of a test in its id, and short is what that is in ours.
func (r *report) add(name, text string, prefix *regexp.Regexp, short string) {
	r.text[name] = text
	if name == "subunit" {
		r.subunit(text, prefix, short)
		return
	}
	body, _, _ := strings.Cut(text, "\n====")
	verdicts := map[string]string{}
	class, last := "", ""
	for l := range strings.Lines(body) {
		l = strings.TrimRight(l, "\n")
		m := rowLine.FindStringSubmatch(l)
		switch again := more.FindStringSubmatch(l); {
		case again != nil && last != "":
			verdicts[last] += again[1]
		case m == nil:
			if strings.HasPrefix(l, "  ") {
				class = strings.TrimPrefix(strings.TrimSpace(l), "Test")
			}
		case m[1] == "": // a whole id
			test := prefix.ReplaceAllString(m[2], short)
			parts := strings.Split(test, ".")
			if len(parts) < 2 || !prefix.MatchString(m[2]) {
				continue // a class, which is a test to Go
			}
			last = strings.Join(parts[len(parts)-2:], ".")
			verdicts[last] = m[3]
			if name == "bwverbose" {
				r.order = append(r.order, last)
			}
		default:
			last = class + "." + strings.TrimPrefix(strings.TrimPrefix(m[2], "test_"), "Test")
			verdicts[last] = m[3]
		}
	}
	for test, v := range verdicts {
		verdicts[test] = strings.ReplaceAll(v, "[FAILURE]", "[FAIL]")
	}
	if name == "text" { // letters have no names: they are those of bwverbose, in its order
		letters, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		for _, test := range r.order {
			for range strings.Count(r.verdicts["bwverbose"][test], "[") {
				for mark, l := range letter {
					if strings.HasPrefix(letters, l) {
						verdicts[test] += mark
						letters = letters[1:]
						break
					}
				}
			}
		}
		if letters != "" {
			verdicts["behind the last test"] = letters
		}
	}
	r.verdicts[name] = verdicts
}

var (
	outcome = regexp.MustCompile(`(?m)^(success|successful|failure|error|skip|xfail|uxsuccess): (\S+)`)
	words   = map[string]string{"success": "[OK]", "successful": "[OK]", "failure": "[FAIL]", "error": "[ERROR]", "skip": "[SKIPPED]", "xfail": "[TODO]", "uxsuccess": "[SUCCESS!?!]"}
)

// subunit reads version 1 of subunit.
func (r *report) subunit(text string, prefix *regexp.Regexp, short string) {
	verdicts := map[string]string{}
	for _, m := range outcome.FindAllStringSubmatch(text, -1) {
		if parts := strings.Split(prefix.ReplaceAllString(m[2], short), "."); prefix.MatchString(m[2]) {
			verdicts[strings.Join(parts[len(parts)-2:], ".")] += words[m[1]]
		}
	}
	r.verdicts["subunit"] = verdicts
}

// once leaves out what is there already.
func once(verdicts string) string {
	var all []string
	for _, v := range strings.SplitAfter(verdicts, "]") {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return strings.Join(all, "")
}
