// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/web/wsgi"
)

// An application behind HTTP/2 is told the version, gets large bodies, and answers several streams of a connection at once.
func TestHTTP2(t *testing.T) {
	x := start(t, wsgi.Config{Workers: 2})
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	x.client.Transport = &http.Transport{Protocols: &protocols}
	large := strings.Repeat("0123456789abcdef", 20000)
	var wg sync.WaitGroup
	for range 4 {
		for _, tt := range []struct{ method, path, in, want string }{
			{"GET", "/environ", "", "SERVER_PROTOCOL='HTTP/2.0'\n"},
			{"POST", "/echo", large, large},
			{"GET", "/write", "", "written first then yielded"},
			{"GET", "/large", "", "09990999"},
		} {
			wg.Go(func() {
				res, body, err := x.fetch(tt.method, tt.path, strings.NewReader(tt.in), "text/plain")
				if err != nil || res.ProtoMajor != 2 || res.StatusCode != 200 || !strings.Contains(body, tt.want) {
					t.Errorf("%s: %v, %v, %.300q", tt.path, err, res, body)
				}
			})
		}
	}
	wg.Wait()
	if res, _, err := x.fetch("HEAD", "/large", nil, ""); err != nil || res.StatusCode != 200 {
		t.Errorf("HEAD: %v, %v", err, res)
	}
	if status, body := x.get("/none"); status != 404 || body != "nothing here" {
		t.Errorf("got %d %q", status, body)
	}
}
