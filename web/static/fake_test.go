// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"io/fs"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// transport is a StringTransport whose loop is another face of its clock.
type transport struct {
	*protocoltest.StringTransport
	loop protocol.Loop
}

func (t *transport) Loop() protocol.Loop { return t.loop }

// wrap gives a protocol another transport than it is called with.
type wrap struct {
	p protocol.Protocol
	t protocol.Transport
}

func (w wrap) ConnectionMade(protocol.Transport)                 { w.p.ConnectionMade(w.t) }
func (w wrap) DataReceived(_ protocol.Transport, p []byte)       { w.p.DataReceived(w.t, p) }
func (w wrap) ConnectionLost(_ protocol.Transport, reason error) { w.p.ConnectionLost(w.t, reason) }

// clockAdvance runs what is due without moving the time, unless the clock is running already.
func clockAdvance(c *protocoltest.Clock) {
	if len(c.Calls()) > 0 {
		c.Advance(0)
	}
}

// counting counts the open files.
type counting struct {
	fs.FS
	open *int
}

func (c counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	*c.open++
	return &counted{f.(readerAtFile), c.open}, nil
}

func (c counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

type readerAtFile interface {
	fs.File
	ReadAt(p []byte, off int64) (int, error)
}

type counted struct {
	readerAtFile
	open *int
}

func (c *counted) Close() error {
	*c.open--
	return c.readerAtFile.Close()
}

// onlyRead hides everything but Read, Stat and Close.
type onlyRead struct{ fs.FS }

func (o onlyRead) Open(name string) (fs.File, error) {
	f, err := o.FS.Open(name)
	return struct{ fs.File }{f}, err
}
