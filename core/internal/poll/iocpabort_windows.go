// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// An abortWatch tells that the connection of a stream was reset, where no receive would: behind bytes that are not wanted yet, and behind the end of stream. It is
// a poll of the driver of sockets, which Microsoft documents nowhere, but on which wepoll, libuv and mio have built for many years. Where it does not work
// resets are noticed later, by sending or receiving. It is started when it is first needed, and then goes on: it ends with the connection only.
type abortWatch struct {
	s    *iocpStream
	info *afdPoll
	pin  runtime.Pinner // of info
}

// An afdPoll is the system's AFD_POLL_INFO for one socket: what the poll is of, and what it found.
type afdPoll struct {
	timeout   int64
	handles   uint32
	exclusive uint32
	handle    windows.Handle
	events    uint32
	status    uint32
}

const (
	ioctlAfdPoll = 0x12024
	afdPollAbort = 0x10
)

var ntDeviceIoControlFile = ntdll.NewProc("NtDeviceIoControlFile")

// watchAbort starts the watch.
func (s *iocpStream) watchAbort() {
	if s.closed || s.watched || !s.quick {
		return
	}
	s.watched = true
	w := &abortWatch{s: s, info: &afdPoll{timeout: 1<<63 - 1, handles: 1, handle: s.fd, events: afdPollAbort}}
	o := s.p.ops.get(w)
	w.pin.Pin(w.info)
	ov, size := o.start(), unsafe.Sizeof(*w.info)
	ov.Internal = uintptr(windows.STATUS_PENDING)
	status, _, _ := syscall.SyscallN(ntDeviceIoControlFile.Addr(), uintptr(s.fd), 0, 0, uintptr(unsafe.Pointer(ov)), uintptr(unsafe.Pointer(ov)), ioctlAfdPoll,
		uintptr(unsafe.Pointer(w.info)), size, uintptr(unsafe.Pointer(w.info)), size)
	var err error
	switch windows.NTStatus(status) {
	case windows.STATUS_SUCCESS:
	case windows.STATUS_PENDING:
		err = windows.ERROR_IO_PENDING
	default:
		err = windows.NTStatus(status)
	}
	flying, err := s.p.ops.started(o, s.quick, err)
	if flying {
		return
	}
	w.pin.Unpin()
	s.p.ops.put(o)
	if err == nil {
		s.p.later(w.found)
	}
}

func (w *abortWatch) completed(o *op) {
	w.pin.Unpin()
	ok := o.ov.Internal == 0
	w.s.p.ops.put(o)
	if ok {
		w.found()
	}
}

// found tells of a reset, unless a receive will.
func (w *abortWatch) found() {
	s := w.s
	if s.closed || s.failed || w.info.events&afdPollAbort == 0 || s.receiving && !s.ended {
		return
	}
	b := windows.WSABuf{Len: 1, Buf: &s.p.buf[0]}
	var n uint32
	flags := uint32(windows.MSG_PEEK)
	err := windows.WSARecv(s.fd, &b, 1, &n, &flags, nil, nil)
	if err == nil || err == windows.WSAEWOULDBLOCK { // there is something else to be received first
		err = windows.WSAECONNRESET
	}
	s.ended = false // by io.EOF
	s.end(sysError("WSARecv", err))
}

var _ completer = (*abortWatch)(nil)
