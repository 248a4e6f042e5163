// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	iovMax = 1024
	// maxFDs is how many descriptors are passed with one message at most. Some systems pass more: there is room for what they may send.
	maxFDs   = 253
	maxPeers = 1024
)

// A Message is the reusable memory of sendmsg and recvmsg.
type Message struct {
	iov [][]byte
	oob []byte
	fds []int
}

// SendVector sends the bytes of v in order, with as few calls as the system permits, without waiting and without a signal. n counts what left before
// the error, if any.
func (m *Message) SendVector(fd int, v [][]byte) (n int, errno syscall.Errno) {
	for len(v) > 0 {
		m.iov = m.iov[:0]
		size, used := 0, 0
		for ; used < len(v) && len(m.iov) < iovMax; used++ {
			if p := v[used]; len(p) > 0 {
				m.iov = append(m.iov, p)
				size += len(p)
			}
		}
		v = v[used:]
		if size == 0 {
			continue
		}
		k, errno := m.send(fd)
		n += k
		if errno != 0 || k < size {
			return n, errno
		}
	}
	return n, 0
}

// SendVectorMore is SendVector for what is followed by more at once. There is no way here to tell TCP so that would not cost another call.
func (m *Message) SendVectorMore(fd int, v [][]byte) (n int, errno syscall.Errno) {
	return m.SendVector(fd, v)
}

// send sends what m.iov holds, and forgets it.
func (m *Message) send(fd int) (int, syscall.Errno) {
	n, err := unix.SendmsgBuffers(fd, m.iov, nil, nil, callFlags)
	clear(m.iov) // let go of the caller's memory
	if err != nil {
		return 0, number(err)
	}
	return n, 0
}

// SendFDs sends p with descriptors riding on its first byte.
func (m *Message) SendFDs(fd int, p []byte, fds []int) (int, syscall.Errno) {
	if len(p) == 0 || len(fds) > maxFDs {
		return 0, unix.EINVAL
	}
	if len(fds) == 0 {
		return Send(fd, p)
	}
	n, err := unix.SendmsgN(fd, p, unix.UnixRights(fds...), nil, callFlags)
	if err != nil {
		return 0, number(err)
	}
	return n, 0
}

// RecvFDs receives bytes into p and the descriptors that ride on them, closed on exec. fds is lent until the next call. When the process can have no more
// descriptors the system drops them: then there is nothing but EMFILE.
func (m *Message) RecvFDs(fd int, p []byte) (n int, fds []int, errno syscall.Errno) {
	if m.oob == nil {
		m.oob = make([]byte, unix.CmsgSpace(4*maxPeers))
	}
	if !recvCloses {
		syscall.ForkLock.RLock() // a child that is started here would inherit what comes
		defer syscall.ForkLock.RUnlock()
	}
	n, oobn, flags, _, err := unix.Recvmsg(fd, p, m.oob, recvFlags)
	if err != nil && n <= 0 { // else it is the sender's address that package unix does not know
		if err == unix.EMSGSIZE { // how most of the systems say that there is no room for the descriptors
			err = unix.EMFILE
		}
		return 0, nil, number(err)
	}
	fds = m.parse(m.oob[:oobn])
	if flags&unix.MSG_CTRUNC != 0 {
		for _, fd := range fds {
			Close(fd)
		}
		return 0, nil, unix.EMFILE
	}
	return n, fds, 0
}

// parse returns the descriptors in the control messages of oob.
func (m *Message) parse(oob []byte) []int {
	m.fds = m.fds[:0]
	if len(oob) == 0 {
		return nil
	}
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range msgs {
		if fds, err := unix.ParseUnixRights(&msgs[i]); err == nil {
			m.fds = append(m.fds, fds...)
		}
	}
	if !recvCloses {
		for _, fd := range m.fds {
			unix.CloseOnExec(fd)
		}
	}
	return m.fds
}
