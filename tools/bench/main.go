// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

// Bench measures echo servers side by side on this machine: Torsion, Go's net, and gnet.
//
// Usage:
//
//	go run ./tools/bench [flags]
//
// Each engine runs as a process of its own, on one event loop; the load comes from this process over 127.0.0.1. The engines take turns in every round,
// so that a machine whose speed drifts treats them alike. For each workload it prints the medians over the rounds, with the lowest and highest, of
// throughput, the server's CPU time per message, the latency of a batch, and peak memory, and the ratios to the first engine named. On a machine with few
// cores the load shares them with the server: the server's CPU time per message is then the figure to trust.
//
// The flags:
//
//	-engines torsion,net,gnet   which, and in which order
//	-conns 64,1000              numbers of connections
//	-pipeline 1,16              messages that each connection keeps under way
//	-size 64                    bytes of a message
//	-rounds 5                   rounds
//	-time 1s                    length of each measurement
//	-idle plain:10000,tls13:2000  instead, report what idle connections cost (kinds plain, tls12, tls13)
//	-per-message                servers answer message by message, instead of whatever arrived at once
//
// Example:
//
//	go run ./tools/bench -conns 64 -pipeline 16 -rounds 9 -time 2s
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if err == flag.ErrHelp {
			os.Exit(0)
		}
		fmt.Fprintf(os.Stderr, "bench: error: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := flags.String("engines", "torsion,net,gnet", "`engines` to measure, separated by commas; the first is the one to compare with")
	conns := flags.String("conns", "64,1000", "`numbers` of connections")
	pipeline := flags.String("pipeline", "1,16", "`numbers` of messages under way on each connection")
	size := flags.Int("size", 64, "`bytes` of a message")
	rounds := flags.Int("rounds", 5, "rounds")
	length := flags.Duration("time", time.Second, "length of each measurement")
	perMessage := flags.Bool("per-message", false, "servers answer message by message")
	idleSpecs := flags.String("idle", "", "instead, report what idle connections cost: `kind:number,...` with kinds plain, tls12 and tls13")
	idleServe := flags.String("serve-idle", "", "be the server for -idle of this `kind`; the process started by bench itself")
	serve := flags.String("serve", "", "be the server of this `spec`; the process started by bench itself")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *serve != "" {
		return server.Serve(*serve, os.Stdin, stdout)
	}
	if *idleServe != "" {
		return serveIdle(*idleServe)
	}
	if *idleSpecs != "" {
		return idle(stdout, *idleSpecs)
	}
	chosen := strings.Split(*names, ",")
	for _, name := range chosen {
		if _, ok := server.Find(name); !ok {
			return fmt.Errorf("no engine is named %q", name)
		}
	}
	connCounts, err := numbers(*conns)
	if err != nil {
		return fmt.Errorf("-conns: %w", err)
	}
	depths, err := numbers(*pipeline)
	if err != nil {
		return fmt.Errorf("-pipeline: %w", err)
	}
	if *size < 1 || *rounds < 1 || *length <= 0 {
		return fmt.Errorf("-size, -rounds and -time have to be positive")
	}
	fmt.Fprintf(stdout, "%s, %d CPUs, %d-byte messages, %d rounds of %v\n", runtime.Version(), runtime.NumCPU(), *size, *rounds, *length)
	for _, n := range connCounts {
		for _, depth := range depths {
			w := workload{conns: n, depth: depth, size: *size, length: *length, perMessage: *perMessage}
			results := map[string][]result{}
			for range *rounds {
				for _, name := range chosen {
					r, err := measure(name, w)
					if err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
					results[name] = append(results[name], r)
				}
			}
			report(stdout, w, chosen, results)
		}
	}
	return nil
}

func numbers(list string) ([]int, error) {
	var all []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", text)
		}
		all = append(all, n)
	}
	return all, nil
}

// A workload is what one row of the report measures.
type workload struct {
	conns, depth, size int
	length             time.Duration
	perMessage         bool
}

// usage is what a server has used.
type usage struct {
	CPU    time.Duration // user and system
	MaxRSS int64         // bytes
}

// measure starts an engine, loads it, and returns what was seen.
func measure(engine string, w workload) (result, error) {
	cmd, cleanup, err := server.Command(server.Spec{Engine: engine, Work: server.TCP, Size: w.size, PerMessage: w.perMessage})
	if err != nil {
		return result{}, err
	}
	defer cleanup()
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return result{}, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, err
	}
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	defer func() { in.Close(); cmd.Wait() }() // the server ends with its standard input
	answers := bufio.NewReader(out)
	addr, err := readAddr(answers)
	if err != nil {
		return result{}, err
	}
	ask := func() (usage, error) { return usageOf(cmd.Process.Pid) }
	return load(addr, w, ask)
}

// readAddr passes over what an engine logs before it accepts.
func readAddr(answers *bufio.Reader) (string, error) {
	for {
		line, err := answers.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("the server did not start: %w", err)
		}
		if addr, ok := strings.CutPrefix(line, server.Listening+" "); ok {
			return strings.TrimSpace(addr), nil
		}
	}
}

// median returns the middle, lowest and highest of v.
func median[T int | int64 | float64 | time.Duration](v []T) (mid, low, high T) {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2], s[0], s[len(s)-1]
}
