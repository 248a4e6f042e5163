// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bufio"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/web/compress"
	"github.com/torsion-go/torsion/web/sse"
)

func TestEventsOfCurl(t *testing.T) {
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is missing")
	}
	for _, version := range []string{"--http1.0", "--http1.1", "--http2-prior-knowledge"} {
		t.Run(version, func(t *testing.T) {
			trial.Run(t, func(tc *trial.Case) {
				h := sse.NewHub(sse.HubConfig{Stream: sse.Config{Retry: 5 * time.Second}})
				host := serve(tc, compress.New(h, compress.Config{Types: []string{"text/event-stream"}}))
				h.Publish(sse.Event{ID: "1", Data: "old"})
				h.Publish(sse.Event{ID: "2", Data: "missed"})
				cmd := exec.CommandContext(tc.Context(), path, "-sSN", "--compressed", version, "--max-time", "120", "-H", "Last-Event-ID: 1", "http://"+host)
				out, err := cmd.StdoutPipe()
				assert.NoError(tc, err)
				assert.NoError(tc, cmd.Start())
				read := func(f func() ([]byte, error)) string {
					tc.Helper()
					return string(trial.Must(tc, deferred.ToThread(tc.Reactor(), f)))
				}
				in := bufio.NewReader(out)
				expect := func(text string) {
					tc.Helper()
					assert.Equal(tc, read(func() ([]byte, error) {
						got := make([]byte, len(text))
						_, err := io.ReadFull(in, got)
						return got, err
					}), text)
				}
				expect("retry: 5000\n\nid: 2\ndata: missed\n\n")
				h.Publish(sse.Event{ID: "3", Name: "n", Data: "a\nb"}) // it comes at once, not when a buffer is full
				expect("id: 3\nevent: n\ndata: a\ndata: b\n\n")
				h.Close()
				assert.Equal(tc, read(func() ([]byte, error) { return io.ReadAll(in) }), "")
				assert.NoError(tc, cmd.Wait())
			})
		})
	}
}
