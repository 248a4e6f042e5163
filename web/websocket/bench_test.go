// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/ws"
	"github.com/torsion-go/torsion/web/websocket"
)

// raw opens a WebSocket by hand.
func raw(tb testing.TB, addr string) net.Conn {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, handshake+"Origin: http://server.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"+deflate+"\r\n"); err != nil {
		tb.Fatal(err)
	}
	head := make([]byte, 0, 1000)
	for !strings.HasSuffix(string(head), "\r\n\r\n") {
		n, err := c.Read(head[len(head):cap(head)])
		if err != nil {
			tb.Fatal(err)
		}
		head = head[:len(head)+n]
	}
	return c
}

// BenchmarkEcho is the echo of short and longer messages by 64 connections.
func BenchmarkEcho(b *testing.B) {
	for name, size := range map[string]int{"64B": 64, "4KiB": 4096} {
		b.Run(name, func(b *testing.B) {
			_, addr := run(b, serve(websocket.Func(echo), websocket.Config{}), 1)
			w := ws.NewWriter(ws.Client, nil, nil)
			message := w.AppendMessage(nil, ws.Binary, make([]byte, size))
			conns := make([]net.Conn, 64)
			for i := range conns {
				conns[i] = raw(b, addr)
			}
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i, c := range conns {
				all.Go(func() {
					answer := make([]byte, len(message)-4)
					for range b.N/len(conns) + min(1, max(0, b.N%len(conns)-i)) {
						if _, err := c.Write(message); err != nil {
							b.Error(err)
							return
						}
						if _, err := io.ReadFull(c, answer); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// What a connection holds that is quiet, client's socket and all: see docs/websocket.md.
func TestIdleMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector needs memory of its own")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the portable poller has a goroutine for each connection")
	}
	const n, most = 400, 3000
	s := serve(websocket.Base{}, websocket.Config{})
	r, addr := run(t, s, 1)
	raw(t, addr)
	heap := func() int64 {
		await(t, r, func() *deferred.Deferred[struct{}] { return deferred.SucceedOn(protocol.Loop(r), struct{}{}) })
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	conns := make([]net.Conn, n)
	before := heap()
	for i := range conns {
		conns[i] = raw(t, addr)
	}
	each := (heap() - before) / n
	t.Logf("%d bytes for each connection, the client's end included", each)
	if each > most {
		t.Errorf("%d bytes for each connection", each)
	}
	runtime.KeepAlive(conns)
}
