// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// The field, in characters, and how many lines are shown below.
const (
	width  = 64
	height = 16
	shown  = 5
)

// A ball flies at vx and vy characters a second, and is thrown back at the edges.
type ball struct{ x, y, vx, vy float64 }

func (b *ball) move(d time.Duration) {
	b.x, b.vx = bounce(b.x+b.vx*d.Seconds(), b.vx, width-1)
	b.y, b.vy = bounce(b.y+b.vy*d.Seconds(), b.vy, height-1)
}

func bounce(at, v, end float64) (float64, float64) {
	switch {
	case at < 0:
		return -at, math.Abs(v)
	case at > end:
		return 2*end - at, -math.Abs(v)
	}
	return at, v
}

// A screen draws by the escape sequences of ECMA-48.
type screen struct {
	out io.Writer
	buf bytes.Buffer
}

func newScreen(out io.Writer) *screen {
	s := &screen{out: out}
	fmt.Fprint(out, "\x1b[?1049h\x1b[?25l") // xterm's other screen, without a cursor
	return s
}

func (s *screen) restore() { fmt.Fprint(s.out, "\x1b[?25h\x1b[?1049l") }

// draw writes a frame in one go. The characters of lines that are no text are quoted: they come from the network.
func (s *screen) draw(g *game) {
	b := &s.buf
	b.Reset()
	b.WriteString("\x1b[H")
	for y := range height {
		b.WriteString("\x1b[2K\x1b[48;5;236m")
		for x := range width {
			if x == int(g.ball.x) && y == int(g.ball.y) {
				b.WriteString("\x1b[93mO\x1b[39m")
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteString("\x1b[0m\r\n")
	}
	fmt.Fprintf(b, "\x1b[2K%d lines\r\n", g.count)
	for i := range shown {
		b.WriteString("\x1b[2K")
		if i < len(g.lines) {
			q := []rune(strconv.QuoteToGraphic(g.lines[i]))
			b.WriteString(string(q[1:min(len(q)-1, width+1)]))
		}
		b.WriteString("\r\n")
	}
	_, _ = s.out.Write(b.Bytes()) // a terminal that is gone ends the program by a signal
}
