// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// A daemon is the program started a second time, in a session of its own, with its standard streams at the null device and the end of a pipe, to which it says how its start
// went. (A Go process cannot fork.) The first process waits for that.

// envStatus tells a daemon which descriptor is its pipe.
const envStatus = "TORSION_STATUS_FD"

// A statusPipe is a daemon's end. A nil one is that of a program in the foreground.
type statusPipe struct {
	f    *os.File
	said bool
}

// takeStatusPipe returns the pipe if the process is a daemon, once.
func takeStatusPipe() (*statusPipe, error) {
	text, ok := os.LookupEnv(envStatus)
	if !ok {
		return nil, nil
	}
	if err := os.Unsetenv(envStatus); err != nil {
		return nil, err
	}
	fd, err := strconv.ParseUint(text, 10, 16)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("$%s: %q is no descriptor", envStatus, text)
	}
	syscall.CloseOnExec(int(fd))
	return &statusPipe{f: os.NewFile(uintptr(fd), "status")}, nil
}

// ready says that the service has started.
func (s *statusPipe) ready() { s.say("0") }

// end says why the start failed, unless it did not.
func (s *statusPipe) end(err error) {
	if err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		s.say("1 " + text)
	}
}

func (s *statusPipe) say(text string) {
	if s == nil || s.said {
		return
	}
	s.said = true
	_, _ = io.WriteString(s.f, text+"\n") // who started it may be gone
	s.f.Close()
}

// startDaemon starts the program again and waits until its service has started.
func (p *program) startDaemon() error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("--daemon: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("--daemon: %w", err)
	}
	defer r.Close()
	cmd := exec.Command(exe, p.args...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), envStatus+"=3")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return fmt.Errorf("--daemon: %w", err)
	}
	defer p.passSignals(cmd.Process)()
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	line = strings.TrimSuffix(line, "\n")
	if line == "0" {
		return cmd.Process.Release()
	}
	cmd.Wait()
	if text, ok := strings.CutPrefix(line, "1 "); ok {
		return errors.New(text)
	}
	return fmt.Errorf("the daemon ended before its service had started (%v, %v): see its log", cmd.ProcessState, err)
}

// passSignals lets a user who loses patience stop the daemon that he waits for.
func (p *program) passSignals(to *os.Process) (stop func()) {
	signals := make(chan os.Signal, 4) // package signal does not wait
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	quit, left := make(chan struct{}), make(chan struct{})
	go func() { // stop waits for it
		defer close(left)
		for {
			select {
			case <-signals:
				_ = to.Signal(syscall.SIGTERM) // it may have ended
			case <-quit:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(quit)
		<-left
	}
}
