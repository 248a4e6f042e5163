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
	webPlugin,
}

// newApp returns the program.
func newApp() (app.App, error) {
	var registry app.Registry
	if err := registry.Register(plugins...); err != nil {
		return app.App{}, err
	}
	a := &app.App{
		Name:       "twist",
		Short:      "Run a Torsion server",
		Long:       "Twist runs a Torsion server in the foreground, until SIGINT or SIGTERM stops it, or with --daemon in the background.",
		Example:    "twist web --listen tcp:8080 --path .",
		Noun:       "server",
		Plugins:    &registry,
		Topics:     []app.Topic{endpointsTopic},
		OpenLog:    openLog,
		LogFormats: []string{app.FormatText, app.FormatJSON, formatCombined},
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

// endpointsTopic is help without a command.
var endpointsTopic = app.Topic{
	Name:  "endpoints",
	Short: "What --listen takes",
	Text: `An endpoint description names where to listen. Its parts are separated by colons; a colon inside a part is written \:, as in an IPv6 address.

  tcp:8080                                     TCP on all IPv4 addresses
  tcp:8080:interface=127.0.0.1                 on one address
  tcp:8080:interface=\:\:1                     on an IPv6 address
  tcp6:8080                                    on all IPv6 addresses
  tls:8443:cert=cert.pem:key=key.pem           TLS
  unix:/run/web.sock:mode=660                  a UNIX socket
  systemd:index=0                              a socket that systemd passed
  fd:3                                         an open socket of the parent process
  haproxy:tcp:8080                             behind a proxy that sends the PROXY protocol, version 1 or 2
  haproxy:trust=10.0.0.0/8:tcp:8080            the same, for proxies on that network only: others could claim any address

TCP and TLS take loops=N or loops=auto to use several processors, accept=perloop to let each loop listen itself, and backlog=N.`,
}
