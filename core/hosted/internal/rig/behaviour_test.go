// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"bytes"
	"image"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/hosted/internal/ticker"
)

func (p *program) close() {
	p.Helper()
	if err := p.display.CloseWindow(p.window); err != nil {
		p.Fatal(err)
	}
}

func (p *program) screenshot(name string) image.Image {
	p.Helper()
	file := ""
	if *screenshots != "" {
		if err := os.MkdirAll(*screenshots, 0o777); err != nil {
			p.Fatal(err)
		}
		file = filepath.Join(*screenshots, name)
	}
	picture, err := p.display.Screenshot(file)
	if err != nil {
		p.Fatal(err)
	}
	return picture
}

// The parts of the windows of all examples. The list is left of the drawing.
var (
	listPart    = image.Rect(30, 70, 480, 280)
	drawingPart = image.Rect(590, 60, 760, 290)
)

// pixels are the colours in a part of a picture, in order.
func pixels(m image.Image, part image.Rectangle) []byte {
	var all []byte
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, _ := m.At(x, y).RGBA()
			all = append(all, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return all
}

func TestWindowShowsLinesBesideAnAnimation(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		before := p.screenshot(e.name + "-empty.png")
		p.show(ticker.Rows + 3)
		after := p.screenshot(e.name + ".png")
		if bytes.Equal(pixels(before, listPart), pixels(after, listPart)) {
			t.Error("the list looks as it did before there were lines")
		}
		for m := after; bytes.Equal(pixels(m, drawingPart), pixels(after, drawingPart)); m = p.screenshot(e.name + "-moved.png") {
			p.wait("an animation", func(r ticker.Report) bool { return r.Frames > 0 })
		}
		p.close()
		p.exits()
	})
}

func TestClosingTheWindowStopsTheReactor(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		p.show(1)
		p.close()
		p.exits()
	})
}

func TestClosingTheWindowInAFlood(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		stopped := make(chan struct{})
		go func() { // ends with the connection; waited for below
			defer close(stopped)
			for flood := []byte(strings.Repeat("much\n", 1000)); ; {
				if _, err := p.peer.Write(flood); err != nil {
					return
				}
			}
		}()
		p.wait("lines", func(r ticker.Report) bool { return r.Shown > 0 && r.Frames > 0 })
		p.close()
		p.exits()
		<-stopped
	})
}

func TestStoppingTheReactorClosesTheWindow(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		p.send("good bye\nquit\n")
		p.exits()
	})
}

func TestSignalStopsTheReactorAndClosesTheWindow(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		p.exits()
	})
}

func TestTheWindowStaysWithoutThePeer(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		p := start(t, e)
		p.show(1)
		p.peer.Close()
		for range 2 {
			p.wait("frames", func(r ticker.Report) bool { return r.Frames > 0 })
		}
		p.screenshot(e.name + "-disconnected.png")
		p.close()
		p.exits()
	})
}

func TestTheWindowOpensWithoutAPeer(t *testing.T) {
	forEach(t, func(t *testing.T, e *example) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close() // nobody answers there
		p := run(t, e, "tcp:"+l.Addr().String())
		p.waitWindow()
		p.screenshot(e.name + "-refused.png")
		p.close()
		p.exits()
	})
}
