// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package twist is the command of that name: servers of the other modules, with endpoints and logs chosen on the command line.
package twist

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/torsion-go/torsion/core/endpoint"
)

// A usageError is the user's mistake in the command line, for which the exit status is 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Main runs the command and returns its exit status: 0, 1 when it failed, 2 for a mistake in the command line. It ends when ctx does, or by SIGINT or SIGTERM.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil || err == errHelped {
		return 0
	}
	fmt.Fprintf(stderr, "twist: error: %v\n", err)
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(stderr, `twist: hint: see "twist --help"`)
		return 2
	}
	if _, ok := errors.AsType[*endpoint.Error](err); ok {
		fmt.Fprintln(stderr, `twist: hint: see "twist help endpoints"`)
	}
	return 1
}

func newRoot() *cobra.Command {
	var engine engineOptions
	root := &cobra.Command{
		Use:           "twist",
		Short:         "Run a Torsion server",
		Long:          "Twist runs a Torsion server in the foreground, until SIGINT or SIGTERM stops it.",
		Example:       "  twist web --listen tcp:8080 --path .",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("there is no server %q", args[0])}
			}
			return nil
		},
		PersistentPreRunE: engine.help,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.Help()
			return &usageError{errors.New("which server?")}
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	engine.add(root.PersistentFlags())
	root.AddCommand(newWeb(&engine), endpointsTopic)
	return root
}

// endpointsTopic is help without a command.
var endpointsTopic = &cobra.Command{
	Use:   "endpoints",
	Short: "What --listen takes",
	Long: `An endpoint description names where to listen. Its parts are separated by colons; a colon inside a part is written \:, as in an IPv6 address.

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
