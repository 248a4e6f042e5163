// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package compress_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
)

// listen serves root on a port of this machine until the test ends, and returns its URL.
func listen(t *testing.T, root web.Resource) string {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(root, web.Config{Logger: quiet}), reactor.ListenOptions{})
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
	})
	return "http://" + port.Addr().String()
}

func run(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name, "is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr.String())
	}
	return string(out)
}

// curl undoes what it was built with, of bodies that are coded at once, in pieces, and in threads.
func TestCurl(t *testing.T) {
	features := run(t, nil, "curl", "--version")
	large := strings.Repeat(text, 100) // 2 MB
	var root web.Tree
	root.PutChild("small", of("text/plain", text[:3000]))
	root.PutChild("large", web.Get(func(r *web.Request) { io.WriteString(r, large) }))
	root.PutChild("stream", web.Get(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for p := large; p != "" && yield([]byte(p[:5000]), nil); p = p[5000:] {
			}
		})
	}))
	url := listen(t, compress.New(&root, compress.Config{}))
	for coding, feature := range map[string]string{"gzip": "libz", "br": "brotli", "zstd": "zstd"} {
		if !strings.Contains(features, feature) {
			t.Log("curl was built without", coding)
			continue
		}
		for path, want := range map[string]string{"small": text[:3000], "large": large, "stream": large} {
			args := []string{"-sS", "-m", "50", "--compressed", "-H", "Accept-Encoding: " + coding, url + "/" + path}
			if got := run(t, nil, "curl", args...); got != want {
				t.Errorf("%s, %s: %d bytes, want %d", path, coding, len(got), len(want))
			}
			if head := run(t, nil, "curl", append(args, "-o", "/dev/null", "-D", "-")...); !strings.Contains(head, "Content-Encoding: "+coding) {
				t.Errorf("%s, %s: %s", path, coding, head)
			}
		}
	}
}

// Python's zlib reads what is flushed and what is whole.
func TestPythonZlib(t *testing.T) {
	_, body, _ := ask(t, compress.New(of("text/plain", text), compress.Config{}), "GET", "Accept-Encoding: gzip")
	got := run(t, []byte(body), "python3", "-c", "import sys, zlib; d = zlib.decompressobj(31); sys.stdout.buffer.write(d.decompress(sys.stdin.buffer.read())); assert d.eof and not d.unused_data")
	if got != text {
		t.Errorf("%d bytes, want %d", len(got), len(text))
	}
}
