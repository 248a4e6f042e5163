// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
)

// Limits of what a program can have logged for one request.
const (
	maxLogLine  = 4096
	maxLogLines = 100
)

// lastWords is how long the end of the output waits for the exit of the program, which tells whether the output is whole.
const lastWords = time.Second

// usualPath is the PATH of programs where this process has none.
const usualPath = "/usr/local/bin:/usr/bin:/bin"

// A run is one program with its request:
//
//	spawn ─> upload ─> output* ─> output closed and exited: End
//	            └ killed, expired, Abandon: Terminate
//
// The timer stands for Config.Silence, and rests while the client is the one to wait for.
type run struct {
	process.Base
	h      *Handler
	r      *web.Request
	upload *cgienv.Upload
	reply  *cgienv.Reply

	spawning *deferred.Deferred[*process.Transport]
	t        *process.Transport
	log      process.Lines
	logged   int

	timer, total protocol.DelayedCall
	exit         error // how it ended; nil before
	sent         bool  // the whole request
	held         bool  // the program does not take the request
	paused       bool  // the client does not take the answer
	closed       bool  // its output
	over         bool
}

// run starts a program.
func (h *Handler) run(r *web.Request, reactor process.Reactor, file string) {
	next := func(u *cgienv.Upload) {
		path := os.Getenv("PATH")
		if path == "" {
			path = usualPath
		}
		file, err := filepath.Abs(file)
		if err != nil {
			h.cfg.Logger.Error("cgi: no such program", "file", file, "error", err)
			r.Error(500, "")
			return
		}
		env, err := h.environment(r, u, file, path)
		if err != nil {
			r.Error(400, "")
			return
		}
		if h.active.Add(1) > int64(h.cfg.MaxProcesses) {
			h.active.Add(-1)
			if h.refused.Add(1) == 1 {
				h.cfg.Logger.Warn("cgi: too many programs at a time: the first request that is refused", "limit", h.cfg.MaxProcesses)
			}
			r.ResponseHeader().Set("Retry-After", "1")
			r.Error(503, "")
			return
		}
		h.requests.Add(1)
		x := &run{h: h, r: r, upload: u}
		x.log = process.Lines{Max: maxLogLine, Line: x.logLine}
		x.reply = cgienv.NewReply(r, x, cgienv.ReplyOptions{Name: "cgi", MaxHeader: h.cfg.MaxHeader, BadStatus: 500, Logger: h.cfg.Logger, Local: h.cfg.Root})
		x.spawn(reactor, process.Config{
			Args: h.arguments(r, file), Env: env, Dir: filepath.Dir(file), User: h.cfg.User, ProcessGroup: true, Limits: limits(&h.cfg), Logger: h.cfg.Logger,
		})
	}
	cgienv.ReadUpload(r, h.cfg.MaxGather, next)
}

func (x *run) spawn(reactor process.Reactor, cfg process.Config) {
	if d := x.h.cfg.Time; d > 0 {
		x.total = reactor.CallLater(d, func() { x.expired(fmt.Errorf("it ran for %v: %w", d, protocol.ErrConnectionTimeout)) })
	}
	x.spawning = process.Spawn(reactor, cfg, x)
	x.spawning.Done(func(_ *process.Transport, err error) {
		x.spawning = nil
		if err != nil {
			x.h.active.Add(-1)
			x.fail(500, err)
		}
	})
}

// ConnectionMade passes the request on.
func (x *run) ConnectionMade(t *process.Transport) {
	x.t = t
	if x.over {
		t.Terminate(0)
		return
	}
	if x.upload.Length > 0 {
		if t.RegisterProducer(uploading{x}, protocol.PushProducer) != nil {
			return // the program ended at once
		}
	}
	x.upload.Stream(func(p []byte) {
		if !x.over {
			t.Write(p) // an error is that of a program that does not want it
		}
	}, func(err error) {
		switch {
		case x.over:
		case errors.Is(err, web.ErrBodyTooLarge):
			x.refuse(413)
		case err != nil:
			x.refuse(400) // the client is gone, or makes no sense
		default:
			x.sent, x.held = true, false
			t.UnregisterProducer()
			t.CloseStdin()
			x.watch()
		}
	})
	x.watch()
}

// ChildDataReceived takes output.
func (x *run) ChildDataReceived(_ *process.Transport, fd int, p []byte) {
	if fd == 2 {
		x.log.Write(p)
		return
	}
	if x.over {
		return
	}
	x.reply.Write(p)
	x.reply.Settle()
	if x.reply.Over() { // a header that cannot be sent, or a local redirect
		x.stop()
		return
	}
	x.watch()
}

// ChildConnectionLost notices the end of the output, and a program that takes no more input.
func (x *run) ChildConnectionLost(t *process.Transport, fd int, _ error) {
	switch fd {
	case 0:
		x.sent, x.held = true, false
		x.watch()
	case 1:
		x.closed = true
		if x.exit == nil {
			t.Loop().CallLater(lastWords, func() { x.finish() }) // it may go on without
		}
		x.complete()
	}
}

// ProcessExited tells whether the output is whole.
func (x *run) ProcessExited(_ *process.Transport, reason error) {
	x.exit = reason
	x.complete()
}

// ProcessEnded is the end of everything.
func (x *run) ProcessEnded(_ *process.Transport, reason error) {
	x.log.Flush()
	x.h.active.Add(-1)
	if x.exit == nil {
		x.exit = reason
	}
	x.closed = true
	x.complete()
}

// complete ends the answer when the program has exited and its output is closed.
func (x *run) complete() {
	if x.exit != nil && x.closed {
		x.finish()
	}
}

func (x *run) finish() {
	if x.over {
		return
	}
	if end, ok := errors.AsType[*process.Terminated](x.exit); ok {
		if end.Signal != 0 {
			x.fail(500, x.exit)
			return
		}
		x.h.cfg.Logger.Info("cgi: program reports a status", "uri", x.r.URI, "code", end.ExitCode)
	}
	x.settled()
	x.reply.End()
	if x.r.Status() == 500 {
		x.h.failed.Add(1)
	}
}

// settled stops what stands for the request.
func (x *run) settled() {
	x.over = true
	for _, t := range [...]protocol.DelayedCall{x.timer, x.total} {
		if t != nil {
			t.Cancel()
		}
	}
	x.upload.Resume() // what is still to come of the request is dropped
}

// stop ends the program: nobody waits for it.
func (x *run) stop() {
	if x.over {
		return
	}
	x.settled()
	if x.spawning != nil {
		return // ConnectionMade ends it
	}
	if x.t != nil {
		x.t.Resume()
		x.t.Terminate(0)
	}
}

func (x *run) fail(status int, err error) {
	if x.over {
		return
	}
	x.h.failed.Add(1)
	x.stop()
	x.reply.Fail(status, err)
}

func (x *run) refuse(status int) {
	x.stop()
	x.reply.Refuse(status)
}

func (x *run) expired(err error) {
	if x.over {
		return
	}
	x.h.timedOut.Add(1)
	x.stop()
	x.reply.Fail(504, err)
}

// watch begins Config.Silence anew, or stops it.
func (x *run) watch() {
	d := x.h.cfg.Silence
	if d < 0 || x.over || x.t == nil {
		return
	}
	switch {
	case x.paused || !x.sent && !x.held:
		if x.timer != nil {
			x.timer.Cancel()
		}
	case x.timer == nil:
		x.timer = x.t.Loop().CallLater(d, func() {
			x.expired(fmt.Errorf("it said nothing for %v: %w", d, protocol.ErrConnectionTimeout))
		})
	default:
		x.timer.Rearm(d)
	}
}

// Pause holds the program up, because the client does not read.
func (x *run) Pause() {
	if x.over || x.t == nil {
		return
	}
	x.paused = true
	x.watch()
	x.t.Pause()
}

// Resume lets it go on.
func (x *run) Resume() {
	if x.over || !x.paused {
		return
	}
	x.paused = false
	x.watch()
	x.t.Resume()
}

// Abandon follows when the client has left.
func (x *run) Abandon(error) { x.stop() }

func (x *run) logLine(line []byte) {
	switch x.logged++; {
	case x.logged < maxLogLines:
		x.h.cfg.Logger.Warn("cgi: stderr", "uri", x.r.URI, "text", string(line))
	case x.logged == maxLogLines:
		x.h.cfg.Logger.Warn("cgi: stderr: more lines are left out", "uri", x.r.URI)
	}
}

// uploading is a run as the producer of the request's body.
type uploading struct{ x *run }

func (u uploading) Pause() {
	u.x.held = true
	u.x.upload.Pause()
	u.x.watch()
}

func (u uploading) Resume() {
	u.x.held = false
	u.x.upload.Resume()
	u.x.watch()
}

func (u uploading) Stop(reason error) {
	u.x.held = false
	u.x.upload.Stop(reason)
}
