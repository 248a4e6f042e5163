// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
)

// TestReactors runs a server over each poller, chosen before and after the server's name.
func TestReactors(t *testing.T) {
	dir := folder(t)
	for _, name := range reactor.Pollers() {
		server := []string{"web", "--listen", "tcp:0:interface=127.0.0.1:accept=perloop:loops=2", "--path", dir, "--log-format", "json"}
		for place, args := range map[string][]string{
			"before": append([]string{"--reactor", name, "--loops", "auto"}, server...),
			"after":  append(server[:len(server):len(server)], "--reactor", name, "--loops", "auto"),
		} {
			t.Run(name+" "+place, func(t *testing.T) {
				s := start(t, 1, args...)
				line := s.next("started")
				if want := max(runtime.GOMAXPROCS(0), 2); line["reactor"] != name || line["loops"] != float64(want) {
					t.Errorf("runs %v loops over %v, want %d over %s", line["loops"], line["reactor"], want, name)
				}
				for range 4 {
					if got := curl(t, "http://"+s.addresses[0]+"/hello.txt"); got != "hello, world\n" {
						t.Errorf("got %q", got)
					}
				}
				if code := s.stop(); code != 0 {
					t.Errorf("exit status %d:\n%s", code, s.lines.String())
				}
			})
		}
	}
}

// TestHelpReactors: every poller has a line, one is the default, and what does not work here says why.
func TestHelpReactors(t *testing.T) {
	cmd := exec.Command(os.Args[0], "--help-reactors")
	cmd.Env = append(os.Environ(), "TWIST_TEST_COMMAND=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if status := reactor.PollerStatus(); len(lines) != len(status) {
		t.Fatalf("%d lines for %d pollers:\n%s", len(lines), len(status), out)
	}
	for i, p := range reactor.PollerStatus() {
		name, state, _ := strings.Cut(lines[i], " ")
		if state = strings.TrimSpace(state); name != p.Name || (state == "default") != p.Default || p.Why != "" && !strings.HasSuffix(state, ": "+p.Why) {
			t.Errorf("the line %q of %+v", lines[i], p)
		}
	}
	if strings.Count(string(out), "default") != 1 {
		t.Errorf("not one default:\n%s", out)
	}
}
