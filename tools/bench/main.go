// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

// Bench measures servers and HTTP clients side by side on this machine: Torsion's, those of other engines for Go, and some in C and Python. See README.md and bench -h.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/run"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(bench(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// errFailed is returned when the report that was written tells what went wrong.
var errFailed = errors.New("not everything could be measured: see above")

// bench is the whole program; it returns the exit status.
func bench(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, stdin, stdout, stderr)
	var usage usageError
	switch {
	case err == nil || err == flag.ErrHelp:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "bench: error: %v\nbench: hint: \"bench -h\" shows how to use it\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "bench: error: %v\n", err)
	return 1
}

// A usageError is a mistake in the arguments.
type usageError struct{ error }

func dispatch(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 2 {
		switch args[0] {
		case server.Flag:
			return server.Serve(args[1], stdin, stdout)
		case run.HoldFlag:
			return run.Hold(args[1], stdin, stdout)
		case client.Flag:
			return client.Run(args[1], stdin, stdout)
		}
	}
	o, err := parse(args, stdout)
	if err != nil {
		if err == flag.ErrHelp {
			return err
		}
		return usageError{err}
	}
	switch {
	case o.command == "list":
		return run.List(stdout)
	case o.from != "":
		return o.again(stdout)
	}
	return o.measure(ctx, stdout, stderr)
}
