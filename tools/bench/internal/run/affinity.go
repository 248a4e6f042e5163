// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

// Package run starts the servers of the benchmarks, loads them in turns, and collects what was seen.
package run

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Placement is where the processes run.
type Placement struct {
	Pinned bool
	Server int // the server's CPU
	Client int // and the client's
}

// CPUs returns the CPUs that this process may use.
func CPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	var cpus []int
	for i := range len(set) * strconv.IntSize {
		if set.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	return cpus, nil
}

// Place gives the server one CPU and the client another.
func Place(cpus []int) (Placement, error) {
	if len(cpus) < 2 {
		return Placement{}, fmt.Errorf("this process may use one CPU only: server and client cannot have one each; use -unpinned")
	}
	return Placement{Pinned: true, Server: cpus[0], Client: cpus[1]}, nil
}

// other has the CPUs the other way round, for what a server is not to share its CPU with.
func (p Placement) other() Placement {
	p.Server, p.Client = p.Client, p.Server
	return p
}

func oneCPU(cpu int) *unix.CPUSet {
	set := new(unix.CPUSet)
	set.Set(cpu)
	return set
}

// PinSelf moves all threads of this process to the client's CPU; those made later inherit it.
func (p Placement) PinSelf() error {
	if !p.Pinned {
		return nil
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, oneCPU(p.Client)); err != nil && err != unix.ESRCH {
			return os.NewSyscallError("sched_setaffinity", err)
		}
	}
	return nil
}

// start starts a process on the server's CPU. The thread that forks it has that affinity, so that all threads of the process have it from the first one on.
func (p Placement) start(cmd *exec.Cmd) error {
	if !p.Pinned {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	if err := unix.SchedSetaffinity(0, oneCPU(p.Server)); err != nil {
		return os.NewSyscallError("sched_setaffinity", err)
	}
	err := cmd.Start()
	if back := unix.SchedSetaffinity(0, &before); err == nil && back != nil {
		return os.NewSyscallError("sched_setaffinity", back)
	}
	return err
}
