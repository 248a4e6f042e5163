// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Gameloop is a game with a main loop of its own, at 60 frames a second, and a reactor in it: a ball flies through the terminal while lines arrive from the network.
//
// Usage: gameloop [--frames n] [endpoint], where the endpoint is a server description and tcp:1030:interface=127.0.0.1 by default. With --frames it draws nothing, and tells after n
// frames, or when it is interrupted, how it went. Talk to it with:
//
//	nc 127.0.0.1 1030
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

const (
	frame = time.Second / 60
	// slice is the reactor's share of a frame that is late already. Of one that is not it gets all that is left.
	slice = 2 * time.Millisecond
)

// A game is what there is to see. The network's callbacks change it directly: they come between two frames, on the game's own goroutine.
type game struct {
	ball  ball
	lines []string // the newest ones
	count int
}

func (g *game) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	return &framing.Lines{Handler: g, Delimiter: "\n"}, nil
}

func (g *game) LineReceived(c *framing.Lines, line []byte) {
	g.count++
	g.lines = append(g.lines[max(len(g.lines)-shown+1, 0):], string(line))
	c.SendLineString(fmt.Sprintf("line %d, and the ball is at column %d", g.count, int(g.ball.x)))
}

// play is the main loop: it ends after so many frames, unless that is 0, or when the reactor has stopped.
func (g *game) play(r *reactor.Reactor, frames int, draw func()) (s score, err error) {
	start := time.Now()
	defer func() { s.took = time.Since(start) }()
	for next := start.Add(frame); frames == 0 || s.frames < frames; next = next.Add(frame) {
		g.ball.move(frame)
		draw()
		s.frames++
		if _, err := r.Pump(slice); err != nil {
			return s, err
		}
		if time.Now().After(next) {
			s.late++
			next = time.Now() // the frames that were missed are not made up for
		}
		for d := time.Until(next); d > 0; d = time.Until(next) {
			if err := r.Iterate(d); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// A score tells how the game went.
type score struct {
	frames, late int
	took         time.Duration
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("gameloop", flag.ContinueOnError)
	frames := flags.Int("frames", 0, "end after `n` frames, and draw none")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "Usage: gameloop [--frames n] [endpoint]\nThe endpoint is where lines may come from, tcp:1030:interface=127.0.0.1 by default.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return err
	}
	g := &game{ball: ball{vx: 24, vy: 9}}
	port, err := endpoint.ListenString(r, append(flags.Args(), "tcp:1030:interface=127.0.0.1")[0], g)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", port.Addr())
	if err := r.StartRunning(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = r.Stop() })() // it may be stopping
	draw := func() {}
	if *frames == 0 {
		s := newScreen(stdout)
		defer s.restore()
		draw = func() { s.draw(g) }
	}
	s, err := g.play(r, *frames, draw)
	if err == nil {
		_ = r.Stop() // it may be stopping
		for err == nil {
			err = r.Iterate(-1)
		}
	}
	if err != reactor.ErrNotRunning {
		return err
	}
	if *frames != 0 {
		fmt.Fprintf(stdout, "%d frames in %v, %d of them late; %d lines\n", s.frames, s.took.Round(time.Millisecond), s.late, g.count)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gameloop: error:", err)
		os.Exit(1)
	}
}
