// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

func TestEcho(t *testing.T) {
	s := start(t, 1, "echo", "--listen", "tcp:0:interface=127.0.0.1:loops=2", "--loops", "2", "--log-format", "json")
	var conns []net.Conn
	for range 4 {
		c, err := net.Dial("tcp", s.addresses[0])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute))
		conns = append(conns, c)
	}
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB: more than a server may hold for one that does not read
	for _, c := range conns {
		written := make(chan error, 1)
		go func() { // ends below
			_, err := c.Write(sent)
			written <- err
		}()
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("what came back is not what was sent: %v", err)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	}
	if code := s.stop(); code != 0 { // with connections
		t.Errorf("exit status %d:\n%s", code, s.lines.String())
	}
	for _, c := range conns {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a connection is still there")
		}
	}
}
