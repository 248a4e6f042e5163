// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ticker

import (
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// What the list shows at most.
const (
	Rows    = 14
	Columns = 64
)

// pause is the time between two texts of the list: a toolkit paints less often, and laying out ten thousand texts a second would be for nothing.
const pause = 4 * time.Millisecond

// maxLine bounds a line of the peer, in bytes; a longer one ends the connection.
const maxLine = 4096

// A Toolkit is what an example brings. All functions are called on the main thread.
type Toolkit struct {
	Name      string                         // of the program
	Run       func(r *reactor.Reactor) error // the main loop with the reactor inside
	Open      func(title string)             // makes and shows the window
	SetLines  func(text string)              // sets the text of the list, and has it painted
	SetStatus func(text string)              // sets the text of the line below
}

// A Ticker is the program behind the window. Make one with New.
type Ticker struct {
	toolkit Toolkit
	loop    protocol.Loop
	now     func() time.Time // the wall clock, which the peer's stamps are of
	stop    func()

	open  bool      // there is a window
	rows  []string  // the newest lines, the last Rows of them
	fresh batch     // came after the list's text was set
	set   batch     // the text is set, but not painted
	last  time.Time // when the text was set
	later bool      // it will be again

	stats  stats
	status string // about the connection
}

// A batch is lines on their way to the screen.
type batch struct {
	lines  int
	stamps []int64
}

func (b *batch) add(more batch) {
	b.lines += more.lines
	b.stamps = append(b.stamps, more.stamps[:min(len(more.stamps), maxSamples-len(b.stamps))]...)
}

// New returns the program for a toolkit.
func New(toolkit Toolkit) *Ticker {
	return &Ticker{toolkit: toolkit, now: time.Now, status: "not connected"}
}

// feed makes the protocol of the connection.
func (t *Ticker) feed() protocol.Protocol {
	f := &feed{t: t}
	f.Lines = framing.Lines{Handler: f, Delimiter: "\n", MaxLength: maxLine}
	return f
}

// A feed shows what came once for what came together, instead of for each line.
type feed struct {
	framing.Lines
	t *Ticker
}

func (f *feed) ConnectionMade(tr protocol.Transport) {
	f.Lines.ConnectionMade(tr)
	f.t.connected("connected to " + tr.RemoteAddr().String())
}

func (f *feed) DataReceived(tr protocol.Transport, p []byte) {
	f.Lines.DataReceived(tr, p)
	f.t.show()
}

func (f *feed) ConnectionLost(tr protocol.Transport, reason error) {
	f.Lines.ConnectionLost(tr, reason)
	f.t.connected("disconnected: " + reason.Error())
}

func (f *feed) LineReceived(_ *framing.Lines, line []byte) {
	if string(line) == "quit" {
		f.LoseConnection()
		f.t.stop()
		return
	}
	f.t.line(string(line))
}

func (t *Ticker) line(line string) {
	t.stats.lines++
	one := batch{lines: 1}
	if at, ok := stamp(line); ok {
		one.stamps = []int64{at}
	}
	t.fresh.add(one)
	if len(t.rows) == Rows {
		t.rows = append(t.rows[:0], t.rows[1:]...)
	}
	t.rows = append(t.rows, cut(line))
}

// cut makes text of at most Columns characters of a line.
func cut(line string) string {
	line = strings.ToValidUTF8(strings.TrimRight(line, "\r"), "\uFFFD")
	n := 0
	for i := range line {
		if n++; n > Columns {
			return line[:i] + "…"
		}
	}
	return line
}

// show sets the list's text, or puts that off for a moment if it was just set.
func (t *Ticker) show() {
	if !t.open || t.later || t.fresh.lines == 0 {
		return
	}
	if wait := pause - t.now().Sub(t.last); wait > 0 {
		t.later = true
		t.loop.CallLater(wait, func() { t.later = false; t.show() })
		return
	}
	t.last = t.now()
	t.set.add(t.fresh)
	t.fresh = batch{stamps: t.fresh.stamps[:0]}
	t.toolkit.SetLines(strings.Join(t.rows, "\n"))
}

// Painted tells that the list was painted. The window calls it.
func (t *Ticker) Painted() {
	t.stats.painted(t.set, t.now().UnixNano())
	t.set = batch{stamps: t.set.stamps[:0]}
}

// Frame tells that the drawing was painted. The window calls it.
func (t *Ticker) Frame() { t.stats.frames++ }

// Closed tells that the window is gone: it is not called any more. The window calls it.
func (t *Ticker) Closed() { t.open = false }

func (t *Ticker) connected(status string) {
	t.status = status
	t.setStatus("")
}

func (t *Ticker) setStatus(figures string) {
	if t.open {
		t.toolkit.SetStatus(t.status + figures)
	}
}
