// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/torsion-go/torsion/core/usage"
)

// An App is a program that runs one of several services, in the foreground or as a daemon. Its zero fields mean the defaults that they name.
type App struct {
	// Name is the program's name, in messages, variables and files: NAME.pid, NAME_LOG_LEVEL. "" means that of the executable.
	Name string
	// Short and Long describe the program in its help, Example has command lines, one a line.
	Short, Long, Example string
	// Version is what --version tells and the log begins with. "" means what the Go toolchain knows of the program.
	Version string
	// Noun is what errors call the things to run. "" means "service".
	Noun string
	// Plugins are the services that can be run.
	Plugins *Registry
	// Commands are sub-commands that run no service.
	Commands []Command
	// Topics are texts of "help NAME" besides those of the sub-commands.
	Topics []Topic
	// OpenLog opens the log. nil means the function OpenLog, which writes the formats text and json by the handlers of log/slog.
	OpenLog LogOpener
	// LogOptions declares options of the program for what OpenLog knows besides a LogSpec. It is called each time that options are declared. nil means none.
	LogOptions func(o *usage.Options)
	// LogFormats are the values of --log-format that OpenLog knows. nil means text and json.
	LogFormats []string
	// DisableExternal keeps programs called NAME-COMMAND on the path from being sub-commands.
	DisableExternal bool
	// Notify is told when the program is ready, reloads and stops. nil means the service manager of systemd, by package sdnotify, where there is one.
	Notify Notifier
	// DisableNotify tells nobody where Notify is nil.
	DisableNotify bool
	// Succeed starts a successor on SIGUSR2. nil means this program again, by package handover, where the system can do that.
	Succeed Succeed
	// DisableSucceed leaves the signal alone where Succeed is nil.
	DisableSucceed bool
}

// A Command is a sub-command that does its work and ends, without log or reactor.
type Command struct {
	Name, Short, Long, Example string
	// New declares the options and returns what runs the command. Its error becomes the exit status as that of a Maker does.
	New func(o *usage.Options) func(ctx context.Context, stdio Stdio) error
}

// A Topic is a text that help can show.
type Topic struct{ Name, Short, Text string }

// Stdio are the standard streams of a program.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs a program with the given plugins, named as its executable is, with the process's arguments and streams. It does not return: the process ends with the
// exit status, or by the signal that stopped the program. It panics if two plugins have one name.
func Main(plugins ...Plugin) {
	var r Registry
	if err := r.Register(plugins...); err != nil {
		panic(err)
	}
	App{Plugins: &r}.Main()
}

// Main runs the program as the function Main does.
func (a App) Main() {
	a = a.withDefaults()
	s := session{app: a, ctx: context.Background(), stdio: Stdio{os.Stdin, os.Stdout, os.Stderr}, args: os.Args[1:], replace: true}
	code := s.run()
	if s.signal != nil {
		raise(s.signal)
	}
	os.Exit(code)
}

// Run runs the program with the arguments after its name until a signal, the end of ctx, or the service ends it, and returns the exit status: 128 and the signal's number after
// a signal. It handles the signals of the whole process meanwhile. A daemon is this executable, started again with the same arguments.
func Run(ctx context.Context, a App, args []string, stdio Stdio) int {
	s := session{app: a.withDefaults(), ctx: ctx, stdio: stdio, args: args}
	return s.run()
}

// Options returns what the command line may hold, for those who make completion or manuals of it.
func (a App) Options() *usage.Options {
	s := session{app: a.withDefaults()}
	return s.declare()
}

func (a App) withDefaults() App {
	if a.Name == "" {
		exe, err := os.Executable()
		if err != nil {
			exe = os.Args[0]
		}
		a.Name = strings.TrimSuffix(filepath.Base(exe), ".exe")
	}
	if a.Plugins == nil {
		a.Plugins = &Registry{}
	}
	if a.Version == "" {
		a.Version = a.Name + " " + builtVersion()
	}
	a.Noun = cmp.Or(a.Noun, "service")
	if a.OpenLog == nil {
		a.OpenLog = OpenLog
	}
	if a.LogFormats == nil {
		a.LogFormats = []string{FormatText, FormatJSON}
	}
	return a
}

// builtVersion returns the version of the main module as the toolchain recorded it.
func builtVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
