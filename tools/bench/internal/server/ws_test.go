// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// webSocket connects by a library.
func webSocket(t *testing.T, p *process) net.Conn {
	t.Helper()
	c := dial(t, "tcp", p.addr)
	r, _, err := ws.Dialer{}.Upgrade(c, &url.URL{Scheme: "ws", Host: p.addr, Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		t.Fatal("the server sends before it was sent anything")
	}
	return c
}

// exchange sends a frame and expects one that says the same.
func exchange(t *testing.T, c net.Conn, op, back ws.OpCode, text string) {
	t.Helper()
	if err := ws.WriteFrame(c, ws.MaskFrame(ws.NewFrame(op, true, []byte(text)))); err != nil {
		t.Fatal(err)
	}
	expect(t, c, back, text)
}

func expect(t *testing.T, c net.Conn, op ws.OpCode, text string) {
	t.Helper()
	f, err := readFrame(c)
	if err != nil || !f.Header.Fin || f.Header.Rsv != 0 || f.Header.OpCode != op || f.Header.Masked || string(f.Payload) != text {
		t.Fatalf("got %+v, %d bytes, %v; want %v of %d bytes", f.Header, len(f.Payload), err, op, len(text))
	}
}

func TestWebSocket(t *testing.T) {
	each(t, WS, func(t *testing.T, p *process) {
		a, b := webSocket(t, p), webSocket(t, p)
		for _, size := range []int{64, 1, 125, 126, 4 << 10, 9 << 10, 1000} {
			for _, c := range []net.Conn{a, b} {
				exchange(t, c, ws.OpText, ws.OpText, strings.Repeat("é", size/2)+strings.Repeat("x", size%2))
				exchange(t, c, ws.OpBinary, ws.OpBinary, string(random(size)))
			}
		}
		exchange(t, a, ws.OpPing, ws.OpPong, "")
		// A frame in two parts, the second of which ends another one.
		var wire bytes.Buffer
		for _, text := range []string{"one", "two"} {
			ws.MustWriteFrame(&wire, ws.MaskFrame(ws.NewTextFrame([]byte(text))))
		}
		if _, err := io.CopyN(a, &wire, 5); err != nil {
			t.Fatal(err)
		}
		if _, err := wire.WriteTo(a); err != nil {
			t.Fatal(err)
		}
		expect(t, a, ws.OpText, "one")
		expect(t, a, ws.OpText, "two")
		// The end of one is no matter for the others.
		a.Close()
		exchange(t, b, ws.OpText, ws.OpText, "still here")
		if err := wsutil.WriteClientMessage(b, ws.OpClose, ws.NewCloseFrameBody(ws.StatusNormalClosure, "")); err != nil {
			t.Fatal(err)
		}
		if f, err := readFrame(b); err != nil || f.Header.OpCode != ws.OpClose {
			t.Errorf("the answer to a Close is %+v, %v", f.Header, err)
		}
	})
}

func TestRoom(t *testing.T) {
	each(t, WSRoom, func(t *testing.T, p *process) {
		var conns []net.Conn
		for range 20 {
			c := webSocket(t, p)
			exchange(t, c, ws.OpPing, ws.OpPong, "") // it is a member now
			conns = append(conns, c)
		}
		for k, text := range []string{"hello", strings.Repeat("x", 100)} {
			if err := ws.WriteFrame(conns[k], ws.MaskFrame(ws.NewTextFrame([]byte(text)))); err != nil {
				t.Fatal(err)
			}
			for _, c := range conns {
				expect(t, c, ws.OpText, text)
			}
		}
		// Those that have gone are no matter for the others.
		for _, c := range conns[:10] {
			c.Close()
		}
		conns = conns[10:]
		if err := ws.WriteFrame(conns[0], ws.MaskFrame(ws.NewTextFrame([]byte("still here")))); err != nil {
			t.Fatal(err)
		}
		for _, c := range conns {
			expect(t, c, ws.OpText, "still here")
		}
	})
}

// readFrame reads a frame of at most 1 MiB.
func readFrame(r io.Reader) (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(r); err != nil {
		return f, err
	}
	if f.Header.Length > 1<<20 {
		return f, ws.ErrHeaderLengthUnexpected
	}
	f.Payload = make([]byte, f.Header.Length)
	_, err = io.ReadFull(r, f.Payload)
	return f, err
}
