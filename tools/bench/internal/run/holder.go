// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/load"
)

// HoldFlag is the argument by which the executable runs itself as a client that holds connections; a holderSpec in JSON follows. The program hands that to
// Hold.
const HoldFlag = "-hold"

type holderSpec struct {
	Addr   netip.AddrPort
	Kind   string
	Number int // of the client: each comes from an address of its own
}

// A holderRequest is a line on the standard input of a client that holds connections.
type holderRequest struct {
	Open int           `json:",omitempty"` // have so many connections
	Echo time.Duration `json:",omitempty"` // load one in a hundred of them for so long, and close all
	// Await is the number of a message that all of them are to get, of the kind ws; Say has the first of them send it.
	Await int  `json:",omitempty"`
	Say   bool `json:",omitempty"`
}

type holderAnswer struct {
	Failed string `json:",omitempty"`
	Result load.Result
	Said   int64 `json:",omitempty"` // when the message was sent, and when the last connection had it: nanoseconds of the system's monotonic clock
	At     int64 `json:",omitempty"`
}

// A holder is such a client, seen from outside.
type holder struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	said *tail
}

func newHolder(spec holderSpec, place Placement) (*holder, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	h := &holder{cmd: exec.Command(self, HoldFlag, string(arg)), said: new(tail)}
	h.cmd.Stderr = h.said
	h.cmd.WaitDelay = endWithin
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	h.out = json.NewDecoder(bufio.NewReader(out))
	place.Server = place.Client
	return h, place.start(h.cmd)
}

func (h *holder) ask(r holderRequest) (load.Result, error) {
	a, err := h.request(r)
	return a.Result, err
}

func (h *holder) request(r holderRequest) (a holderAnswer, err error) {
	if err := json.NewEncoder(h.in).Encode(r); err != nil {
		return a, fmt.Errorf("the client: %w%s", err, h.said)
	}
	if err := h.out.Decode(&a); err != nil {
		return a, fmt.Errorf("the client: %w%s", err, h.said)
	}
	if a.Failed != "" {
		return a, errors.New(a.Failed)
	}
	return a, nil
}

func (h *holder) stop() {
	h.in.Close()
	late := time.AfterFunc(endWithin, func() { h.cmd.Process.Kill() })
	defer late.Stop()
	h.cmd.Wait() // how it ended does not matter any more
}

// Hold is what the process started by newHolder runs: it holds connections until stdin is closed.
func Hold(spec string, stdin io.Reader, stdout io.Writer) error {
	var s holderSpec
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return fmt.Errorf("%s: %w", HoldFlag, err)
	}
	if _, err := OpenFiles(); err != nil {
		return err
	}
	e := load.Echo{Depth: 1, Size: 64}
	switch s.Kind {
	case "tls12":
		e.TLS = load.ClientTLS(tls.VersionTLS12)
	case "tls13":
		e.TLS = load.ClientTLS(tls.VersionTLS13)
	}
	cfg := load.Config{Addr: s.Addr, Source: netip.AddrFrom4([4]byte{127, 0, byte(s.Number + 1), 1})}
	if s.Kind == kindWS {
		return holdRoom(cfg, json.NewDecoder(stdin), json.NewEncoder(stdout))
	}
	field, err := e.Open(cfg)
	if err != nil {
		return err
	}
	requests, answers := json.NewDecoder(stdin), json.NewEncoder(stdout)
	for {
		var r holderRequest
		if err := requests.Decode(&r); err == io.EOF {
			field.Close()
			return nil
		} else if err != nil {
			return err
		}
		var a holderAnswer
		if err := field.Grow(r.Open); err != nil {
			a.Failed = err.Error()
		} else if r.Echo > 0 {
			a.Result, err = field.Measure(activeOf(field.Conns()), r.Echo)
			if err != nil {
				a.Failed = err.Error()
			}
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
		if r.Echo > 0 {
			return nil
		}
	}
}
