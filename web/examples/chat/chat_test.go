// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{" a ": "a", "\xff": "", "äöüß": "äöü", "": ""} {
		if got := clean(in, 3); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// A browser comes, says something that looks like a tag, and sees it.
func TestChatWithChromium(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(chat(), web.Config{Logger: quiet}), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended below
	defer func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+home, "--virtual-time-budget=10000", "--timeout=60000", "--dump-dom", "http://"+port.Addr().String()+"/?name=Ada&say=%3Ci%3Ehello%3C/i%3E")
	cmd.Env = append(os.Environ(), "HOME="+home)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	for _, want := range []string{"connected</p>", "<b>Ada</b>has come", "<b>Ada</b>&lt;i&gt;hello&lt;/i&gt;"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if t.Failed() {
		_, body, _ := strings.Cut(string(out), "<main>")
		t.Log(body[:min(len(body), 900)])
	}
}
