// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A rawConn is a socket as crypto/tls wants it. Its reads wait during the handshake; after it they report that nothing is there by a temporary error, upon
// which crypto/tls keeps the part of a record that it has and can be asked again. So a TLS connection needs no goroutine.
type rawConn struct {
	fd      int
	waiting bool // reads wait
}

type nothingYet struct{}

func (nothingYet) Error() string   { return "nothing to read yet" }
func (nothingYet) Timeout() bool   { return true }
func (nothingYet) Temporary() bool { return true }

var errNothingYet net.Error = nothingYet{}

func (c *rawConn) Read(p []byte) (int, error) {
	if c.waiting {
		n, err := unix.Read(c.fd, p)
		for err == unix.EINTR { // a read with a timeout is not started again by the system
			n, err = unix.Read(c.fd, p)
		}
		switch {
		case err == unix.EAGAIN:
			return 0, os.ErrDeadlineExceeded
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
	n, e := recv(c.fd, p)
	switch {
	case e == unix.EAGAIN || e == unix.EINTR:
		return 0, errNothingYet
	case n == 0 || e == unix.ECONNRESET:
		return 0, io.EOF
	case e != 0:
		return 0, os.NewSyscallError("recv", e)
	}
	return n, nil
}

// Write waits for room: what crypto/tls wrote in part cannot be written again.
func (c *rawConn) Write(p []byte) (int, error) {
	n, e := send(c.fd, p)
	if e == 0 && n == len(p) {
		return n, nil
	}
	n = max(n, 0)
	for n < len(p) {
		k, err := unix.Write(c.fd, p[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return n, os.NewSyscallError("write", err)
		}
		n += k
	}
	return n, nil
}

func (c *rawConn) Close() error                     { return unix.Close(c.fd) }
func (c *rawConn) LocalAddr() net.Addr              { return nil }
func (c *rawConn) RemoteAddr() net.Addr             { return nil }
func (c *rawConn) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (c *rawConn) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (c *rawConn) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }

// ClientTLS returns what clients use: the version that is asked for, and one key exchange for all servers. The servers' certificates are their own.
func ClientTLS(version uint16) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // made by the server a moment ago; signatures are verified all the same
		MinVersion:         version,
		MaxVersion:         version,
		CurvePreferences:   []tls.CurveID{tls.X25519},
	}
}
