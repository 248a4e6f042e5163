// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

var huge = flag.Int64("huge", 0, "have TestH2Huge move bodies of so many bytes, 1<<30 for one")

// zeros is a body of zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// memory returns what the heap has taken from the system.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapSys - m.HeapReleased
}

// Bodies of any size pass through little memory: up, down by Stream, and down from a file.
func TestH2Huge(t *testing.T) {
	size := max(*huge, 32<<20)
	var root web.Tree
	root.PutChild("up", web.Methods{"PUT": func(r *web.Request) {
		n := int64(0)
		r.SetMaxBody(size)
		r.NotDoneYet()
		r.StreamBody(func(p []byte) { n += int64(len(p)) }, func(err error) {
			fmt.Fprintf(r, "%d, error %t", n, err != nil)
			r.Finish()
		})
	}})
	root.PutChild("down", web.Get(func(r *web.Request) {
		piece := make([]byte, 65536)
		r.Stream(func(yield func([]byte, error) bool) {
			for left := size; left > 0; left -= int64(len(piece)) {
				if piece = piece[:min(left, int64(len(piece)))]; !yield(piece, nil) {
					return
				}
			}
		})
	}))
	name := filepath.Join(t.TempDir(), "huge")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
	root.PutChild("file", web.Get(func(r *web.Request) {
		f, err := os.Open(name)
		if err != nil {
			r.Error(500, "")
			return
		}
		r.NotifyEnd(func(error) { f.Close() })
		r.SendFile(f, 0, size, func(err error) {
			if err == nil {
				r.Finish()
			}
		})
	}))
	addr := listen(t, protocol.Factory(web.NewSite(&root, web.Config{Logger: quiet})))
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	curl := func(in io.Reader, args ...string) string {
		cmd := exec.CommandContext(t.Context(), path, append([]string{"-s", "--http2-prior-knowledge", "--max-time", "500"}, args...)...)
		cmd.Stdin = in
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%q: %v", args, err)
		}
		return string(out)
	}
	before := memory()
	if got, want := curl(io.LimitReader(zeros{}, size), "-T", "-", "http://"+addr+"/up"), fmt.Sprintf("%d, error false", size); got != want {
		t.Errorf("up: got %q, want %q", got, want)
	}
	for _, url := range []string{"/down", "/file"} {
		if got, want := curl(nil, "-o", os.DevNull, "-w", "%{size_download}", "http://"+addr+url), fmt.Sprint(size); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
	if grown := int64(memory()) - int64(before); grown > 24<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		t.Logf("%d bytes each way; %s", size, strings.Join(regexp.MustCompile(`Vm(HWM|RSS):\s+(\d+ kB)`).FindAllString(string(status), -1), ", "))
	}
}
