// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/torsion-go/torsion/core/reactor"
)

// engineOptions are the flags that all servers have, before or after the server's name.
type engineOptions struct {
	poller       string
	loops        string
	pin          bool
	helpReactors bool
}

func (o *engineOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.poller, "reactor", "", "how to wait for the network: "+strings.Join(reactor.Pollers(), " or ")+" (default: $"+reactor.EnvPoller+", else the system's best)")
	f.BoolVar(&o.helpReactors, "help-reactors", false, "list what --reactor takes, and why some do not work here")
	f.StringVar(&o.loops, "loops", "1", "number of event loops, each of which keeps one processor busy, or auto for all processors")
	f.BoolVar(&o.pin, "pin-cpus", false, "tie each event loop to one processor")
}

// maxLoops bounds --loops.
const maxLoops = 1024

// config returns what the flags ask for.
func (o *engineOptions) config() (reactor.Config, error) {
	cfg := reactor.Config{Poller: o.poller, PinCPUs: o.pin, Loops: reactor.LoopsAuto}
	if o.loops == "auto" {
		return cfg, nil
	}
	n, err := strconv.Atoi(o.loops)
	if err != nil || n < 1 || n > maxLoops {
		return cfg, &usageError{fmt.Errorf("--loops: %q is neither \"auto\" nor between 1 and %d", o.loops, maxLoops)}
	}
	cfg.Loops = n
	return cfg, nil
}

// errHelped ends the command after help that a flag asked for.
var errHelped = errors.New("help was given")

func (o *engineOptions) help(cmd *cobra.Command, _ []string) error {
	if !o.helpReactors {
		return nil
	}
	if err := listReactors(cmd.OutOrStdout()); err != nil {
		return err
	}
	return errHelped
}

// listReactors writes a line for each poller that there is on any system.
func listReactors(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range reactor.PollerStatus() {
		state := "works"
		switch {
		case p.Default:
			state = "default"
		case p.Why != "":
			state = "does not work here: " + p.Why
		}
		fmt.Fprintf(t, "%s\t%s\n", p.Name, state)
	}
	return t.Flush()
}
