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
		attr.Files[i] = uintptr(fd) // all ones for none
	}
	pid, _, err := syscall.StartProcess(program, argv, attr)
	if err != nil {
		return nil, err
	}
	return os.FindProcess(pid)
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

// tell writes the message and closes the pipe, which has room for it.
func tell(fd int) error {
	_, err := unix.Write(fd, []byte(readyMessage))
	unix.Close(fd)
	return os.NewSyscallError("write", err)
}
