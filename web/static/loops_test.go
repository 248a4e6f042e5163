// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// Four loops serve one Files, with the reading of large files and of directories in threads, and one access log.
func TestSeveralLoops(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<14) // 256 KiB
	dir := tree(t, map[string]string{"small.txt": "small", "large.bin": large, "LICENSE": "MIT", "d/x": ""})
	files, err := static.Dir(dir, static.Config{Listing: true, Precompressed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	quiet := slog.New(slog.DiscardHandler)
	r, err := reactor.New(reactor.Config{Loops: 4, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	site := web.NewSite(files, web.Config{Logger: quiet, AccessLog: web.CombinedLog(io.Discard)})
	port, err := r.ListenTCP("127.0.0.1:0", site, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended below
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 5 {
				for path, want := range map[string]string{"/small.txt": "small", "/large.bin": large, "/LICENSE": "MIT", "/d/": "<bdi>d</bdi></h1>", "/none": "404"} {
					res, err := client.Get("http://" + port.Addr().String() + path)
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(res.Body)
					res.Body.Close()
					if err != nil || !strings.Contains(string(got), want) {
						t.Errorf("%s: %d bytes, %v", path, len(got), err)
					}
				}
			}
		})
	}
	wg.Wait()
	client.CloseIdleConnections()
	r.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
