// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, e := range Engines() {
		if got, ok := Find(e.Name); !ok || got.About != e.About {
			t.Errorf("Find(%q) is %q, %v", e.Name, got.About, ok)
		}
		if e.About == "" || len(e.Works) == 0 || btoi(e.start != nil)+btoi(e.attend != nil)+btoi(e.command != nil) != 1 {
			t.Errorf("%s is not whole", e.Name)
		}
	}
	if _, ok := Find("none"); ok {
		t.Error("there is an engine none")
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestRefused(t *testing.T) {
	for want, s := range map[string]Spec{
		`no engine is named "none"`:            {Engine: "none", Work: TCP},
		"fasthttp does no tcp":                 {Engine: "fasthttp", Work: TCP},
		"cannot answer message by message":     {Engine: "nbio", Work: TCP, PerMessage: true, Size: 64},
		"net cannot answer message by message": {Engine: "net", Work: UDP, PerMessage: true, Size: 64},
		"0 is not the size of a message":       {Engine: "net", Work: TCP, PerMessage: true},
		`no engine is named ""`:                {},
		"gnet does no tls":                     {Engine: "gnet", Work: TLS},
		"net/http does no no such work":        {Engine: "net/http", Work: "no such work"},
	} {
		if _, _, err := Command(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, not %s", s, err, want)
		}
	}
}

func TestWeigh(t *testing.T) {
	for _, e := range Engines() {
		if e.start == nil {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			p := start(t, Spec{Engine: e.Name, Work: e.Works[0]})
			for range 2 {
				if _, err := io.WriteString(p.in, "weigh\n"); err != nil {
					t.Fatal(err)
				}
				line, err := p.answers.ReadBytes('\n')
				if err != nil {
					t.Fatal(err)
				}
				var w Weight
				if err := json.Unmarshal(line, &w); err != nil || w.Goroutines < 1 || w.Heap < 1000 {
					t.Errorf("it weighs %+v, %v", w, err)
				}
			}
		})
	}
}

// What is made for a server is gone after cleanup.
func TestCleanup(t *testing.T) {
	if why := twistedEngine.Why(); why != "" {
		t.Skip(why)
	}
	cmd, cleanup, err := Command(Spec{Engine: "twisted", Work: TLS})
	if err != nil {
		t.Fatal(err)
	}
	file := cmd.Args[len(cmd.Args)-1]
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	cleanup()
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", file, err)
	}
}
