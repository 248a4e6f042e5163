// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package endpoint

import (
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/fdstream"
	"github.com/torsion-go/torsion/core/protocol"
)

// attachFiles runs p over two files that the loop watches, and reports whether it can.
func attachFiles(loop protocol.Loop, in io.ReadCloser, out io.WriteCloser, p protocol.Protocol) bool {
	l, ok := loop.(fdstream.Loop)
	if !ok {
		return false
	}
	i, ok := borrow(in)
	if !ok {
		return false
	}
	if l.AddReader(probe(i.fd)) != nil { // a loop without a system below, as in tests
		i.restore()
		return false
	}
	l.RemoveReader(probe(i.fd))
	o, ok := borrow(out)
	if !ok {
		i.restore()
		return false
	}
	o.second = o.fd == i.fd
	fdstream.Attach(fdstream.Config{Loop: l, In: i.fd, Out: o.fd, CloseOut: o.closeWrite, Close: func() { o.close(); i.close() }, Logger: loggerOf(nil, loop)}, p)
	return true
}

// A probe is watched to find out whether a loop can.
type probe int

func (p probe) FileDescriptor() int { return int(p) }
func (probe) DoRead() error         { return nil }
func (probe) ConnectionLost(error)  {}

// A borrowed file is non-blocking while it is in use. Others that share it, such as the shell that started the program, get it back as it was.
type borrowed struct {
	file   *os.File
	fd     int
	flags  int
	kind   uint32
	second bool // the output is the input's own file, which closes it
	closed bool
}

func borrow(stream any) (*borrowed, bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return nil, false
	}
	b := &borrowed{file: f, fd: -1}
	conn, err := f.SyscallConn()
	if err != nil || conn.Control(func(fd uintptr) { b.fd = int(fd) }) != nil {
		return nil, false
	}
	var st unix.Stat_t
	if unix.Fstat(b.fd, &st) != nil {
		return nil, false
	}
	b.kind = uint32(st.Mode) & unix.S_IFMT
	if b.flags, err = unix.FcntlInt(uintptr(b.fd), unix.F_GETFL, 0); err != nil {
		return nil, false
	}
	return b, unix.SetNonblock(b.fd, true) == nil
}

func (b *borrowed) restore() {
	if b.flags&unix.O_NONBLOCK == 0 {
		_ = unix.SetNonblock(b.fd, false)
	}
}

// closeWrite tells the other end that nothing more comes. A terminal and a socket may be the input as well, which goes on: they stay open.
func (b *borrowed) closeWrite() {
	switch b.kind {
	case unix.S_IFSOCK:
		_ = unix.Shutdown(b.fd, unix.SHUT_WR)
	case unix.S_IFCHR:
	default: // nothing, if it is the input as well
		b.close()
	}
}

func (b *borrowed) close() {
	if !b.closed && !b.second {
		b.closed = true
		b.restore()
		b.file.Close()
	}
}
