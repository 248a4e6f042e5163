// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"bufio"
	"errors"
	"io"

	"github.com/torsion-go/torsion/core/deferred"
)

const (
	decodeChunk = 32 << 10  // what is handed over at a time
	decodeTurn  = 256 << 10 // what all decoders of a body make before the loop has a turn
	ratioFree   = 1 << 20   // up to which the ratio does not matter: short texts of spaces are harmless
)

var (
	errStopped  = errors.New("stopped")
	errTrailing = errors.New("there are bytes behind the end of the coded body")
)

// begin starts the coroutine, which runs until it waits.
func (d *decoding) begin() {
	names := d.names
	d.names = nil
	deferred.Go(d.loop(), func(co *deferred.Coroutine) (struct{}, error) {
		return struct{}{}, d.work(co, names)
	}).Done(func(_ struct{}, err error) {
		d.result, d.done = err, true
		d.run()
	})
}

// wait is called in the coroutine, and returns when the driver calls step.
func (d *decoding) wait(co *deferred.Coroutine) error {
	d.waits = deferred.New[struct{}](d.loop())
	_, err := deferred.Await(co, d.waits)
	return err
}

// step has the coroutine go on until it waits again, or is done. What it waits for fails with err, unless that is nil.
func (d *decoding) step(err error) {
	w := d.waits
	d.waits = nil
	switch {
	case w == nil:
	case err != nil:
		w.Errback(err)
	default:
		w.Callback(struct{}{})
	}
}

// work decodes all of the body. It returns io.EOF when it has come to its end.
func (d *decoding) work(co *deferred.Coroutine, names []string) error {
	inputs := []*bufio.Reader{bufio.NewReaderSize(decodeSource{d, co}, 4096)}
	if _, err := inputs[0].Peek(1); err != nil {
		return err // io.EOF: an empty body, whatever is said of its coding
	}
	var top io.Reader
	for i, name := range names {
		if i > 0 {
			inputs = append(inputs, bufio.NewReaderSize(top, decodeChunk))
		}
		r, err := decoders[name](inputs[i])
		if err != nil {
			return unexpected(err)
		}
		defer r.Close()
		top = &decodeLayer{d: d, co: co, inner: r}
	}
	if err := d.pump(co, top); err != nil {
		return unexpected(err)
	}
	for i := range inputs { // the last coding first
		switch _, err := inputs[len(inputs)-1-i].Peek(1); err {
		case io.EOF:
		case nil:
			return errTrailing
		default:
			return err
		}
	}
	return io.EOF
}

// pump hands over what top makes.
func (d *decoding) pump(co *deferred.Coroutine, top io.Reader) error {
	buf := make([]byte, decodeChunk)
	for {
		n, err := top.Read(buf)
		if n > 0 {
			d.out = buf[:n]
			if err := d.wait(co); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// unexpected returns err, which is not the end of a whole body.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A decodeSource reads what was received.
type decodeSource struct {
	d  *decoding
	co *deferred.Coroutine
}

func (s decodeSource) Read(p []byte) (int, error) {
	d := s.d
	for d.in.Len() == 0 {
		switch {
		case d.innerErr != nil:
			return 0, d.innerErr
		case d.innerEnd:
			return 0, io.EOF
		}
		d.hungry = true
		err := d.wait(s.co)
		d.hungry = false
		if err != nil {
			return 0, err
		}
	}
	return d.in.Read(p)
}

// A decodeLayer reads what one coding has made, and bounds it.
type decodeLayer struct {
	d     *decoding
	co    *deferred.Coroutine
	inner io.Reader
	made  int64
	idle  int // reads without result
}

func (l *decodeLayer) Read(p []byte) (int, error) {
	d := l.d
	if d.made >= decodeTurn {
		d.spent = true
		if err := d.wait(l.co); err != nil {
			return 0, err
		}
	}
	n, err := l.inner.Read(p)
	l.made += int64(n)
	d.made += n
	if l.idle++; n > 0 {
		l.idle = 0
	}
	size, ratio := d.cfg.MaxSize, d.cfg.MaxRatio
	switch {
	case size > 0 && l.made > size, ratio > 0 && l.made > max(ratioFree, ratio*d.received):
		return 0, ErrBodyTooLong
	case l.idle > 100 && err == nil:
		return 0, io.ErrNoProgress
	}
	return n, err
}
