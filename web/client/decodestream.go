// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A decoding is the stream of a body that is decoded. The decoders, which can only read, run in a coroutine of the loop that waits where they would block: for input, for somebody to take
// what they have made, and for the next turn. What they have made is handed over outside of the coroutine.
type decoding struct {
	stream          // what is decoded
	names  []string // in the order of decoding; nil once the coroutine has started
	cfg    DecoderConfig
	wrap   func(error) error
	to     receiver // nil before start, and when it was told the end

	in       bytes.Buffer // not decoded yet
	received int64        // all of it
	innerEnd bool
	innerErr error
	held     bool // the inner stream is paused

	waits  *deferred.Deferred[struct{}] // what the coroutine waits for
	hungry bool                         // it is input
	spent  bool                         // it is the next turn
	made   int                          // by all decoders in this turn
	out    []byte                       // made, and not handed over
	result error                        // of the coroutine; io.EOF is success
	done   bool                         // there is a result
	turn   protocol.DelayedCall

	started, paused, running, over bool
}

func newDecoding(inner stream, names []string, cfg DecoderConfig, wrap func(error) error) *decoding {
	return &decoding{stream: inner, names: names, cfg: cfg, wrap: wrap}
}

func (d *decoding) start(to receiver) {
	if d.started {
		d.stream.start(to) // which refuses
		return
	}
	d.started, d.to = true, to
	d.stream.start(d)
	if d.paused {
		d.hold()
	}
}

// data is called by the inner stream.
func (d *decoding) data(p []byte) {
	if d.over {
		return
	}
	d.received += int64(len(p))
	d.in.Write(p)
	if d.paused {
		d.hold()
	}
	d.run()
}

// end is called by the inner stream.
func (d *decoding) end(err error) {
	switch d.innerEnd, d.innerErr = true, err; {
	case d.to == nil: // the decoders have ended it
	case d.over: // it was cut
		d.finish(err)
	case d.paused && err != nil:
		// Nobody may ever come back for the rest: nothing is kept.
		d.stop()
		d.finish(err)
	default:
		d.run()
	}
}

func (d *decoding) pause() {
	d.paused = true
	d.hold()
}

func (d *decoding) resume() {
	switch paused := d.paused; {
	case !paused:
	case d.to == nil || d.over:
		d.paused = false
		d.release()
	default:
		d.paused = false
		if !d.running {
			d.later() // not inside ResumeBody
		}
	}
}

func (d *decoding) cut() {
	d.stop()
	d.stream.cut()
}

// hold holds the inner stream back.
func (d *decoding) hold() {
	if d.started && !d.held && !d.innerEnd {
		d.held = true
		d.stream.pause()
	}
}

// release has the inner stream go on.
func (d *decoding) release() {
	if d.held {
		d.held = false
		d.stream.resume()
	}
}

// later has run called in a turn of its own.
func (d *decoding) later() {
	if d.turn == nil {
		d.turn = d.loop().CallLater(0, d.run)
	} else if !d.turn.Active() {
		d.turn.Rearm(0)
	}
}

// run decodes and hands over until there is nothing to decode, or nobody to take it, or the turn is over.
func (d *decoding) run() {
	if d.running || d.over || d.to == nil {
		return
	}
	d.running, d.made, d.spent = true, 0, false
	defer func() { d.running = false }()
	for !d.over && !d.paused {
		switch {
		case len(d.out) > 0:
			p := d.out
			d.out = nil
			d.to.data(p)
		case d.done:
			d.conclude()
		case d.spent:
			d.hold()
			d.later()
			return
		case (d.hungry || d.names != nil) && d.in.Len() == 0 && !d.innerEnd:
			d.release()
			return
		case d.names != nil:
			d.begin()
		case d.waits == nil:
			return // the coroutine is still to begin, or to end
		default:
			d.step(nil)
		}
	}
}

// conclude ends the stream by what the decoders have come to.
func (d *decoding) conclude() {
	err := d.result
	d.over = true
	switch {
	case err == io.EOF:
		d.finish(nil)
		return
	case d.innerErr != nil:
		d.finish(d.innerErr)
		return
	case !d.innerEnd:
		d.stream.cut()
	}
	if !errors.Is(err, ErrBodyTooLong) {
		err = fmt.Errorf("the body cannot be decoded: %w", err)
	}
	d.finish(d.wrap(err))
}

// finish tells the reader of the end.
func (d *decoding) finish(err error) {
	to := d.to
	d.to, d.out, d.in = nil, nil, bytes.Buffer{}
	to.end(err)
}

// stop ends the coroutine, and what is to be done in a later turn.
func (d *decoding) stop() {
	d.over = true
	if d.turn != nil && d.turn.Active() {
		d.turn.Cancel()
	}
	d.step(errStopped)
}
