// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
)

// messages returns the messages of a log in JSON.
func messages(t *testing.T, log string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(log) {
		var record struct{ Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("the line %q: %v", line, err)
		}
		all = append(all, record.Msg)
	}
	return all
}

func TestLife(t *testing.T) {
	code, out, errs := run(t, "probe")
	want := []string{"make", "bind", "start", "started", "drain", "stop", "server shut down"}
	if got := messages(t, out); code != 0 || errs != "" || !slices.Equal(got, want) {
		t.Errorf("status %d, log %q, want %q\n%s", code, got, want, errs)
	}
	for line := range strings.Lines(out) {
		var l map[string]any
		if json.Unmarshal([]byte(line), &l); l["msg"] == "started" && (l["version"] != "prog 1.2.3" || l["go"] != runtime.Version() || l["reactor"] == "" || l["pid"] != float64(os.Getpid())) {
			t.Errorf("the start line %s", line)
		}
	}
}

// TestStatuses: what each way to fail says, and with which exit status.
func TestStatuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	none := filepath.Join(t.TempDir(), "none", "x")
	for _, tt := range []struct {
		args string // separated by ;
		code int
		want string // on standard error
	}{
		{"", 64, "which service?"},
		{"prob", 64, `there is no service "prob": did you mean probe?`},
		{"probe;--nope", 64, "see \"prog probe --help\""},
		{"probe;x", 64, `unexpected argument "x"`},
		{"--loops;0;probe", 64, `--loops: "0" is neither "auto" nor between 1 and 1024`},
		{"probe;--reactor;nosuch", 64, `--reactor: "nosuch" is none`},
		{"--log-level;loud;probe", 64, `--log-level: "loud" is not debug, info, warn, error or critical`},
		{"--log-format;xml;probe", 64, `--log-format: "xml" is not text or json`},
		{"--grace;-1s;probe", 64, "--grace: -1s is negative"},
		{"--debug;0.0.0.0:0;probe", 64, `--debug: "0.0.0.0" is not this machine's own address`},
		{"--debug;nonsense;probe", 64, "--debug: "},
		{"--log-file;" + none + ";probe", 74, "--log-file: "},
		{"--profile;" + none + ";probe", 74, "--profile: "},
		{"--debug;" + taken.Addr().String() + ";probe", 1, "--debug: listen tcp"},
		{"--rundir;" + none + ";probe", 1, "--rundir: chdir " + none},
		{"probe;--do;fail make", 1, "error: --do: making failed\n"},
		{"probe;--do;wrong", 64, "error: --do: it is wrong\n"},
		{"probe;--do;unavailable", 69, "error: not there\n"},
		{"probe;--do;panic", 70, "probe_test.go"},
		{"probe;--do;fail bind", 1, "error: --do: bind failed\n"},
		{"probe;--do;fail start", 1, "error: --do: start failed\n"},
		{"probe;--listen;" + taken.Addr().String(), 1, "--listen: "},
		{"probe;--do;end badly", 1, "error: cannot go on\n"},
		{"tree;--do;die", 1, "error: the service tree cannot go on: service inner/leaf: the leaf has withered\nprog: hint: what it could not do is in the log, or run it under a service.Supervisor, which starts it again\n"},
		{"tree;--do;give up", 1, "error: the service tree cannot go on: service inner/supervisor: service: gave up after 0 restarts"},
		{"tree;--do;give up", 1, "hint: the log has the end of each of its lives"},
		{"probe;--status;nonsense:1", 1, "--status: "},
		{"probe;--successor-timeout;0s", 64, "--successor-timeout: 0s is not positive"},
		{"say;no", 65, "error: will not say it\nprog: hint: say yes\n"},
		{"help;nosuch", 64, `NAME: "nosuch" is not `},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := strings.Split(tt.args, ";")
			if tt.args == "" {
				args = nil
			}
			if strings.Contains(tt.args, "successor") && runtime.GOOS == "windows" {
				t.Skip("a process has no successor there")
			}
			code, out, errs := run(t, args...)
			if code != tt.code || !strings.Contains(errs, tt.want) || !strings.Contains(errs, "prog: error: ") {
				t.Errorf("status %d, want %d, with %q in\n%s%s", code, tt.code, tt.want, errs, out)
			}
			if strings.Contains(tt.want, "start failed") && slices.Contains(messages(t, out), "stop") {
				t.Error("a service that did not start was stopped")
			}
		})
	}
}

func TestGood(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--help", "Services:\n  probe  Log what happens\n  tree   Be a tree\n"},
		{"help", "Services:\n"},
		{"help probe", "Usage: prog probe [options]\n"},
		{"help things", "Things are so.\n"},
		{"help help", "  things       About things\n"},
		{"probe --help", "Examples:\n  prog probe --do nothing\n"},
		{"probe --version", "prog 1.2.3\n"},
		{"--help-reactors", "default"},
		{"probe --help-reactors", "default"},
		{"say hello", "hello\n"},
		{"probe --do end", `"msg":"server shut down"`},
		{"--log-format text probe", `msg="server shut down"`},
		{"--log-level error probe", ""},
		{"--loops 2 --reactor portable probe", `"reactor":"portable","loops":2`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			code, out, errs := run(t, strings.Fields(tt.args)...)
			if code != 0 || errs != "" || !strings.Contains(out, tt.want) || tt.want == "" && out != "" {
				t.Errorf("status %d, %q is not in\n%s%s", code, tt.want, out, errs)
			}
		})
	}
}

// TestStopBeforeReady: the end may come while Bind or Start is under way, which is cancelled then.
func TestStopBeforeReady(t *testing.T) {
	for do, want := range map[string][]string{
		"hang bind":  {"make", "bind", "server shut down"},
		"hang start": {"make", "bind", "start", "stop", "server shut down"},
	} {
		t.Run(do, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var out, errs bytes.Buffer
			code := Run(ctx, testApp(), []string{"probe", "--do", do}, Stdio{nil, &out, &errs})
			if got := messages(t, out.String()); code != 0 || !slices.Equal(got, want) {
				t.Errorf("status %d, log %q, want %q\n%s", code, got, want, errs.String())
			}
		})
	}
}

// TestGrace: no service can hold up the end of the program.
func TestGrace(t *testing.T) {
	for do, want := range map[string]string{
		"hang drain": `"msg":"stop"`,
		"fail drain": "the service did not drain",
		"deaf drain": "stopping took longer than the grace allows",
		"hang stop":  "the grace is over",
		"fail stop":  "the service did not stop well",
		"deaf stop":  "stopping took longer than the grace allows",
	} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			code, out, errs := run(t, "probe", "--do", do, "--grace", "10ms")
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("status %d, %q is not in\n%s%s", code, want, out, errs)
			}
		})
	}
}

// TestTree: Bind, Start, Drain and Stop reach what is deep in a tree.
func TestTree(t *testing.T) {
	code, out, errs := run(t, "--log-level", "info", "tree")
	got := slices.DeleteFunc(messages(t, out), func(m string) bool { return strings.HasPrefix(m, "service: ") })
	if want := []string{"bind", "start", "started", "drain", "stop", "server shut down"}; code != 0 || !slices.Equal(got, want) {
		t.Errorf("status %d, log %q, want %q\n%s", code, got, want, errs)
	}
}

func TestNotify(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := testApp()
	n := &notes{ready: cancel}
	a.Notify = n
	var out bytes.Buffer
	if code := Run(ctx, a, []string{"probe"}, Stdio{nil, &out, &out}); code != 0 || !slices.Equal(n.told, []string{"ready", "stopping"}) {
		t.Errorf("status %d, told %q", code, n.told)
	}
}

// TestSources: the program's options and the service's may stand in the environment and in a file.
func TestSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prog.conf")
	if err := os.WriteFile(file, []byte("log-level = info\nloops = 2\n[probe]\ndo = fail bind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PROG_LOOPS", "3")
	code, _, errs := run(t, "--config", file, "probe")
	if code != 1 || !strings.Contains(errs, "bind failed") {
		t.Errorf("status %d\n%s", code, errs)
	}
	t.Setenv("PROG_PROBE_DO", "nothing")
	code, out, errs := run(t, "--config", file, "probe")
	if code != 0 || !strings.Contains(out, `"loops":3`) {
		t.Errorf("status %d\n%s%s", code, out, errs)
	}
	t.Setenv("PROG_LOOPS", "many")
	if code, _, errs = run(t, "probe"); code != 64 || !strings.Contains(errs, "$PROG_LOOPS: ") {
		t.Errorf("status %d\n%s", code, errs)
	}
}

func TestRegistry(t *testing.T) {
	good := func(name string) Plugin { return Plugin{Name: name, New: probePlugin.New} }
	var r Registry
	if err := r.Register(good("b"), good("a-1")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Plugin{good("b"), good(""), good("-x"), good("A"), good("a b"), good("../x"), good("help"), {Name: "new"}} {
		if err := r.Register(p); err == nil || !strings.HasPrefix(err.Error(), "app: Register: ") {
			t.Errorf("%q: %v", p.Name, err)
		}
	}
	var names []string
	for _, p := range r.All() {
		names = append(names, p.Name)
	}
	if _, ok := r.Lookup("a-1"); !ok || !reflect.DeepEqual(names, []string{"a-1", "b"}) {
		t.Errorf("the plugins are %q", names)
	}
	if _, ok := r.Lookup("c"); ok {
		t.Error("there is c")
	}
}

// TestHelpReactors: every poller has a line, and one is the default.
func TestHelpReactors(t *testing.T) {
	_, out, _ := run(t, "--help-reactors")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(reactor.PollerStatus()) || strings.Count(out, "default") != 1 {
		t.Errorf("the list:\n%s", out)
	}
}
