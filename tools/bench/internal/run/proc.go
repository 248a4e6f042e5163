// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// processCPU reads the CPU clock of a process, all its threads, user and system.
func processCPU(pid int) (time.Duration, error) {
	const sched = 2                         // CPUCLOCK_SCHED: the scheduler's own account, in nanoseconds
	clock := int32(^uint32(pid)<<3 | sched) // as MAKE_PROCESS_CPUCLOCK does
	var ts unix.Timespec
	if err := unix.ClockGettime(clock, &ts); err != nil {
		return 0, fmt.Errorf("the server's CPU clock: %w", os.NewSyscallError("clock_gettime", err))
	}
	return time.Duration(ts.Nano()), nil
}

// memory returns the resident memory of a process and its peak, in bytes.
func memory(pid int) (rss, peak int64, err error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, 0, err
	}
	return statusBytes(status, "VmRSS:"), statusBytes(status, "VmHWM:"), nil
}

// statusBytes returns a size from a status file, 0 when it has none.
func statusBytes(status []byte, field string) int64 {
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// spareFiles is what a process opens beside its connections.
const spareFiles = 64

// OpenFiles raises the limit of open files as far as it goes and returns how many connections a process can hold. Servers inherit it.
func OpenFiles() (int, error) {
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		return 0, os.NewSyscallError("getrlimit", err)
	}
	if lim.Cur < lim.Max {
		lim.Cur = lim.Max
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
			return 0, os.NewSyscallError("setrlimit", err)
		}
	}
	return int(min(lim.Cur, 1<<30)) - spareFiles, nil
}

// needFiles explains what to do when the limit is too low.
func needFiles(what string, conns, have int) error {
	if conns <= have {
		return nil
	}
	return fmt.Errorf("%s needs %d connections, and the limit of open files allows a process %d: raise it with \"ulimit -n %d\" (as root, or by LimitNOFILE or limits.conf), or choose fewer with -conns",
		what, conns, max(have, 0), conns+spareFiles)
}
