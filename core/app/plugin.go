// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

// A Plugin is a service that the program can run, as a sub-command with options of its own. Twisted: IServiceMaker, ServiceMaker.
type Plugin struct {
	// Name is the sub-command: lower-case letters, digits and dashes. Twisted: tapname.
	Name string
	// Short is its line in the list of commands, Long the rest of its help. Example has command lines, one a line.
	Short, Long, Example string
	// New declares the options and returns the function that makes the service of them. It is called when the sub-command was chosen, or when its help or completion is
	// wanted, so it must do nothing else.
	New func(o *usage.Options) Maker
}

// A Maker makes the service when the options have their values. It is called on the main goroutine before the loop runs, with all the rights that the process was started
// with, and may read files. Sockets are opened by Bind or Start. An *usage.Error is the user's mistake, with exit status 64, an *ExitError has the status it says, and any
// other error status 1. Twisted: makeService.
type Maker func(env *Env) (service.Service, error)

// An Env is what the program gives a Maker. Immutable.
type Env struct {
	// Reactor is what the service runs on. It does not run yet.
	Reactor *reactor.Reactor
	// Log is the program's log.
	Log *slog.Logger
	// LogSpec is how the log was opened.
	LogSpec LogSpec
	// Name is the program's name.
	Name string
	// Daemon says that the process runs in the background, with nothing at Stdin, Stdout and Stderr.
	Daemon bool
	// Grace is how long work under way may take when the program stops.
	Grace time.Duration

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	stop func(err error)
}

// Stop asks the program to stop: for a service that has done what it was there for, with nil, or that cannot go on, with an error, which is logged, and the exit
// status is that of a Maker's error. Only the first call counts. Safe from any goroutine.
func (e *Env) Stop(err error) { e.stop(err) }

// A Registry is a set of plugins. The zero Registry is empty. It is for one goroutine at a time. Twisted: getPlugins.
type Registry struct{ plugins []Plugin }

// Register adds plugins. A name that is taken or cannot be a command's is an error.
func (r *Registry) Register(plugins ...Plugin) error {
	for _, p := range plugins {
		switch _, taken := r.Lookup(p.Name); {
		case !validName(p.Name):
			return fmt.Errorf("app: Register: %q is no name for a plugin", p.Name)
		case taken || slices.Contains(reserved, p.Name):
			return fmt.Errorf("app: Register: the name %q is taken", p.Name)
		case p.New == nil:
			return errors.New("app: Register: plugin " + p.Name + " has no New")
		}
		r.plugins = append(r.plugins, p)
	}
	return nil
}

// reserved are names of commands that every program has.
var reserved = []string{"help"}

// All returns the plugins sorted by name.
func (r *Registry) All() []Plugin {
	return slices.SortedFunc(slices.Values(r.plugins), func(a, b Plugin) int { return strings.Compare(a.Name, b.Name) })
}

// Lookup returns the plugin of a name.
func (r *Registry) Lookup(name string) (Plugin, bool) {
	i := slices.IndexFunc(r.plugins, func(p Plugin) bool { return p.Name == name })
	if i < 0 {
		return Plugin{}, false
	}
	return r.plugins[i], true
}

func validName(s string) bool {
	for _, c := range s {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != "" && s[0] != '-' && s == filepath.Base(s)
}
