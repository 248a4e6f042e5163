// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web/static"
)

// files serves a folder with f and d/x, and returns its URL and the path of f.
func files(tc *trial.Case, f, content string) (url, path string) {
	tc.Helper()
	dir := tc.TempDir()
	path = filepath.Join(dir, f)
	assert.NoError(tc, os.WriteFile(path, []byte(content), 0o644))
	assert.NoError(tc, os.Chtimes(path, time.Time{}, time.Date(2024, time.May, 1, 12, 0, 0, 0, time.UTC)))
	assert.NoError(tc, os.Mkdir(filepath.Join(dir, "d"), 0o755))
	assert.NoError(tc, os.WriteFile(filepath.Join(dir, "d", "x"), nil, 0o644))
	root, err := static.Dir(dir, static.Config{})
	assert.NoError(tc, err)
	tc.Cleanup(func() { root.Close() })
	return "http://" + serve(tc, root), path
}

func TestCurlRangesAndResume(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		content := strings.Repeat("0123456789abcdef", 40000) // 640000 bytes
		url, _ := files(tc, "f.bin", content)
		for r, want := range map[string]string{"0-9": content[:10], "-5": content[639995:], "639990-": content[639990:], "100-200000": content[100:200001], "-9999999": content} {
			if got := curl(tc, "-r", r, url+"/f.bin"); got != want {
				tc.Errorf("-r %s: %d bytes, want %d", r, len(got), len(want))
			}
		}
		for _, tt := range []struct {
			want string
			args []string
		}{
			{"416 ", []string{"-r", "640000-", url + "/f.bin"}}, // past the end
			{"304 ", []string{"-z", "1 Jan 2030", url + "/f.bin"}},
			{"301 " + url + "/d/?x=1", []string{url + "/d?x=1"}},
			// Class 15, by a client that sends paths as they are given.
			{"404 ", []string{"--path-as-is", url + "/../f.bin/../../etc/passwd"}},
			{"404 ", []string{"--path-as-is", url + "/%2e%2e/%2e%2e/etc/passwd"}},
			{"404 ", []string{"--path-as-is", url + "/..%2f..%2fetc/passwd"}},
			{"404 ", []string{"--path-as-is", url + "/f.bin%00"}},
			{"404 ", []string{"--path-as-is", url + "/d%5c..%5cf.bin"}},
			{"404 ", []string{"--path-as-is", url + "/%c0%ae%c0%ae/etc/passwd"}},
			{"404 ", []string{"--path-as-is", url + "/%ff"}},
		} {
			got := curl(tc, append(tt.args, "-o", os.DevNull, "-w", "%{http_code} %{redirect_url}")...)
			assert.Equal(assert.Check(tc), got, tt.want, "%q", tt.args)
		}
		part := filepath.Join(tc.TempDir(), "part")
		resumed := func(fetch func()) {
			tc.Helper()
			assert.NoError(tc, os.WriteFile(part, []byte(content[:123456]), 0o600))
			fetch()
			if got, err := os.ReadFile(part); err != nil || string(got) != content {
				tc.Errorf("%d bytes, %v", len(got), err)
			}
		}
		resumed(func() { curl(tc, "-C", "-", "-o", part, url+"/f.bin") })
		resumed(func() {
			_, err := run(tc, "wget", "-q", "-T", "50", "-c", "-O", part, url+"/f.bin")
			assert.NoError(tc, err)
		})
	})
}

// Python's email parser, which knows nothing of HTTP, reads the parts.
func TestMultipartByPython(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		url, path := files(tc, "f.txt", strings.Repeat("0123456789abcdef", 20000))
		got, err := run(tc, "python3", "-c", `
import sys, urllib.request, email
request = urllib.request.Request(sys.argv[1], headers={"Range": "bytes=0-1,100-200099,-3,319990-"})
with urllib.request.urlopen(request, timeout=50) as response:
    body = response.read()
    assert response.status == 206 and len(body) == int(response.headers["Content-Length"]), response.headers
    message = email.message_from_bytes(b"Content-Type: " + response.headers["Content-Type"].encode() + b"\r\n\r\n" + body)
for part in message.get_payload():
    print(part["Content-Range"], part["Content-Type"], part.get_payload() == (open(sys.argv[2]).read())[int(part["Content-Range"][6:].split("-")[0]):][:len(part.get_payload())], len(part.get_payload()))
`, url+"/f.txt", path)
		assert.NoError(tc, err)
		assert.Equal(tc, got, `bytes 0-1/320000 text/plain; charset=utf-8 True 2
bytes 100-200099/320000 text/plain; charset=utf-8 True 200000
bytes 319990-319999/320000 text/plain; charset=utf-8 True 10
`)
	})
}
