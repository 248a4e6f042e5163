// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

// listen runs a reactor with four loops on which f serves, and returns host and port.
func listen(t *testing.T, f protocol.Factory) string {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: 4, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	host := make(chan string, 1) // filled once
	r.CallWhenRunning(func() {
		port, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
			close(host)
			return
		}
		host <- port.Addr().String()
	})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	h, ok := <-host
	if !ok {
		t.FailNow()
	}
	return h
}

func TestOverSocketsWithNetHTTP(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	var root web.Tree
	root.PutChild("echo", web.Methods{"POST": func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) { r.Write(b) })
	}})
	root.PutChild("large", web.Get(func(r *web.Request) {
		r.Stream(func(yield func([]byte, error) bool) {
			for p := range slices.Chunk(large, 40000) {
				if !yield(p, nil) {
					return
				}
			}
		})
	}))
	root.PutChild("handler", web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })))
	url := "http://" + listen(t, web.NewSite(&root, web.Config{Logger: quiet}))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()

	fetch := func(method, path string, in []byte) (int, []byte) {
		req, err := http.NewRequest(method, url+path, bytes.NewReader(in))
		if err != nil {
			t.Error(err)
			return 0, nil
		}
		if strings.Contains(path, "chunked") {
			req.ContentLength = -1
		}
		res, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return 0, nil
		}
		defer res.Body.Close()
		out, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		return res.StatusCode, out
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				in := []byte(fmt.Sprint("body ", i, j))
				if code, out := fetch("POST", "/echo", in); code != 200 || !bytes.Equal(out, in) {
					t.Errorf("echo: %d %q", code, out)
				}
			}
			if code, out := fetch("GET", "/large", nil); code != 200 || !bytes.Equal(out, large) {
				t.Errorf("large: %d, %d bytes", code, len(out))
			}
			if code, out := fetch("POST", "/echo?chunked", large); code != 200 || !bytes.Equal(out, large) {
				t.Errorf("chunked echo: %d, %d bytes", code, len(out))
			}
			if code, out := fetch("POST", "/handler", large); code != 200 || !bytes.Equal(out, large) {
				t.Errorf("handler: %d, %d bytes", code, len(out))
			}
			if code, _ := fetch("GET", "/missing", nil); code != 404 {
				t.Errorf("missing: %d", code)
			}
		})
	}
	wg.Wait()
}
