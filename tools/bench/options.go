// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package main

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"
)

const usage = `Bench measures servers, and HTTP clients, side by side on this machine.

usage: bench [command] [flags]

commands:
  quick   the important workloads in few rounds: less than three minutes
  full    all workloads, with all engines that can run here, and idle connections
  table   the workloads that have a bar, and whether Torsion keeps to it
  idle    what idle connections cost, in steps up to the limit of open files
  list    all workloads and engines
Without a command the flags choose; the default is quick's workloads in more rounds.

examples:
  bench quick -html quick.html
  bench -workloads echo-64b,pipe/64 -engines torsion,gnet -rounds 9 -time 2s
  bench -workloads echo-64b -conns 200,5000 -unpinned -loops 2
  bench -workloads client,client-tls,client-http2 -engines torsion,torsion-uring,net/http,fasthttp,twisted
  bench -workloads ws-64b,ws-4k -engines torsion,torsion-uring,coder-ws,gobwas-ws,nbio-ws
  bench -workloads client/64 -engines torsion -profiles .
  bench table -markdown > table.md
  bench idle -kinds plain,tls13 -engines torsion,net -json idle.json
  bench idle -kinds ws -engines torsion,coder-ws,gobwas-ws,nbio-ws -conns 6000,12000,18000
  bench -from idle.json -html idle.html

flags:
`

// options are what the arguments say, after the preset of the command.
type options struct {
	command    string
	workloads  []string
	engines    []string
	conns      []int
	kinds      []string
	rounds     int
	time       time.Duration
	loops      int
	perMessage bool
	micro      bool
	unpinned   bool
	markdown   bool
	html       string
	json       string
	from       string
	profiles   string
}

var (
	mainEngines = []string{"torsion", "torsion-uring", "gnet", "net", "net/http", "fasthttp", "coder-ws", "gobwas-ws", "nbio-ws", "nginx", "c-uring"}
	quickLoads  = []string{"echo-64b/64", "echo-64b/1000", "echo-4k/64", "pipe/64", "udp", "churn", "tls/64", "http", "http-pipe", "pingpong-spin"}
	tableLoads  = []string{"echo-64b/64", "echo-64b/1000", "echo-4k/64", "echo-4k/1000", "pipe/64", "pipe/1000", "udp", "churn", "http", "http-pipe", "http2", "http2-32", "ws-64b", "ws-4k", "client", "client-tls", "client-http2", "file-100k", "tls/1000", "pingpong-spin"}
)

// preset is what a command chooses; flags override it.
func preset(command string) (options, error) {
	o := options{command: command, workloads: quickLoads, engines: mainEngines, rounds: 5, time: time.Second, loops: 1, kinds: []string{"plain", "tls12", "tls13"}}
	switch command {
	case "", "list":
	case "quick":
		o.rounds, o.time, o.micro = 4, 400*time.Millisecond, true
	case "full":
		o.workloads, o.engines, o.micro = []string{"all"}, []string{"all"}, true
	case "table":
		o.workloads = tableLoads
	case "idle":
		o.engines, o.workloads = []string{"torsion", "torsion-uring", "net", "gnet"}, nil
	default:
		return o, fmt.Errorf("no command is named %q", command)
	}
	return o, nil
}

func parse(args []string, stdout io.Writer) (options, error) {
	command := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	o, err := preset(command)
	if err != nil {
		return o, err
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned
	flags.Func("workloads", "`names` of workloads, separated by commas: family or family/connections, or micro; or all (default "+strings.Join(o.workloads, ",")+")", list(&o.workloads))
	flags.Func("engines", "`names` of engines; the first is the one to compare with; or all (default "+strings.Join(o.engines, ",")+")", list(&o.engines))
	flags.Func("conns", "`numbers` of connections, instead of the families' own; with idle, the steps", numbers(&o.conns))
	flags.Func("kinds", "idle: `kinds` of connections: plain, tls12, tls13, and ws for WebSocket with a message to all at the end (default "+strings.Join(o.kinds, ",")+")", list(&o.kinds))
	flags.IntVar(&o.rounds, "rounds", o.rounds, "rounds; in each all engines take their turn")
	flags.DurationVar(&o.time, "time", o.time, "length of each measurement; a warm-up of a quarter of it comes before")
	flags.IntVar(&o.loops, "loops", o.loops, "event loops or threads of each server; more than 1 needs -unpinned")
	flags.BoolVar(&o.unpinned, "unpinned", false, "let server and client run on any CPU, instead of one each")
	flags.BoolVar(&o.perMessage, "per-message", false, "TCP servers answer message by message, instead of whatever arrived at once")
	flags.BoolVar(&o.markdown, "markdown", false, "print Markdown")
	flags.StringVar(&o.html, "html", "", "write a page with charts to `file`")
	flags.StringVar(&o.json, "json", "", "write the results as JSON to `file`")
	flags.StringVar(&o.from, "from", "", "measure nothing: take the results from `file`, which -json wrote")
	flags.StringVar(&o.profiles, "profiles", "", "write CPU profiles of the servers and clients that are measured and written in Go to `folder`, for go tool pprof")
	pin := flags.Bool("pin", false, "fail where server and client cannot have a CPU each, instead of going on without")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			fmt.Fprint(stdout, usage)
			flags.SetOutput(stdout)
			flags.PrintDefaults()
		}
		return o, err
	}
	return o, o.check(flags.Args(), *pin)
}

func (o *options) check(rest []string, pin bool) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.rounds < 1:
		return fmt.Errorf("-rounds: %d is not positive", o.rounds)
	case o.time < 10*time.Millisecond:
		return fmt.Errorf("-time: %v is shorter than 10ms", o.time)
	case o.loops < 1:
		return fmt.Errorf("-loops: %d is not positive", o.loops)
	case o.loops > 1 && !o.unpinned:
		return fmt.Errorf("-loops %d: a pinned server has one CPU; add -unpinned", o.loops)
	case pin && o.unpinned:
		return fmt.Errorf("-pin and -unpinned exclude each other")
	case o.from != "" && o.json != "":
		return fmt.Errorf("-from and -json exclude each other")
	case o.from == "" && pin && runtime.NumCPU() < 2:
		return fmt.Errorf("-pin: this process may use one CPU only")
	}
	return nil
}

// list takes names that are separated by commas.
func list(to *[]string) func(string) error {
	return func(text string) error {
		*to = nil
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name == "" {
				return fmt.Errorf("%q has an empty name", text)
			}
			*to = append(*to, name)
		}
		return nil
	}
}

func numbers(to *[]int) func(string) error {
	return func(text string) error {
		*to = nil
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a positive number", part)
			}
			*to = append(*to, n)
		}
		return nil
	}
}
