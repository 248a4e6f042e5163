// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// children returns the numbers of the child processes of this process, those that have exited and were not waited for included.
func children() []int {
	const pAll, wNoHang, wExited, wNoWait = 0, 1, 4, 0x01000000
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_WAITID, pAll, 0, 0, wNoHang|wExited|wNoWait, 0, 0); errno == syscall.ECHILD {
		return nil // the usual case costs one call
	}
	var all []int
	files, _ := filepath.Glob("/proc/self/task/*/children")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}

// processName returns the command line.
func processName(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	switch {
	case err != nil:
		return "unknown"
	case len(text) == 0:
		return "which has exited and was not waited for"
	}
	return string(bytes.TrimSpace(bytes.ReplaceAll(text, []byte{0}, []byte{' '})))
}

// endProcess kills a child, and waits for it so that it is gone.
func endProcess(pid int) {
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may have exited
	for end := time.Now().Add(goroutineGrace); time.Now().Before(end); pauseFor(time.Millisecond) {
		if got, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil); got == pid || err == syscall.ECHILD {
			return
		}
	}
}

// socketName tells the local address of a socket that the target of a link in /proc/self/fd names, as " (tcp 127.0.0.1:80)"; "" if there is none.
func socketName(target string) string {
	inode, ok := strings.CutPrefix(target, "socket:[")
	if !ok {
		return ""
	}
	inode = strings.TrimSuffix(inode, "]")
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, _ := os.ReadFile("/proc/self/net/" + kind)
		for line := range strings.Lines(string(table)) {
			if f := strings.Fields(line); len(f) > 9 && f[9] == inode {
				return " (" + strings.TrimSuffix(kind, "6") + " " + hexAddress(f[1]) + state(kind, f[3]) + ")"
			}
		}
	}
	table, _ := os.ReadFile("/proc/self/net/unix")
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 6 && f[6] == inode {
			return " (unix " + strings.Join(f[7:], " ") + ")"
		}
	}
	return ""
}

// state tells of a TCP socket that it listens.
func state(kind, code string) string {
	if strings.HasPrefix(kind, "tcp") && code == "0A" {
		return ", listening"
	}
	return ""
}

// hexAddress reads an address as /proc/net/tcp shows it: words in the order of the host, as a rule little-endian, and a port.
func hexAddress(s string) string {
	host, port, _ := strings.Cut(s, ":")
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil || len(host)%8 != 0 {
		return s
	}
	var b []byte
	for i := 0; i < len(host); i += 8 {
		w, err := strconv.ParseUint(host[i:i+8], 16, 32)
		if err != nil {
			return s
		}
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	ip, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip, uint16(p)).String()
}
