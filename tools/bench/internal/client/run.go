// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/torsion-go/torsion/tools/bench/internal/profile"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// A Count is the answer to "count".
type Count struct {
	Requests int64  // that were answered, and verified
	Failed   string // what went wrong, "" for nothing
}

// A tally is what a client has done so far. Safe from any goroutine.
type tally struct {
	requests atomic.Int64
	failed   atomic.Pointer[string]
}

var errWrong = errors.New("the server's answer is not the one that was expected")

// add counts an answer, and reports whether it was right.
func (t *tally) add(status int, body []byte, err error) bool {
	if err == nil && (status != 200 || string(body) != server.Hello) {
		err = errWrong
	}
	if err != nil {
		t.fail(err)
		return false
	}
	t.requests.Add(1)
	return true
}

// fail keeps the first error.
func (t *tally) fail(err error) {
	text := err.Error()
	t.failed.CompareAndSwap(nil, &text)
}

func (t *tally) count() Count {
	c := Count{Requests: t.requests.Load()}
	if f := t.failed.Load(); f != nil {
		c.Failed = *f
	}
	return c
}

// Run is what the process started by Command runs where the client is written in Go. spec is a Spec in JSON. It prints that it asks, answers each line "count" on stdin by a Count in
// JSON, and returns when stdin is closed. The client lives until the process ends.
func Run(spec string, stdin io.Reader, stdout io.Writer) error {
	var s Spec
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return fmt.Errorf("%s: %w", Flag, err)
	}
	e, err := check(s)
	if err != nil {
		return err
	}
	if e.start == nil {
		return fmt.Errorf("the client %s is not written in Go", e.Name)
	}
	stop, err := profile.Start(s.Profile)
	if err != nil {
		return err
	}
	defer stop()
	var t tally
	if err := e.start(s, &t); err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	if _, err := fmt.Fprintln(stdout, Asking, s.Addr); err != nil {
		return err
	}
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		if lines.Text() != "count" {
			return fmt.Errorf("%q is no request", lines.Text())
		}
		if err := json.NewEncoder(stdout).Encode(t.count()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// clientTLS is what the clients written in Go use.
func clientTLS() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // made by the server a moment ago
		MinVersion:         tls.VersionTLS13,
		CurvePreferences:   []tls.CurveID{tls.X25519},
	}
}
