// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
	"github.com/torsion-go/torsion/trial/result"
)

// Tests that are to fail are samples: a process of their own runs them, and tests look at what it tells.

// inSamples is set in that process.
const inSamples = "TORSION_TRIAL_TEST_SAMPLES"

func TestMain(m *testing.M) {
	switch os.Getenv(inSamples) {
	case "":
		leaktest.Main(m)
	case "main":
		trial.Main(m)
	default:
		os.Exit(m.Run())
	}
}

// samples are the tests by their names.
var samples = map[string]func(t *testing.T){}

// sample adds a test of a Case.
func sample(name string, f func(tc *trial.Case)) {
	samples[name] = func(t *testing.T) { quick.Run(t, f) }
}

// quick does not wait for long for what leaks.
var quick = trial.Config{}.WithGrace(100 * time.Millisecond)

func TestSamples(t *testing.T) {
	if os.Getenv(inSamples) == "" {
		t.Skip("they are to fail: others run them in a process of their own")
	}
	for _, name := range slices.Sorted(maps.Keys(samples)) {
		t.Run(name, samples[name])
	}
}

// An outcome is what a process told of one of its tests.
type outcome struct {
	status   string // "PASS", "FAIL" or "SKIP"
	outcome  string // as the marker says
	output   string
	attrs    map[string][]string
	warnings []result.Warning
}

// runSamples runs those that match and returns their outcomes by their names, and what the process printed.
func runSamples(t *testing.T, pattern string, env ...string) (map[string]*outcome, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestSamples$/"+pattern, "-test.v", "-test.timeout=60s", "-test.parallel=4")
	// What the runner of these tests says to them is not for the samples.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, marker.Active) })
	cmd.Env = append(append(cmd.Env, inSamples+"=1"), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return parse(out.Bytes()), out.String() + cmd.ProcessState.String()
}

// parse reads what a verbose test process prints.
func parse(out []byte) map[string]*outcome {
	all := map[string]*outcome{}
	get := func(name string) *outcome {
		name = strings.TrimPrefix(name, "TestSamples/")
		if all[name] == nil {
			all[name] = &outcome{attrs: map[string][]string{}}
		}
		return all[name]
	}
	current := ""
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "=== ATTR") && len(f) > 3:
			o := get(f[2])
			current = f[2]
			value := strings.SplitN(line, " "+f[3]+" ", 2)[1]
			o.attrs[f[3]] = append(o.attrs[f[3]], value)
			switch f[3] {
			case marker.Outcome:
				o.outcome = value
			case marker.Warning:
				var w result.Warning
				if json.Unmarshal([]byte(value), &w) == nil {
					o.warnings = append(o.warnings, w)
				}
			}
		case strings.HasPrefix(line, "=== ") && len(f) > 2:
			current = f[2]
		case strings.HasPrefix(strings.TrimSpace(line), "--- ") && len(f) > 2:
			get(f[2]).status = strings.TrimSuffix(f[1], ":")
		default:
			get(current).output += line + "\n"
		}
	}
	return all
}

// An expectation is what a sample has to tell.
type expectation struct {
	name    string
	status  string
	outcome string
	says    []string // all of these
	not     []string // none of these
}

// expect runs the samples that match the pattern and checks what they tell.
func expect(t *testing.T, pattern string, all []expectation, env ...string) map[string]*outcome {
	t.Helper()
	outcomes, text := runSamples(t, pattern, env...)
	for _, e := range all {
		o := outcomes[e.name]
		if o == nil {
			t.Errorf("%s did not run:\n%s", e.name, text)
			continue
		}
		if o.status != e.status || o.outcome != e.outcome {
			t.Errorf("%s: %s %q, want %s %q:\n%s", e.name, o.status, o.outcome, e.status, e.outcome, o.output)
		}
		for _, s := range e.says {
			if !strings.Contains(o.output, s) {
				t.Errorf("%s does not say %q:\n%s", e.name, s, o.output)
			}
		}
		for _, s := range e.not {
			if strings.Contains(o.output, s) {
				t.Errorf("%s says %q:\n%s", e.name, s, o.output)
			}
		}
	}
	return outcomes
}
