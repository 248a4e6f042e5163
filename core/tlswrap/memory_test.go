// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"runtime"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
)

// TestHeapOfIdleConnections measures what an established connection that is idle holds on the server: crypto/tls's state, its certificate and buffers, and ours.
// The limits are far above what was measured (see docs/design/002-tls.md); they are there to notice a buffer that is kept.
func TestHeapOfIdleConnections(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector has a heap of its own")
	}
	const n = 2000
	forEachVersion(t, func(t *testing.T, version uint16) {
		sl, cl := server(t, options(serverConfig(version))), client(t, options(clientConfig(version)))
		goroutinesBefore := runtime.NumGoroutine()
		conns := make([]*pipeEnd, 0, n)
		empty := heap()
		for range n {
			loop := &nullLoop{}
			a, b := newPipe(loop)
			a.proto, b.proto = wrap(t, sl, new(protocol.Base)), wrap(t, cl, &sender{})
			a.proto.ConnectionMade(a)
			b.proto.ConnectionMade(b)
			exchange(a, b)
			if c, ok := protocol.As[*sender](b.proto); ok {
				c.t.Write([]byte("one small message"))
			}
			exchange(a, b)
			a.out, a.peer, a.loop.due = nil, nil, nil
			conns = append(conns, a)
		}
		if g := goroutines(goroutinesBefore); g > goroutinesBefore {
			t.Errorf("%d goroutines for %d connections", g-goroutinesBefore, n)
		}
		each := (heap() - empty) / n
		runtime.KeepAlive(conns)
		t.Logf("%d bytes for each idle connection", each)
		if each > 12000 {
			t.Errorf("%d bytes for each idle connection", each)
		}
	})
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
