// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

const (
	startWithin = 20 * time.Second // Python takes a while to import
	endWithin   = 5 * time.Second
)

// A process is what is measured: a server that runs, or a client.
type process struct {
	Addr    netip.AddrPort
	pid     int // of the process that serves
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	said    *tail // on its standard error
	weighs  bool  // it answers "weigh"
	cleanup func()
}

// serve starts a server and waits until it accepts.
func serve(spec server.Spec, place Placement) (*process, error) {
	cmd, cleanup, err := server.Command(spec)
	if err != nil {
		return nil, err
	}
	return launch(cmd, cleanup, place, server.Listening)
}

// ask starts a client, which asks a server from then on.
func ask(spec client.Spec, place Placement) (*process, error) {
	cmd, err := client.Command(spec)
	if err != nil {
		return nil, err
	}
	return launch(cmd, func() {}, place, client.Asking)
}

// launch starts a process on the server's CPU and waits for the line that begins with ready, behind which an address stands.
func launch(cmd *exec.Cmd, cleanup func(), place Placement, ready string) (*process, error) {
	p := &process{cmd: cmd, cleanup: cleanup, said: new(tail), weighs: slices.Contains(cmd.Args, server.Flag)}
	cmd.Stderr = p.said
	cmd.WaitDelay = endWithin
	out, err := p.begin(place)
	if err != nil {
		cleanup()
		return nil, err
	}
	p.answers = bufio.NewReader(out)
	late := time.AfterFunc(startWithin, func() { cmd.Process.Kill() })
	defer late.Stop()
	for {
		line, err := p.answers.ReadString('\n')
		if err != nil {
			p.stop()
			return nil, fmt.Errorf("the %s did not start: %w%s", role(ready), err, p.said)
		}
		// What an engine logs before it accepts is passed over.
		if addr, ok := strings.CutPrefix(line, ready+" "); ok {
			addr, pid, other := strings.Cut(strings.TrimSpace(addr), " ")
			p.pid = cmd.Process.Pid
			if p.Addr, err = netip.ParseAddrPort(addr); err == nil && other {
				p.weighs = false
				p.pid, err = strconv.Atoi(pid)
			}
			if err != nil {
				p.stop()
				return nil, err
			}
			return p, nil
		}
	}
}

func role(ready string) string {
	if ready == client.Asking {
		return "client"
	}
	return "server"
}

func (p *process) begin(place Placement) (out io.Reader, err error) {
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if out, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return out, place.start(p.cmd)
}

// stop ends the server: by closing its standard input, and by force if that does not do.
func (p *process) stop() {
	p.in.Close()
	late := time.AfterFunc(endWithin, func() { p.cmd.Process.Kill() })
	defer late.Stop()
	p.cmd.Wait() // how it ended does not matter any more
	p.cleanup()
}

// cpu reads its CPU clock.
func (p *process) cpu() (time.Duration, error) { return processCPU(p.pid) }

// memory returns its resident memory and the peak of it, in bytes.
func (p *process) memory() (rss, peak int64, err error) { return memory(p.pid) }

// weigh makes a server written in Go give free memory back to the system, and returns what it tells. Of others it returns nothing.
func (p *process) weigh() (w server.Weight, err error) {
	if !p.weighs {
		return w, nil
	}
	if _, err := io.WriteString(p.in, "weigh\n"); err != nil {
		return w, err
	}
	line, err := p.answers.ReadBytes('\n')
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal(line, &w)
}

// count asks a client what it has done.
func (p *process) count() (c client.Count, err error) {
	if _, err = io.WriteString(p.in, "count\n"); err == nil {
		var line []byte
		if line, err = p.answers.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &c)
		}
	}
	switch {
	case err != nil:
		return c, fmt.Errorf("the client does not answer: %w%s", err, p.said)
	case c.Failed != "":
		return c, errors.New(c.Failed)
	}
	return c, nil
}

// tail keeps the last of what a process writes to its standard error. Safe from any goroutine.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailSize; n > 0 {
		t.buf = slices.Delete(t.buf, 0, n)
	}
	return len(p), nil
}

// String returns it as the end of an error message.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.buf) == 0 {
		return ""
	}
	return "; it said: " + string(bytes.TrimSpace(t.buf))
}
