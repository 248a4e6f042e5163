// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"runtime"
	"runtime/debug"

	"github.com/torsion-go/torsion/tools/bench/internal/profile"
)

// A Weight is the answer to "weigh".
type Weight struct {
	Goroutines int
	Heap       uint64 // bytes in use after a collection
}

// Serve is what the process started by Command runs where the engine is written in Go. spec is a Spec in JSON. It prints the address, answers each line
// "weigh" on stdin by a Weight in JSON after giving all free memory back to the system, and returns when stdin is closed. The server lives until the process
// ends.
func Serve(spec string, stdin io.Reader, stdout io.Writer) error {
	var s Spec
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return fmt.Errorf("%s: %w", Flag, err)
	}
	e, err := check(s)
	if err != nil {
		return err
	}
	if e.attend != nil {
		return attend(e, s, stdin, stdout)
	}
	if e.start == nil {
		return fmt.Errorf("%s is not written in Go", e.Name)
	}
	if s.Loops = max(s.Loops, 1); s.Loops > 1 {
		runtime.GOMAXPROCS(s.Loops)
	}
	stop, err := profile.Start(s.Profile)
	if err != nil {
		return err
	}
	defer stop()
	addr, err := e.start(s)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	if _, err := fmt.Fprintln(stdout, Listening, addr); err != nil {
		return err
	}
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		if lines.Text() != "weigh" {
			return fmt.Errorf("%q is no request", lines.Text())
		}
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if err := json.NewEncoder(stdout).Encode(Weight{Goroutines: runtime.NumGoroutine(), Heap: m.HeapAlloc}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// attend runs a server that is a process of its own until stdin is closed.
func attend(e Engine, s Spec, stdin io.Reader, stdout io.Writer) error {
	addr, pid, stop, err := e.attend(s)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	defer stop()
	if _, err := fmt.Fprintln(stdout, Listening, addr, pid); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, stdin)
	return err
}

// freeAddr returns an address that nothing used a moment ago, for engines that cannot tell which one the system picked.
func freeAddr(w Work) (string, error) {
	if w == UDP {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		defer c.Close()
		return c.LocalAddr().String(), nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
