// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// zombie reports whether all threads of the process have ended. Without a /proc of ours nobody can tell: false.
func zombie(pid int) bool {
	self, err := os.Readlink("/proc/self")
	if err != nil || self != strconv.Itoa(os.Getpid()) { // it numbers the processes of another namespace
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	const state, threads = 0, 17 // proc_pid_stat(5) counts from 1, and two stand before the name's end
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(f) <= threads || f[state] != "Z" && f[state] != "X" {
		return false
	}
	return f[threads] == "0" || f[threads] == "1" // the first thread may end before the others
}
