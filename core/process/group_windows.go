// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// resumeProcess lets a process run that was started suspended: package os keeps no handle of its thread.
var resumeProcess = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtResumeProcess")

// A group is a job object, which holds a child and all that it starts, and a console's process group. The zero group is none.
type group struct {
	job     windows.Handle
	pid     uint32
	console bool // signals reach it by the console
	orphan  bool // it does not outlive this process
}

// newGroup makes the group that a configuration asks for.
func newGroup(c *Config) (group, error) {
	g := group{console: c.ProcessGroup, orphan: c.DeathSignal != 0}
	if !g.console && !g.orphan {
		return g, nil
	}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return group{}, &StartError{Op: "config", Path: c.Path, Err: os.NewSyscallError("CreateJobObject", err)}
	}
	g.job = job
	if g.orphan {
		if err := g.killOnClose(windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err != nil {
			windows.CloseHandle(job)
			return group{}, &StartError{Op: "config", Path: c.Path, Err: err}
		}
	}
	return g, nil
}

func (g *group) killOnClose(flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(g.job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return os.NewSyscallError("SetInformationJobObject", err)
}

func (g *group) exists() bool { return g.job != 0 }

// attributes are those of the child to be started: it does nothing before adopt, so that all it starts is of the group.
func (g *group) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if g.job != 0 {
		a.CreationFlags |= windows.CREATE_SUSPENDED
	}
	if g.console {
		a.CreationFlags |= windows.CREATE_NEW_PROCESS_GROUP
	}
	return a
}

// adopt takes the child into the group and lets it run.
func (g *group) adopt(pid int) error {
	if g.job == 0 {
		return nil
	}
	g.pid = uint32(pid)
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE|windows.PROCESS_SUSPEND_RESUME, false, g.pid)
	if err != nil {
		return os.NewSyscallError("OpenProcess", err)
	}
	defer windows.CloseHandle(h)
	if err := windows.AssignProcessToJobObject(g.job, h); err != nil {
		return os.NewSyscallError("AssignProcessToJobObject", err)
	}
	if status, _, _ := resumeProcess.Call(uintptr(h)); status != 0 {
		return os.NewSyscallError("NtResumeProcess", windows.NTStatus(status))
	}
	return nil
}

// signal asks the group to end, or ends it.
func (g *group) signal(sig os.Signal) error {
	if sig != os.Kill {
		// Ctrl-C cannot be sent to a group. Where there is no console the group cannot be asked.
		if err := windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, g.pid); err == nil {
			return nil
		}
	}
	if err := windows.TerminateJobObject(g.job, killed); err != nil {
		return fmt.Errorf("process: signal %v: %w", sig, os.NewSyscallError("TerminateJobObject", err))
	}
	return nil
}

// close lets what is left of the group go on.
func (g *group) close() {
	if g.job == 0 {
		return
	}
	if g.orphan {
		_ = g.killOnClose(0)
	}
	windows.CloseHandle(g.job)
	g.job = 0
}
