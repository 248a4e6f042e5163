// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// A Group is a set of children that ends as a whole.
type Group struct {
	watch watch

	mu      sync.Mutex
	running map[*exec.Cmd]bool
	closed  bool
}

// NewGroup returns a group without children. Close must be called.
func NewGroup() (*Group, error) {
	g := &Group{running: map[*exec.Cmd]bool{}}
	if err := g.watch.start(); err != nil {
		return nil, fmt.Errorf("proc: a group of processes: %w", err)
	}
	return g, nil
}

// A Cmd is what to run.
type Cmd struct {
	Args           []string // the program, and its arguments
	Dir            string
	Env            []string // beside the environment
	Stdin          io.Reader
	Stdout, Stderr io.Writer // if they are the same, written by one goroutine
	Started        func(pid int)
}

// drain is how long a child's own children may hold its output open once it has ended.
const drain = 2 * time.Second

// ErrHeld is matched by the error of a child that ended well while its output was held open.
var ErrHeld = exec.ErrWaitDelay

// Run runs a child and waits for it. Its error is that of exec.Cmd.Run. When ctx ends the child is killed, and no other.
func (g *Group) Run(ctx context.Context, c Cmd) error {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), c.Env...)
	if c.Dir != "" {
		cmd.Env = append(cmd.Env, "PWD="+c.Dir)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	cmd.WaitDelay = drain
	// The system kills the child when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := g.start(cmd); err != nil {
		return err
	}
	if c.Started != nil {
		c.Started(cmd.Process.Pid)
	}
	err := cmd.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.running, cmd)
	g.watch.ended(cmd)
	return err
}

var errClosed = errors.New("proc: the run is over")

func (g *Group) start(cmd *exec.Cmd) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errClosed
	}
	g.watch.join(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	g.running[cmd] = true
	return nil
}

// Interrupt asks all children to end, as Ctrl-C does.
func (g *Group) Interrupt() { g.signal(os.Interrupt) }

// Kill ends all children at once.
func (g *Group) Kill() { g.signal(os.Kill) }

func (g *Group) signal(sig os.Signal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.watch.signal(sig, g.running)
	}
}

// Close kills what is left of the group. Children can't be started any more.
func (g *Group) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	g.closed = true
	g.watch.stop(g.running)
}

// Failure is what an error of Run says of the way in which the child ended, as the go command puts it: "exit status 2", "signal: killed"; "" if it ended well.
func Failure(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return ""
	case errors.As(err, &exit):
		return exit.ProcessState.String()
	}
	return err.Error()
}

// ExitCode is the exit status in an error of Run; -1 if it was a signal, or something else.
func ExitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}
