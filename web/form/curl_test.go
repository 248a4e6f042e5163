// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/form"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var huge = flag.Bool("huge", false, "upload 1 GiB by curl and watch the memory")

// serve runs a site on a reactor and returns its URL.
func serve(t *testing.T, root web.Resource) string {
	t.Helper()
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
	return "http://" + port.Addr().String() + "/"
}

func curl(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is missing")
	}
	out, err := exec.CommandContext(t.Context(), path, append([]string{"-sS", "--max-time", "120"}, args...)...).CombinedOutput()
	if err != nil {
		t.Errorf("curl: %v: %s", err, out)
	}
	return string(out)
}

func TestCurl(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("names of files have no quotes there")
	}
	dir, spool := t.TempDir(), t.TempDir()
	small, large := filepath.Join(dir, `sm"all.txt`), filepath.Join(dir, "large.bin")
	if err := os.WriteFile(small, []byte("small"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, []byte(strings.Repeat("0123456789\r\n--", 80000)), 0o600); err != nil {
		t.Fatal(err)
	}
	url := serve(t, describe(form.Config{Dir: spool}))
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-d", "a=1&a=2", "-d", "b="}, `a=["1" "2"] b=[""] `},
		{[]string{"--data-urlencode", "a=x y&ü"}, `a=["x y&ü"] `},
		{[]string{"-X", "PUT", "-F", "a=1", "-F", "f=@" + strings.ReplaceAll(small, `"`, `\"`)}, `a=["1"] f: sm"all.txt text/plain 5 disk=false `},
		{[]string{"-F", `f=@"` + strings.ReplaceAll(small, `"`, `\"`) + `"`, "-F", "f=@" + large + ";type=x/y;filename=n.bin", "-H", "Expect: 100-continue"},
			`f: sm"all.txt text/plain 5 disk=false f: n.bin x/y 1120000 disk=true `},
		{[]string{"-H", "Transfer-Encoding: chunked", "-F", "f=@" + large}, `f: large.bin application/octet-stream 1120000 disk=true `},
		{[]string{"-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: multipart/form-data; boundary=zz", "--data-binary", "@" + large}, "400"},
	} {
		if strings.HasPrefix(tt.args[1], "PUT") {
			tt.args[5] = `f=@"` + strings.ReplaceAll(small, `"`, `\"`) + `"`
		}
		if got := curl(t, append(tt.args, url)...); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.args, got, tt.want)
		}
	}
	gone(t, spool)
}

// gone waits until the threads have removed the temporary files.
func gone(t *testing.T, dir string) {
	t.Helper()
	for len(list(t, dir)) > 0 {
		if t.Context().Err() != nil {
			t.Fatalf("left in the folder: %q", list(t, dir))
		}
		runtime.Gosched()
	}
}

// 1 GiB to the disk within 64 MiB of memory.
func TestHugeUpload(t *testing.T) {
	if !*huge {
		t.Skip("without -huge")
	}
	const size = 1 << 30
	spool, path := t.TempDir(), filepath.Join(t.TempDir(), "huge")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	url := serve(t, web.Func(func(r *web.Request) {
		web.Later(r, form.Parse(r, form.Config{Dir: spool, MaxSize: 2 << 30}), func(f *form.Form) {
			fmt.Fprint(r, f.Files["f"][0].Size)
		})
	}))
	var most atomic.Uint64
	stop, watched := make(chan struct{}), make(chan struct{})
	go func() { // ended below
		defer close(watched)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.Sys-m.HeapReleased))
			}
		}
	}()
	began := time.Now()
	got := curl(t, "-F", "f=@"+path, url)
	took := time.Since(began)
	close(stop)
	<-watched
	t.Logf("%d MiB of memory at most, %.1f s", most.Load()>>20, took.Seconds())
	if got != fmt.Sprint(size) || most.Load() > 64<<20 {
		t.Errorf("got %s, %d MiB of memory", got, most.Load()>>20)
	}
	gone(t, spool)
}
