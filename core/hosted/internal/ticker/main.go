// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ticker

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/task"
)

// Main is the program's main function: it connects, runs the toolkit's main loop until the window is closed or the reactor stops, and exits.
func (t *Ticker) Main() {
	flags := flag.NewFlagSet(t.toolkit.Name, flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Usage: %s [endpoint]\n\nShows the lines that come from endpoint, a client description: tcp:127.0.0.1:7000 without one.\nTry it with:\n\n"+
			"    while sleep 0.1; do date '+%%s%%N it is %%T'; done | nc -l 127.0.0.1 7000\n", t.toolkit.Name)
	}
	_ = flags.Parse(os.Args[1:])
	if err := t.run(append(flags.Args(), "tcp:127.0.0.1:7000")[0], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "%s: error: %v\n", t.toolkit.Name, err)
		os.Exit(1)
	}
}

func (t *Ticker) run(from string, stdout io.Writer) error {
	r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
	if err != nil {
		return err
	}
	client, err := endpoint.ClientFromString(r, from)
	if err != nil {
		return err
	}
	t.loop, t.stop = r, func() { _ = r.Stop() }
	r.CallWhenRunning(func() { t.begin(client, stdout) })
	err = t.toolkit.Run(r)
	t.Closed()
	if !t.stats.since.IsZero() {
		t.print(stdout)
	}
	return err
}

// begin opens the window and the connection.
func (t *Ticker) begin(client endpoint.Client, stdout io.Writer) {
	t.toolkit.Open("Torsion: " + t.toolkit.Name)
	t.open = true
	t.stats.since = t.now()
	t.connected("connecting")
	client.Connect(protocol.ForProtocol(t.feed)).AddErrback(
		func(err error) (protocol.Protocol, error) {
			t.connected("cannot connect: " + err.Error())
			return nil, nil
		})
	task.NewLoopingCall(t.loop, func() error { t.print(stdout); return nil }).Start(time.Second, false)
}

// print writes a report, and shows it.
func (t *Ticker) print(stdout io.Writer) {
	r := t.stats.report(t.now())
	t.setStatus("  ·  " + r.String())
	_ = json.NewEncoder(stdout).Encode(r)
}
