// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/protocol"
)

// The exit status of a child that was killed, and of one that an interrupt ended (STATUS_CONTROL_C_EXIT).
const (
	killed      = 1
	interrupted = 0xC000013A
)

const sigContinue = syscall.SIGTERM // there is none, and nobody is stopped

// A child is one that os/exec started. Its pipes have two goroutines each, and one waits for it.
type child struct {
	pid    int
	cmd    *exec.Cmd
	out    [3]*os.File
	group  group
	killed atomic.Bool // by signal
	exited chan struct{}
	reason error // once exited is closed
}

func start(c *Config) (*child, error) {
	switch {
	case c.PTY != nil:
		return nil, c.unsupported("a terminal")
	case c.User != nil || c.Session || len(c.Limits) > 0:
		return nil, c.unsupported("users, sessions and limits")
	}
	group, err := newGroup(c)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(c.Path, c.Args[1:]...)
	cmd.Args, cmd.Env, cmd.Dir = c.Args, c.Env, c.Dir
	cmd.SysProcAttr = group.attributes()
	ch := &child{cmd: cmd, group: group, exited: make(chan struct{})}
	var own []*os.File
	closeOwn := func() {
		for _, f := range own {
			f.Close()
		}
	}
	fail := func(err error) (*child, error) {
		closeOwn()
		for _, f := range ch.out {
			if f != nil {
				f.Close()
			}
		}
		ch.group.close()
		return nil, err
	}
	for number, d := range c.Descriptors {
		if number > 2 {
			return fail(c.unsupported("descriptors above 2"))
		}
		f := d.file
		if d.mode != 'f' {
			r, w, err := os.Pipe()
			if err != nil {
				return fail(&StartError{Op: "descriptor", Path: c.Path, Err: err})
			}
			mine, theirs := r, w
			if d.mode == 'w' {
				mine, theirs = w, r
			}
			ch.out[number], f = mine, theirs
			own = append(own, theirs)
		}
		switch number {
		case 0:
			cmd.Stdin = f
		case 1:
			cmd.Stdout = f
		case 2:
			cmd.Stderr = f
		}
	}
	if err := cmd.Start(); err != nil {
		op := "exec"
		if strings.Contains(err.Error(), "chdir") {
			op = "dir"
		}
		return fail(&StartError{Op: op, Path: c.Path, Err: err})
	}
	if err := ch.group.adopt(cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return fail(&StartError{Op: "exec", Path: c.Path, Err: err})
	}
	closeOwn()
	ch.pid = cmd.Process.Pid
	go ch.await() // ends with the child
	return ch, nil
}

func (ch *child) await() {
	err := ch.cmd.Wait()
	ch.reason = ErrDone
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t := &Terminated{ExitCode: exit.ExitCode(), Status: exit.ExitCode()}
		switch {
		case ch.killed.Load() && t.Status == killed:
			t.ExitCode, t.Signal = -1, syscall.SIGKILL
		case uint32(t.Status) == interrupted:
			t.ExitCode, t.Signal = -1, syscall.SIGINT
		}
		ch.reason = t
	} else if err != nil {
		ch.reason = fmt.Errorf("process: the child's status is lost: %w", protocol.Lost(err))
	}
	close(ch.exited)
}

// A half is a pipe as a stream: what is missing of it waits until it is closed.
type half struct {
	*os.File
	write  bool
	exited chan struct{} // closed when the child has exited: nobody reads any more, which the system does not tell
	once   sync.Once
	ended  chan struct{}
}

func (ch *child) half(number int) *half {
	return &half{File: ch.out[number], write: number == 0, exited: ch.exited, ended: make(chan struct{})}
}

func (h *half) Read(p []byte) (int, error) {
	if h.write {
		select {
		case <-h.ended:
		case <-h.exited:
		}
		return 0, io.EOF
	}
	return h.File.Read(p)
}

func (h *half) Close() error {
	h.once.Do(func() { close(h.ended) })
	return h.File.Close()
}

// A both is a pipe each way.
type both struct {
	*os.File // from the child
	to       *os.File
}

func (b *both) Write(p []byte) (int, error) { return b.to.Write(p) }
func (b *both) CloseWrite() error           { return b.to.Close() }

func (b *both) Close() error {
	b.to.Close() // an error tells that CloseWrite was called
	return b.File.Close()
}

func (ch *child) attach(t *Transport) {
	for number, f := range ch.out {
		if f != nil && (t.conn == nil || number == 2) {
			t.ends[number] = bridge.Attach(t.r, ch.half(number), &end{t, number})
		}
	}
	if t.conn != nil {
		tr := bridge.Attach(t.r, &both{ch.out[1], ch.out[0]}, t.conn)
		t.ends[0], t.ends[1] = tr, tr
	}
}

func (ch *child) watch(t *Transport) {
	go func() { // ends with the child
		<-ch.exited
		t.r.CallFromThread(t.hasExited)
	}()
}

func (ch *child) unwatch(*Transport) {}

func (ch *child) reap() (error, bool) {
	select {
	case <-ch.exited:
		return ch.reason, true
	default:
		return nil, false
	}
}

func (ch *child) signal(sig os.Signal, group bool) error {
	switch sig {
	case os.Kill, os.Interrupt, syscall.SIGTERM:
	default:
		return fmt.Errorf("process: signal %v on %s: %w", sig, runtime.GOOS, errors.ErrUnsupported)
	}
	ch.killed.Store(true)
	if ch.group.exists() && (group || sig != os.Kill && ch.group.console) {
		return ch.group.signal(sig)
	}
	return ch.cmd.Process.Kill()
}

func (ch *child) discard() {
	_ = ch.cmd.Process.Kill()
	defer ch.close()
	for _, f := range ch.out {
		if f != nil {
			f.Close()
		}
	}
	<-ch.exited
}

func (ch *child) leave() {}
func (ch *child) close() { ch.group.close() }

// SetWindowSize returns errors.ErrUnsupported: this system has no terminals for children.
func (t *Transport) SetWindowSize(rows, cols uint16) error { return errNoTerminals }

// WindowSize returns errors.ErrUnsupported.
func (t *Transport) WindowSize() (rows, cols uint16, err error) { return 0, 0, errNoTerminals }

var errNoTerminals = fmt.Errorf("process: a terminal on %s: %w", runtime.GOOS, errors.ErrUnsupported)

// ParseSignal returns the signal of a name, with or without SIG and in any case: only KILL, TERM and INT are known here.
func ParseSignal(text string) (syscall.Signal, error) {
	switch strings.TrimPrefix(strings.ToUpper(text), "SIG") {
	case "KILL", "9":
		return syscall.SIGKILL, nil
	case "TERM", "15":
		return syscall.SIGTERM, nil
	case "INT", "2":
		return syscall.SIGINT, nil
	}
	return 0, fmt.Errorf("process: no signal is called %q here", text)
}
