// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/fdstream"
	"github.com/torsion-go/torsion/core/protocol"
)

const sigContinue = syscall.SIGCONT

// attach makes a stream of each pipe, and of the terminal. The streams close the descriptors.
func (ch *child) attach(t *Transport) {
	stream := func(in, out int, p protocol.Protocol) protocol.Transport {
		cfg := fdstream.Config{Loop: t.r, In: in, Out: out, MaxBuffered: t.cfg.MaxBuffered, Logger: t.cfg.Logger}
		outOpen := out >= 0 && in != out
		cfg.Close = func() {
			if outOpen {
				outOpen = false
				unix.Close(out)
			}
			if in >= 0 {
				unix.Close(in)
			}
		}
		if outOpen {
			cfg.CloseOut = func() {
				if outOpen {
					outOpen = false
					unix.Close(out)
				}
			}
		}
		if in >= 0 && in == ch.master {
			cfg.EndOfFile = func(err error) bool { return err == unix.EIO } // the last who had the slave open has gone
		}
		cfg.KeepReading = outOpen && in >= 0
		return fdstream.Attach(cfg, p)
	}
	if ch.master >= 0 {
		tr := stream(ch.master, ch.master, &end{t, 1})
		t.ends[0], t.ends[1] = tr, tr
		return
	}
	in, out := -1, -1
	for _, p := range ch.pipes {
		switch {
		case t.conn != nil && p.number == 0:
			out = p.fd
		case t.conn != nil && p.number == 1:
			in = p.fd
		case p.write:
			t.ends[p.number] = stream(-1, p.fd, &end{t, p.number})
		default:
			t.ends[p.number] = stream(p.fd, -1, &end{t, p.number})
		}
	}
	if t.conn != nil {
		tr := stream(in, out, t.conn)
		t.ends[0], t.ends[1] = tr, tr
	}
}

// reap collects the child if it has exited.
func (ch *child) reap() (reason error, ok bool) {
	var ws unix.WaitStatus
	for {
		pid, err := unix.Wait4(ch.pid, &ws, unix.WNOHANG, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil: // somebody else has waited for our child
			return fmt.Errorf("process: the child's status is lost: %w", protocol.Lost(os.NewSyscallError("wait4", err))), true
		case pid != ch.pid || !ws.Exited() && !ws.Signaled():
			return nil, false
		}
		return exitReason(syscall.WaitStatus(ws)), true
	}
}

func exitReason(ws syscall.WaitStatus) error {
	if ws.Exited() && ws.ExitStatus() == 0 {
		return ErrDone
	}
	e := &Terminated{ExitCode: -1, Status: int(ws)}
	if ws.Exited() {
		e.ExitCode = ws.ExitStatus()
	} else {
		e.Signal = ws.Signal()
	}
	return e
}

func (ch *child) signal(sig os.Signal, group bool) error {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("process: signal %v is none of this system", sig)
	}
	pid := ch.pid
	if group {
		pid = -pid
	}
	if err := unix.Kill(pid, s); err != nil {
		return fmt.Errorf("process: signal %v: %w", s, err)
	}
	return nil
}

// discard kills a child that nobody wants, waits for it, and closes everything. It blocks.
func (ch *child) discard() {
	_ = unix.Kill(ch.pid, unix.SIGKILL)
	ch.closeAll(ch.pipes)
	ch.exit.close()
	ch.await()
}

// leave lets the child go on without this process's loop. It is still reaped, by a goroutine that ends with it.
func (ch *child) leave() {
	ch.exit.close()
	go ch.await()
	ch.left = true
}

// await waits for the child and blocks.
func (ch *child) await() {
	ch.waitFor(ch.pid)
	ch.free()
}

func (*child) waitFor(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}

// close lets go of what is left after the end.
func (ch *child) close() {
	ch.exit.close()
	if !ch.left {
		ch.free()
	}
}

// free lets the thread go that started the child.
func (ch *child) free() {
	if ch.release != nil {
		close(ch.release)
		ch.release = nil
	}
}
