// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"net"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// bridge drives p over nc, on the caller's goroutine, until the connection is lost. fed is called after each delivery.
func bridge(t testing.TB, nc net.Conn, p protocol.Protocol, fed ...func()) {
	t.Helper()
	st := protocoltest.NewStringTransport()
	in, out := make(chan []byte), make(chan []byte, 4096) // 4096: more than any of these tests writes at a time
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() { // ends with nc
		for {
			b := make([]byte, 16384)
			n, err := nc.Read(b)
			if n > 0 {
				select {
				case in <- b[:n]:
				case <-stop:
				}
			}
			if err != nil {
				select {
				case in <- nil:
				case <-stop:
				}
				return
			}
		}
	})
	written := make(chan struct{})
	wg.Go(func() { // ends with out
		defer close(written)
		for b := range out {
			if _, err := nc.Write(b); err != nil {
				return
			}
		}
	})
	st.Connect(p)
	for {
		for st.Clock.Posted() > 0 || dueNow(st.Clock) {
			st.Clock.Advance(0)
		}
		if s := st.Take(); s != "" {
			out <- []byte(s)
		}
		if st.Disconnected() {
			break
		}
		if b := <-in; b != nil {
			st.Feed(b)
			for _, f := range fed {
				f()
			}
		} else {
			st.FeedEOF()
		}
	}
	close(stop)
	close(out)
	<-written
	nc.Close()
	wg.Wait()
}

func dueNow(c *protocoltest.Clock) bool {
	calls := c.Calls()
	return len(calls) > 0 && !calls[0].Time().After(c.Now())
}
