// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package twist is the command of that name: services of the other modules, with endpoints, logs and the rest of the process chosen on the command line.
package twist

import (
	"context"
	"io"
	"os"

	"github.com/torsion-go/torsion/core/app"
)

// plugins are the services that twist has. A new one is a line here and a file beside this one.
var plugins = []app.Plugin{
	echoPlugin,
	fingerPlugin,
	inetdPlugin,
	portforwardPlugin,
	procmonPlugin,
	webPlugin,
	wirePlugin,
}

// newApp returns the program.
func newApp() (app.App, error) {
	var registry app.Registry
	if err := registry.Register(plugins...); err != nil {
		return app.App{}, err
	}
	var logs logOptions
	a := &app.App{
		Name:       "twist",
		Short:      "Run a Torsion server",
		Long:       "Twist runs a Torsion server in the foreground, until SIGINT or SIGTERM stops it, or with --daemon in the background.",
		Example:    "twist web --listen tcp:8080 --path .",
		Noun:       "server",
		Plugins:    &registry,
		Topics:     []app.Topic{endpointsTopic},
		OpenLog:    logs.open,
		LogOptions: logs.declare,
		LogFormats: logFormats,
	}
	a.Commands = []app.Command{completionCommand(a), manCommand(a)}
	return *a, nil
}

// Main runs the command with the arguments after its name and returns its exit status: see package app.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a, err := newApp()
	if err != nil {
		panic(err) // two plugins of one name
	}
	if isCompletion(args) {
		return complete(a, args, stdout, stderr)
	}
	return app.Run(ctx, a, args, app.Stdio{In: os.Stdin, Out: stdout, Err: stderr})
}

// Execute runs the command as the process, which ends with it.
func Execute() {
	if isCompletion(os.Args[1:]) {
		os.Exit(Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	a, err := newApp()
	if err != nil {
		panic(err) // two plugins of one name
	}
	a.Main()
}
