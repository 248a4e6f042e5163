// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	"golang.org/x/sys/unix"
)

// webSocketServer echoes, by a library.
func webSocketServer(t *testing.T, what fault) *faulty {
	f := &faulty{fault: what}
	f.listen(t, nil, func(c net.Conn) {
		if _, err := ws.Upgrade(c); err != nil {
			return
		}
		for {
			frame, err := readFrame(c)
			if err != nil || !frame.Header.Masked || frame.Header.OpCode == ws.OpText && !utf8.Valid(ws.UnmaskFrame(frame).Payload) {
				return
			}
			back, err := ws.CompileFrame(ws.NewFrame(frame.Header.OpCode, true, ws.UnmaskFrame(frame).Payload))
			if err != nil {
				return
			}
			out, more := f.spoil(back)
			if _, err := c.Write(out); err != nil || !more {
				return
			}
		}
	})
	return f
}

// Frames of the client are what a library reads, whatever their length.
func TestMasker(t *testing.T) {
	m, text := newMasker(70_000), strings.Repeat("0123456789", 7000)
	for _, n := range []int{0, 1, 125, 126, 65535, 65536, 70_000} {
		got, err := readFrame(bytes.NewReader(m.frame(opBinary, []byte(text[:n]))))
		if err != nil || !got.Header.Fin || got.Header.OpCode != ws.OpBinary || !got.Header.Masked || string(ws.UnmaskFrame(got).Payload) != text[:n] {
			t.Errorf("%d bytes: %+v, %v", n, got.Header, err)
		}
	}
}

// Frames of the server are understood wherever they are cut.
func TestFrameReader(t *testing.T) {
	text := strings.Repeat("0123456789", 7000)
	for _, n := range []int{0, 1, 125, 126, 65535, 65536} {
		wire := append(ws.MustCompileFrame(ws.NewTextFrame([]byte(text[:n]))), ws.MustCompileFrame(ws.NewPingFrame(nil))...)
		for _, size := range []int{1, 2, 3, 7, 13, 1000, len(wire)} {
			var f frameReader
			got, ops, complete := make([]byte, 0, n), "", 0
			for rest := wire; len(rest) > 0; {
				p := rest[:min(size, len(rest))]
				for rest = rest[len(p):]; len(p) > 0; {
					op, part, last, left, err := f.next(p)
					if err != nil {
						t.Fatal(err)
					}
					got, p = append(got, part...), left
					if last {
						complete++
						ops += string('a' + rune(op))
					}
				}
			}
			if string(got) != text[:n] || complete != 2 || ops != "bj" || !f.between() {
				t.Errorf("%d bytes in pieces of %d: %d came, %d frames, %q", n, size, len(got), complete, ops)
			}
		}
	}
	for _, bad := range []string{"\x01\x00", "\x80\x00", "\xc1\x00", "\x81\x80", "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"} {
		var f frameReader
		if _, _, _, _, err := f.next([]byte(bad)); !errors.Is(err, errFrame) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A handshake that is not right is an error.
func TestHandshakeFaults(t *testing.T) {
	const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for _, tt := range []struct{ answer, want string }{
		{switching + "Sec-WebSocket-Accept: nonsense\r\n\r\n", "nonsense"},
		{switching + "Sec-WebSocket-Accept: " + shakeAccept + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "permessage-deflate"},
		{"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"},
		{switching + "Sec-WebSocket-Accept: " + shakeAccept + "\r\n\r\n\x89\x00", errSurplus.Error()},
		{strings.Repeat("x", 5000), errWrong.Error()},
		{"", errClosed.Error()},
	} {
		f := &faulty{}
		f.listen(t, nil, func(c net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				io.WriteString(c, tt.answer)
			}
		})
		if _, err := (WS{Conns: 1, Size: 64}).Run(Config{Addr: f.addr, Length: 20 * time.Second}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.40q: %v, want %q", tt.answer, err, tt.want)
		}
	}
}

// roomServer sends each message to all: what change makes of it for the connection that came as number k.
func roomServer(t *testing.T, change func(k int, frame []byte) []byte) *faulty {
	f := &faulty{}
	var mu sync.Mutex
	var members []net.Conn
	f.listen(t, nil, func(c net.Conn) {
		if _, err := ws.Upgrade(c); err != nil {
			return
		}
		mu.Lock()
		members = append(members, c)
		mu.Unlock()
		for {
			frame, err := readFrame(c)
			if err != nil {
				return
			}
			switch frame.Header.OpCode {
			case ws.OpPing:
				c.Write(append(ws.MustCompileFrame(ws.NewPongFrame(nil)), ws.MustCompileFrame(ws.NewPingFrame(nil))...))
			case ws.OpPong:
				f.answers.Add(1)
			case ws.OpText:
				mu.Lock()
				for k, m := range members {
					m.Write(change(k, ws.MustCompileFrame(ws.NewTextFrame(ws.UnmaskFrame(frame).Payload))))
				}
				mu.Unlock()
			}
		}
	})
	return f
}

func openRoom(t *testing.T, f *faulty, conns ...int) *Room {
	t.Helper()
	r, err := OpenRoom(Config{Addr: f.addr, Source: local})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	for _, n := range conns {
		if err := r.Grow(n); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestRoom(t *testing.T) {
	f := roomServer(t, func(_ int, frame []byte) []byte { return frame })
	r := openRoom(t, f, 1, 70, 20)
	if r.Conns() != 70 {
		t.Errorf("there are %d connections", r.Conns())
	}
	for round := 1; round <= 3; round++ {
		said, err := r.Say(round)
		if err != nil {
			t.Fatal(err)
		}
		for {
			if at, have := r.Have(round); have {
				if at < said {
					t.Errorf("message %d came at %v, and was sent at %v", round, at, said)
				}
				break
			}
			if err := r.Pump(); err != nil {
				t.Fatal(err)
			}
		}
		if _, have := r.Have(round + 1); have {
			t.Error("they have what was not sent yet")
		}
	}
	for f.answers.Load() < 70 { // the Pongs
		if err := r.Pump(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoomFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(k int, frame []byte) []byte
		want   error
	}{
		"wrong":  {func(_ int, frame []byte) []byte { frame[50] ^= 1; return frame }, errWrong},
		"short":  {func(int, []byte) []byte { return ws.MustCompileFrame(ws.NewTextFrame([]byte("message"))) }, errWrong},
		"long":   {func(_ int, frame []byte) []byte { frame[1]++; return append(frame, 'x') }, errWrong},
		"binary": {func(_ int, frame []byte) []byte { frame[0]++; return frame }, errFrame},
		"twice": {func(k int, frame []byte) []byte {
			if k == 0 {
				return append(frame, ws.MustCompileFrame(ws.NewTextFrame([]byte(roomMessage(2))))...)
			}
			return nil
		}, errSurplus},
	} {
		t.Run(name, func(t *testing.T) {
			r := openRoom(t, roomServer(t, tt.change), 2)
			_, err := r.Say(1)
			for err == nil {
				err = r.Pump()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAllocWS(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l.ep)
	defer unix.Close(fds[1])
	g := &messenger{load: WS{Size: 64}, loop: l, op: opBinary, conns: []talk{{stream: stream{fd: fds[0]}}}, pattern: newPattern(64), masker: newMasker(125), buf: make([]byte, 4096)}
	defer g.close()
	if err := g.begin(0, l.now()); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 256)
	got := testing.AllocsPerRun(200, func() {
		n, _ := recv(fds[1], p)
		back := p[4:n] // a head without the key
		for i := range back[2:] {
			back[2+i] ^= maskKey[i%4]
		}
		back[0], back[1] = finalBit|opBinary, 64
		send(fds[1], back)
		if err := g.event(0, unix.EPOLLIN); err != nil {
			t.Error(err)
		}
	})
	if got != 0 || l.ops < 200 {
		t.Errorf("%v allocations for a message, %d messages", got, l.ops)
	}
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
