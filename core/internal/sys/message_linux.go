// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	iovMax = 1024
	// maxFDs is how many descriptors the system passes with one message at most.
	maxFDs = 253
)

// A Message is the reusable memory of sendmsg and recvmsg.
type Message struct {
	hdr unix.Msghdr
	iov []unix.Iovec
	oob []byte
	fds []int
}

// SendVector sends the bytes of v in order, with as few calls as the system permits, without waiting and without a signal. n counts what left before
// the error, if any.
func (m *Message) SendVector(fd int, v [][]byte) (n int, errno syscall.Errno) {
	return m.sendVector(fd, v, callFlags)
}

// SendVectorMore is SendVector for what is followed by more at once: TCP holds the last segment back for it unless it is full.
func (m *Message) SendVectorMore(fd int, v [][]byte) (n int, errno syscall.Errno) {
	return m.sendVector(fd, v, callFlags|unix.MSG_MORE)
}

func (m *Message) sendVector(fd int, v [][]byte, flags uintptr) (n int, errno syscall.Errno) {
	for len(v) > 0 {
		m.iov = m.iov[:0]
		size, used := 0, 0
		for ; used < len(v) && len(m.iov) < iovMax; used++ {
			if p := v[used]; len(p) > 0 {
				m.addIOV(p)
				size += len(p)
			}
		}
		v = v[used:]
		if size == 0 {
			continue
		}
		k, errno := m.send(fd, flags)
		n += k
		if errno != 0 || k < size {
			return n, errno
		}
	}
	return n, 0
}

// SendFDs sends p with descriptors riding on its first byte.
func (m *Message) SendFDs(fd int, p []byte, fds []int) (int, syscall.Errno) {
	if len(p) == 0 || len(fds) > maxFDs {
		return 0, unix.EINVAL
	}
	m.iov = m.iov[:0]
	m.addIOV(p)
	if len(fds) == 0 {
		return m.send(fd, callFlags)
	}
	m.control()
	h := (*unix.Cmsghdr)(unsafe.Pointer(&m.oob[0]))
	h.Level, h.Type = unix.SOL_SOCKET, unix.SCM_RIGHTS
	h.SetLen(unix.CmsgLen(4 * len(fds)))
	data := unsafe.Slice((*int32)(unsafe.Pointer(&m.oob[unix.CmsgLen(0)])), len(fds))
	for i, f := range fds {
		data[i] = int32(f)
	}
	m.hdr.Control = &m.oob[0]
	m.hdr.SetControllen(unix.CmsgSpace(4 * len(fds)))
	return m.send(fd, callFlags)
}

func (m *Message) addIOV(p []byte) {
	m.iov = append(m.iov, unix.Iovec{Base: unsafe.SliceData(p)})
	m.iov[len(m.iov)-1].SetLen(len(p))
}

// send sends what m.iov and the control part of m.hdr hold, and forgets both.
func (m *Message) send(fd int, flags uintptr) (int, syscall.Errno) {
	m.hdr.Iov = &m.iov[0]
	m.hdr.SetIovlen(len(m.iov))
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdr)), flags)
	clear(m.iov) // let go of the caller's memory
	m.hdr = unix.Msghdr{}
	return count(n, errno), errno
}

// RecvFDs receives bytes into p and the descriptors that ride on them, closed on exec. fds is lent until the next call. When the process can have no more
// descriptors the system drops them: then there is nothing but EMFILE.
func (m *Message) RecvFDs(fd int, p []byte) (n int, fds []int, errno syscall.Errno) {
	m.control()
	m.iov = m.iov[:0]
	m.addIOV(p)
	m.hdr.Iov, m.hdr.Control = &m.iov[0], &m.oob[0]
	m.hdr.SetIovlen(1)
	m.hdr.SetControllen(len(m.oob))
	r, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdr)), unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC)
	oob := m.oob[:min(uint64(m.hdr.Controllen), uint64(len(m.oob)))]
	cut := m.hdr.Flags&unix.MSG_CTRUNC != 0
	clear(m.iov)
	m.hdr = unix.Msghdr{}
	if errno != 0 {
		return 0, nil, errno
	}
	fds = m.parse(oob)
	if cut {
		for _, fd := range fds {
			Close(fd)
		}
		return 0, nil, unix.EMFILE
	}
	return int(r), fds, 0
}

// parse returns the descriptors in the control messages of oob.
func (m *Message) parse(oob []byte) []int {
	m.fds = m.fds[:0]
	for len(oob) >= unix.CmsgLen(0) {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
		size := int(h.Len)
		if size < unix.CmsgLen(0) || size > len(oob) {
			break
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_RIGHTS {
			data := oob[unix.CmsgLen(0):size]
			for ; len(data) >= 4; data = data[4:] {
				m.fds = append(m.fds, int(*(*int32)(unsafe.Pointer(&data[0]))))
			}
		}
		oob = oob[min(unix.CmsgSpace(size-unix.CmsgLen(0)), len(oob)):]
	}
	return m.fds
}

// control makes the memory for control messages: room for all descriptors that can come at once and for credentials, which may come unasked.
func (m *Message) control() {
	if m.oob == nil {
		m.oob = make([]byte, unix.CmsgSpace(4*maxFDs)+unix.CmsgSpace(unix.SizeofUcred))
	}
}
