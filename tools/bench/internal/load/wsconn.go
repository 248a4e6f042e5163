// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"

	"golang.org/x/sys/unix"
)

// shake opens connection i and asks for a WebSocket; shaken waits for the answer.
func (s *stream) shake(cfg Config, i int) error {
	if err := s.open(cfg, i, nil); err != nil {
		return err
	}
	text := "GET / HTTP/1.1\r\nHost: " + cfg.Addr.String() + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + shakeKey + "\r\n\r\n"
	n, err := s.write([]byte(text))
	if err != nil || n != len(text) {
		return fmt.Errorf("handshake: sent %d of %d bytes: %w", n, len(text), err)
	}
	return nil
}

// shakeKey is the nonce of all handshakes; to servers it is all the same. shakeAccept is the answer to it (RFC 6455 section 1.3).
const shakeKey = "dGhlIHNhbXBsZSBub25jZQ=="

var shakeAccept = func() string {
	sum := sha1.Sum([]byte(shakeKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// shaken reads the answer. No server sends a frame before it was sent one.
func (s *stream) shaken(buf []byte) error {
	have := 0
	for !bytes.Contains(buf[:have], headEnd) {
		if have == len(buf) {
			return fmt.Errorf("handshake: %w", errWrong)
		}
		n, err := unix.Read(s.fd, buf[have:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return errLate
		case err != nil:
			return fmt.Errorf("handshake: %w", err)
		case n == 0:
			return errClosed
		}
		have += n
	}
	if !bytes.HasSuffix(buf[:have], headEnd) {
		return errSurplus
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(buf[:have])), nil)
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	if r.StatusCode != http.StatusSwitchingProtocols || r.Header.Get("Sec-WebSocket-Accept") != shakeAccept || r.Header.Get("Sec-WebSocket-Extensions") != "" {
		return fmt.Errorf("handshake: the server answers %s, %v", r.Status, r.Header)
	}
	return nil
}

// together runs begin for the connections from to to, some at a time, and end for each of them before the next.
func together(from, to int, begin, end func(i int) error) error {
	for ; from < to; from += opening {
		upTo := min(from+opening, to)
		for _, f := range []func(int) error{begin, end} {
			for i := from; i < upTo; i++ {
				if err := f(i); err != nil {
					return fmt.Errorf("connection %d of %d: %w", i+1, to, err)
				}
			}
		}
	}
	return nil
}
