// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// listen serves dir on a port of this machine until the test ends, and returns its URL.
func listen(t *testing.T, dir string, config static.Config) string {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	files, err := static.Dir(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(files, web.Config{Logger: quiet}), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		files.Close()
	})
	return "http://" + port.Addr().String()
}

// run runs a program and returns what it prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name, "is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr.String())
	}
	return string(out)
}

func TestCurlRangesAndResume(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 40000) // 640000 bytes
	dir := tree(t, map[string]string{"f.bin": content, "d/x": ""})
	url := listen(t, dir, static.Config{})
	curl := func(args ...string) string {
		return run(t, "curl", append([]string{"-sS", "-m", "50"}, args...)...)
	}
	for r, want := range map[string]string{"0-9": content[:10], "-5": content[639995:], "639990-": content[639990:], "100-200000": content[100:200001], "-9999999": content} {
		if got := curl("-r", r, url+"/f.bin"); got != want {
			t.Errorf("-r %s: %d bytes, want %d", r, len(got), len(want))
		}
	}
	if got := curl("-o", os.DevNull, "-w", "%{http_code}", "-r", "640000-", url+"/f.bin"); got != "416" {
		t.Errorf("past the end: got %s", got)
	}
	for name, resume := range map[string]func(path string){
		"curl": func(path string) { curl("-C", "-", "-o", path, url+"/f.bin") },
		"wget": func(path string) { run(t, "wget", "-q", "-T", "50", "-c", "-O", path, url+"/f.bin") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "part")
			if err := os.WriteFile(path, []byte(content[:123456]), 0o600); err != nil {
				t.Fatal(err)
			}
			resume(path)
			if got, err := os.ReadFile(path); err != nil || string(got) != content {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	// Class 15, by a client that sends paths as they are given.
	for _, path := range []string{"/../f.bin/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/f.bin%00", "/d%5c..%5cf.bin", "/%c0%ae%c0%ae/etc/passwd", "/%ff"} {
		if got := curl("--path-as-is", "-o", os.DevNull, "-w", "%{http_code}", url+path); got != "404" {
			t.Errorf("%s: got %s", path, got)
		}
	}
	if got := curl("-z", "1 Jan 2030", "-o", os.DevNull, "-w", "%{http_code}", url+"/f.bin"); got != "304" {
		t.Errorf("-z: got %s", got)
	}
	if got := curl("-o", os.DevNull, "-w", "%{http_code} %{redirect_url}", url+"/d?x=1"); got != "301 "+url+"/d/?x=1" {
		t.Errorf("directory: got %s", got)
	}
}

// Python's email parser, which knows nothing of HTTP, reads the parts.
func TestMultipartByPython(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 20000)
	url := listen(t, tree(t, map[string]string{"f.txt": content}), static.Config{})
	const program = `
import sys, urllib.request, email
request = urllib.request.Request(sys.argv[1], headers={"Range": "bytes=0-1,100-200099,-3,319990-"})
with urllib.request.urlopen(request, timeout=50) as response:
    body = response.read()
    assert response.status == 206 and len(body) == int(response.headers["Content-Length"]), response.headers
    message = email.message_from_bytes(b"Content-Type: " + response.headers["Content-Type"].encode() + b"\r\n\r\n" + body)
for part in message.get_payload():
    print(part["Content-Range"], part["Content-Type"], part.get_payload() == (open(sys.argv[2]).read())[int(part["Content-Range"][6:].split("-")[0]):][:len(part.get_payload())], len(part.get_payload()))
`
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "bytes 0-1/320000 text/plain; charset=utf-8 True 2\nbytes 100-200099/320000 text/plain; charset=utf-8 True 200000\nbytes 319990-319999/320000 text/plain; charset=utf-8 True 10\n"
	if got := run(t, "python3", "-c", program, url+"/f.txt", file); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
