// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckLoopback(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1:0": true, "127.9.9.9:80": true, "[::1]:80": true, "localhost:80": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "192.0.2.1:80": false, "example.org:80": false, "80": false,
	} {
		if err := checkLoopback(address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestServeProfile(t *testing.T) {
	for _, tt := range []struct {
		host, path string
		status     int
		begins     string
	}{
		{"127.0.0.1:1", "/debug/pprof/", 200, "profile\ntrace\n"},
		{"localhost", "/debug/pprof/heap", 200, "\x1f\x8b"},
		{"[::1]:1", "/debug/pprof/goroutine?debug=2", 200, "goroutine "},
		{"127.0.0.1:1", "/debug/pprof/profile?seconds=x", 400, "seconds: "},
		{"127.0.0.1:1", "/debug/pprof/profile?seconds=601", 400, "seconds: "},
		{"127.0.0.1:1", "/debug/pprof/profile?seconds=1", 200, "\x1f\x8b"},
		{"127.0.0.1:1", "/debug/pprof/trace?seconds=1", 200, "go 1."},
		{"127.0.0.1:1", "/debug/pprof/nosuch", 404, ""},
		{"127.0.0.1:1", "/", 404, ""},
		{"evil.example", "/debug/pprof/heap", 404, ""},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // so that what takes a time ends at once
		r := httptest.NewRequest("GET", tt.path, nil).WithContext(ctx)
		r.Host = tt.host
		w := httptest.NewRecorder()
		serveProfile(w, r)
		if body := w.Body.String(); w.Code != tt.status || !strings.HasPrefix(body, tt.begins) {
			t.Errorf("%s%s: %d, %.20q", tt.host, tt.path, w.Code, body)
		}
	}
}

// TestDebug asks a program that runs.
func TestDebug(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := testApp()
	out, in := io.Pipe()
	a.Notify = &notes{ready: func() { in.Close() }} // the log is done with
	var log bytes.Buffer
	status := make(chan int)
	go func() { // ends with the program
		status <- Run(ctx, a, []string{"--debug", "127.0.0.1:0", "probe"}, Stdio{nil, in, io.Discard})
	}()
	io.Copy(&log, out)
	_, url, _ := strings.Cut(log.String(), `"url":"`)
	url, _, _ = strings.Cut(url, `"`)
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), "goroutine") {
		t.Errorf("%d, %q, %v", resp.StatusCode, body, err)
	}
	cancel()
	if code := <-status; code != 0 {
		t.Errorf("status %d", code)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("it is still served")
	}
}

func TestProfile(t *testing.T) {
	for _, profiler := range profilers {
		file := filepath.Join(t.TempDir(), "p")
		code, _, errs := run(t, "--profile", file, "--profiler", profiler, "probe")
		text, err := os.ReadFile(file)
		begins := "\x1f\x8b" // what pprof reads is compressed
		if profiler == "trace" {
			begins = "go 1."
		}
		if code != 0 || err != nil || !bytes.HasPrefix(text, []byte(begins)) {
			t.Errorf("%s: status %d, %.10q, %v, %s", profiler, code, text, err, errs)
		}
	}
}
