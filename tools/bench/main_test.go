// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
	"github.com/torsion-go/torsion/tools/bench/internal/run"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// TestMain is also the servers and clients that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && (os.Args[1] == server.Flag || os.Args[1] == client.Flag || os.Args[1] == run.HoldFlag) {
		main()
		return
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // of the processes that the tests start: the race detector waits a second otherwise
	os.Exit(m.Run())
}

// command runs bench in this process.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = bench(t.Context(), args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"-h", 0, "examples:"},
		{"quick -h", 0, "-markdown"},
		{"list", 0, "echo-64b/64"},
		{"nope", 2, `no command is named "nope"`},
		{"-nope", 2, "not defined: -nope"},
		{"quick surplus", 2, `unexpected argument "surplus"`},
		{"-rounds 0", 2, "-rounds: 0 is not positive"},
		{"-time 1ms", 2, "-time: 1ms is shorter"},
		{"-time soon", 2, "invalid value \"soon\""},
		{"-loops 0", 2, "-loops: 0 is not positive"},
		{"-loops 2", 2, "add -unpinned"},
		{"-pin -unpinned", 2, "exclude each other"},
		{"-from a -json b", 2, "exclude each other"},
		{"-conns 1,x", 2, `"x" is not a positive number`},
		{"-conns 0", 2, `"0" is not a positive number`},
		{"-engines a,,b", 2, "empty name"},
		{"-workloads nope", 2, `no workload is named "nope"`},
		{"-engines nope", 1, `no engine is named "nope"`},
		{"idle -kinds nope", 1, `"nope" is no kind of connection`},
		{"-workloads echo-64b -conns 100000000", 1, "ulimit -n"},
		{"-from /nonexistent/results.json", 1, "no such file"},
		{"-serve {", 1, "-serve: unexpected end"},
		{"-ask {", 1, "-ask: unexpected end"},
		{"-hold {", 1, "-hold: unexpected end"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			code, out, errs := command(t, strings.Fields(tt.args)...)
			if code != tt.code || !strings.Contains(out+errs, tt.want) {
				t.Errorf("exit status %d, want %d; output lacks %q:\n%s%s", code, tt.code, tt.want, out, errs)
			}
			if code > 0 && out != "" {
				t.Errorf("an error on the standard output: %s", out)
			}
			if hint := strings.Contains(errs, "bench -h"); hint != (code == 2) {
				t.Errorf("exit status %d with hint %v", code, hint)
			}
		})
	}
}

// One measurement, written in every form, and written again from the file.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	file, page, again := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.html"), filepath.Join(dir, "again.html")
	code, out, errs := command(t, "-workloads", "echo-64b/64,udp/2,micro", "-engines", "torsion,net", "-rounds", "2", "-time", "30ms", "-unpinned", "-json", file, "-html", page)
	if code != 0 {
		t.Fatalf("exit status %d: %s", code, errs)
	}
	for _, want := range []string{"(echo-64b/64)", "(udp/2)", "torsion", "net", "In one process", "not pinned"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	r, err := report.Load(file)
	if err != nil || len(r.Workloads) != 2 || len(r.Workloads[0].Engines[1].Samples) != 2 || len(r.Micro) == 0 || len(r.Micro[0].NsOp) != 2 {
		t.Errorf("%v: %+v", err, r)
	}
	code, same, errs := command(t, "-from", file, "-html", again)
	if code != 0 || same != out {
		t.Errorf("exit status %d: %s; from the file:\n%s", code, errs, same)
	}
	first, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(again)
	if err != nil || !bytes.Equal(first, second) || !bytes.Contains(first, []byte("echo-64b-64")) {
		t.Errorf("the page from the file is another one (%v)", err)
	}
	code, md, _ := command(t, "table", "-from", file, "-markdown")
	if code != 0 || !strings.Contains(md, "| verdict |") {
		t.Errorf("exit status %d:\n%s", code, md)
	}
}

// What the presets choose exists, whatever the machine has.
func TestPresets(t *testing.T) {
	for _, command := range []string{"", "quick", "full", "table"} {
		o, err := parse(strings.Fields(command), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Select(o.workloads, nil); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		for _, name := range o.engines {
			if _, ok := server.Find(name); !ok && name != "all" {
				t.Errorf("%s: no engine is named %s", command, name)
			}
		}
	}
}
