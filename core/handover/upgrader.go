// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package handover

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/reactor"
)

// The errors of [Upgrader.Start], besides those of a successor that fails.
var (
	// ErrInProgress means that a successor is being waited for.
	ErrInProgress = errors.New("handover: a successor is starting already")
	// ErrHandedOver means that there is a successor.
	ErrHandedOver = errors.New("handover: handed over already")
	// ErrNotReady means that this process is itself a successor whose predecessor waits for it.
	ErrNotReady = errors.New("handover: this process is not ready itself")
)

// DefaultTimeout is the default of Config.Timeout.
const DefaultTimeout = time.Minute

// A Config tells how an Upgrader works. The zero Config is ready to use.
type Config struct {
	// Program is the file to run. "" means that of this process, os.Args[0], looked up when the Upgrader is made: a file that has replaced it since is what Start runs.
	Program string
	// Timeout bounds the time until the successor is ready. 0 means DefaultTimeout.
	Timeout time.Duration
	// PIDFile is a file that gets the successor's process number; see [WritePIDFile]. "" means none.
	PIDFile string
	// Files are more descriptors for the successor, by names under which it finds them; see [Inheritance.File]. They have to stay open until Start's Deferred fires.
	Files map[string]int
	// Committed is called when the successor is ready, with its process number, before Start's Deferred fires. It runs on another goroutine than the loop's and may
	// block; a reactor that stops waits for it. nil means nothing.
	Committed func(pid int)
}

// An Upgrader starts a successor of this process. Loop only, of the reactor's main loop.
type Upgrader struct {
	r     *reactor.Reactor
	cfg   Config
	state state
}

type state int

const (
	idle state = iota
	starting
	handedOver
)

// New returns the Upgrader of a reactor. It may be called from any goroutine.
func New(r *reactor.Reactor, cfg Config) (*Upgrader, error) {
	if cfg.Program == "" {
		cfg.Program = os.Args[0]
	}
	program, err := exec.LookPath(cfg.Program)
	if err == nil {
		program, err = filepath.Abs(program) // the working directory may change
	}
	if err != nil {
		return nil, fmt.Errorf("handover: find the program: %w", err)
	}
	cfg.Program = program
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Upgrader{r: r, cfg: cfg}, nil
}

// Start runs the program with the arguments argv, the first of which is its name, and the environment env, nil means this process's own of either, and fires with its process
// number when it is ready. From then on the files of UNIX sockets, their locks and the PID file are the successor's; the caller has its ports stop listening, lets what is
// under way end, and stops. On an error, or when the Deferred is cancelled before, the successor is gone and everything is as it was. A reactor that stops ends the attempt.
func (u *Upgrader) Start(argv, env []string) *deferred.Deferred[int] {
	loopcheck.Check(u.r.Loop, "handover: Upgrader.Start")
	mine, _ := Inherited() // its error was the caller's to see
	switch {
	case u.state == starting:
		return deferred.FailOn[int](u.r.Loop, ErrInProgress)
	case u.state == handedOver:
		return deferred.FailOn[int](u.r.Loop, ErrHandedOver)
	case mine.pending():
		return deferred.FailOn[int](u.r.Loop, ErrNotReady)
	}
	if argv == nil {
		argv = os.Args
	}
	if env == nil {
		env = os.Environ()
	}
	u.state = starting
	ctx, cancel := context.WithCancel(context.Background())
	answered := false
	result := deferred.NewCancellable(u.r.Loop, func(*deferred.Deferred[int]) {
		answered = true
		cancel()
	})
	ended := deferred.New[struct{}](u.r.Loop)
	hold, err := u.r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		cancel()
		return ended
	})
	finish := func(pid int, err error) {
		cancel()
		_ = u.r.RemoveSystemEventTrigger(hold) // the reactor may be stopping
		if u.state = idle; err == nil {
			u.state = handedOver
		}
		ended.Callback(struct{}{})
		switch {
		case answered:
		case err != nil:
			result.Errback(err)
		default:
			result.Callback(pid)
		}
	}
	if err != nil {
		finish(0, err)
		return result
	}
	u.r.HandOver().Done(func(h *reactor.Handover, err error) {
		if err != nil {
			finish(0, fmt.Errorf("handover: copy the sockets: %w", err))
			return
		}
		sockets := h.Sockets
		go func() { // ends with the attempt, for which a reactor that stops waits
			pid, err := u.attempt(ctx, h, sockets, argv, env)
			u.r.CallFromThread(func() { finish(pid, err) })
		}()
	})
	return result
}

// attempt starts a successor and makes it that, or leaves no trace of it.
func (u *Upgrader) attempt(ctx context.Context, h *reactor.Handover, sockets []reactor.Socket, argv, env []string) (int, error) {
	child, err := u.launch(ctx, sockets, argv, env)
	settled := make(chan bool, 1) // one answer, which nobody may be there to take
	u.r.CallFromThread(func() {
		if err != nil || ctx.Err() != nil {
			h.Close()
			settled <- false
			return
		}
		h.Done(child.Pid)
		settled <- true
	})
	good := false
	select {
	case good = <-settled:
	case <-u.r.Done(): // the poller failed
	}
	switch {
	case err != nil:
		return 0, err
	case !good:
		return 0, u.end(child, cmp.Or(context.Cause(ctx), reactor.ErrNotRunning))
	}
	pid := child.Pid
	_ = child.Release()
	if u.cfg.PIDFile != "" {
		if err := WritePIDFile(u.cfg.PIDFile, pid); err != nil {
			u.r.Logger().Warn("handover: the PID file still names the predecessor", "successor", pid, "error", err)
		}
	}
	if u.cfg.Committed != nil {
		u.cfg.Committed(pid)
	}
	return pid, nil
}

// end ends a successor that is none, and returns what becomes of the attempt.
func (u *Upgrader) end(child *os.Process, why error) error {
	_ = child.Kill() // it may be gone
	state, err := child.Wait()
	if err != nil {
		return fmt.Errorf("handover: the successor %d failed: %w", child.Pid, errors.Join(why, err))
	}
	return fmt.Errorf("handover: the successor %d failed (%v): %w", child.Pid, state, why)
}

// launch starts a successor and waits until it is ready or gone.
func (u *Upgrader) launch(ctx context.Context, sockets []reactor.Socket, argv, env []string) (*os.Process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	defer r.Close()
	defer w.Close()
	systemd, nullFD := fromSystemd(), -1
	if len(systemd) > 0 { // a new root need not have the device
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil, fmt.Errorf("handover: %w", err)
		}
		defer null.Close()
		nullFD = int(null.Fd())
	}
	l, err := arrange(sockets, systemd, u.cfg.Files, int(w.Fd()), nullFD, os.Getpid())
	if err != nil {
		return nil, err
	}
	if l.will.Pipe, err = pipeID(int(w.Fd())); err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	if env, err = l.environment(env); err != nil {
		return nil, err
	}
	child, err := spawn(u.cfg.Program, argv, env, l.files)
	if err != nil {
		return nil, fmt.Errorf("handover: start %q: %w", u.cfg.Program, err)
	}
	w.Close()
	if err := u.await(ctx, r); err != nil {
		return nil, u.end(child, err)
	}
	return child, nil
}

// What a successor writes: one line.
const (
	readyMessage = "ready\n"
	failMessage  = "failed: " // the reason follows
	maxReason    = 1024       // octets of it
)

var errEnded = errors.New("it ended, or closed its pipe, before it was ready")

// await waits for the message.
func (u *Upgrader) await(ctx context.Context, r *os.File) error {
	if err := r.SetReadDeadline(time.Now().Add(u.cfg.Timeout)); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })()
	line, err := bufio.NewReader(io.LimitReader(r, int64(len(failMessage)+maxReason+1))).ReadString('\n')
	reason, failed := strings.CutPrefix(strings.TrimSuffix(line, "\n"), failMessage)
	switch {
	case ctx.Err() != nil && err != nil:
		return context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("not ready in %v: %w", u.cfg.Timeout, err)
	case err == io.EOF && line == "":
		return errEnded
	case err != nil && err != io.EOF:
		return err
	case failed:
		return fmt.Errorf("it says: %s", strings.ToValidUTF8(reason, "\ufffd"))
	case line != readyMessage:
		return fmt.Errorf("it says %q", line)
	}
	return nil
}

// fromSystemd tells of the sockets that this process has from systemd.
func fromSystemd() []inheritedFD {
	all := endpoint.ProcessListenFDs()
	var list []inheritedFD
	for i, fd := range all.FDs() {
		list = append(list, inheritedFD{all.Name(i), all.Taken(fd)})
	}
	return list
}
