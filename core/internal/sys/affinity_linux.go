// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Processors returns the numbers of the processors that the process was given: by its parent's affinity mask, taskset or a cpuset. They are read once, before
// PinThread narrows any thread's mask.
var Processors = sync.OnceValues(func() (cpus []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(os.Getpid(), &set); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
})

// PinThread makes the calling thread run on one processor only, until undo, which has to be called on it. The goroutine has to be locked to the thread; Go makes
// no threads from locked ones, so that no other thread inherits the mask.
func PinThread(cpu int) (undo func() error, err error) {
	var old, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return nil, os.NewSyscallError("sched_setaffinity", err)
	}
	return func() error {
		return os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &old))
	}, nil
}
