// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package handover

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawn starts a process whose descriptor i is files[i] here. It does not go by os.File, which would make the sockets blocking, for this process too.
func spawn(program string, argv, env []string, files []int) (*os.Process, error) {
	attr := &syscall.ProcAttr{Env: env, Files: make([]uintptr, len(files))}
	for i, fd := range files {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); i < firstFD && err != nil {
			fd = -1 // a daemon may have closed its standard descriptors
		}
		attr.Files[i] = uintptr(fd) // all ones for none
	}
	pid, _, err := syscall.StartProcess(program, argv, attr)
	if err != nil {
		return nil, err
	}
	return os.FindProcess(pid)
}

// pipeID returns what tells a pipe from all others.
func pipeID(fd int) (string, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", os.NewSyscallError("fstat", err)
	}
	return fmt.Sprintf("%x:%x", st.Dev, st.Ino), nil
}

// orphaned reports whether this process has the will's pipe, whose other end is gone: the predecessor has died since it wrote the will.
func orphaned(w *will) bool {
	if w.Ready < firstFD || w.Ready > maxFD || w.Pipe == "" {
		return false
	}
	if id, err := pipeID(w.Ready); err != nil || id != w.Pipe {
		return false
	}
	p := []unix.PollFd{{Fd: int32(w.Ready), Events: unix.POLLOUT}}
	n, err := unix.Poll(p, 0)
	return err == nil && n == 1 && p[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}

// keepPipe makes sure that fd is the pipe, and that it goes to no child.
func keepPipe(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return fmt.Errorf("not a pipe")
	}
	unix.CloseOnExec(fd)
	return nil
}

// keepSocket makes sure that fd is a socket of the network, and that it goes to no child.
func keepSocket(fd int, network string) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	want := unix.SOCK_STREAM
	if network == "udp" || network == "unixgram" {
		want = unix.SOCK_DGRAM
	}
	if network != "fd" && kind != want {
		return os.NewSyscallError("getsockopt", syscall.EPROTOTYPE)
	}
	unix.CloseOnExec(fd)
	return nil
}

// keepFile makes sure that fd is open, and that it goes to no child.
func keepFile(fd int) error {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	unix.CloseOnExec(fd)
	return nil
}

func closeFile(fd int) { unix.Close(fd) }

// tell writes the message and closes the pipe, which has room for it.
func tell(fd int, message string) error {
	_, err := unix.Write(fd, []byte(message))
	unix.Close(fd)
	return os.NewSyscallError("write", err)
}
