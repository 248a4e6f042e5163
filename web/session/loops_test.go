// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/session"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// Four loops share the sessions, which are rotated and pushed out meanwhile.
func TestSeveralLoops(t *testing.T) {
	for name, config := range map[string]session.Config{"memory": {MaxSessions: 4}, "files": {Store: files(t)}} {
		t.Run(name, func(t *testing.T) {
			quiet := slog.New(slog.DiscardHandler)
			r, err := reactor.New(reactor.Config{Loops: 4, Logger: quiet})
			if err != nil {
				t.Fatal(err)
			}
			m := session.New(config)
			port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(counter(m), web.Config{Logger: quiet}), reactor.ListenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- r.Run(context.Background()) }() // ended below
			url := "http://" + port.Addr().String()
			fetch := func(tr *http.Transport, path, cookie string) (string, string) {
				req, _ := http.NewRequest("GET", url+path, nil)
				req.Header.Set("Cookie", "TORSION_SESSION="+cookie)
				res, err := tr.RoundTrip(req)
				if err != nil {
					t.Error(err)
					return "", ""
				}
				b, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode >= 400 {
					t.Errorf("%s: %d, %v", path, res.StatusCode, err)
				}
				for _, c := range res.Cookies() {
					cookie = c.Value
				}
				return string(b), cookie
			}
			first := new(http.Transport)
			_, shared := fetch(first, "/", "")
			first.CloseIdleConnections()
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					tr := new(http.Transport)
					defer tr.CloseIdleConnections()
					cookie := shared
					for j := range 20 {
						path := "/"
						if i == 0 && j%5 == 4 {
							path = "/login"
						}
						if i == 1 && j%10 == 9 {
							path = "/logout"
						}
						_, cookie = fetch(tr, path, cookie)
					}
				})
			}
			wg.Wait()
			r.Stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if n := m.Len(); config.MaxSessions > 0 && n > config.MaxSessions {
				t.Error(fmt.Sprint(n, " sessions in memory"))
			}
		})
	}
}
