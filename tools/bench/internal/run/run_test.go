// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/tools/bench/internal/client"
	"github.com/torsion-go/torsion/tools/bench/internal/load"
	"github.com/torsion-go/torsion/tools/bench/internal/report"
	"github.com/torsion-go/torsion/tools/bench/internal/server"
)

// TestMain is also the servers and clients that the tests start.
func TestMain(m *testing.M) {
	os.Setenv("GORACE", "atexit_sleep_ms=0") // of the processes that the tests start: the race detector waits a second otherwise
	if len(os.Args) == 3 {
		var err error
		switch os.Args[1] {
		case server.Flag:
			err = server.Serve(os.Args[2], os.Stdin, os.Stdout)
		case client.Flag:
			err = client.Run(os.Args[2], os.Stdin, os.Stdout)
		case HoldFlag:
			err = Hold(os.Args[2], os.Stdin, os.Stdout)
		default:
			leaktest.Main(m)
		}
		if err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	leaktest.Main(m)
}

func TestSelect(t *testing.T) {
	for _, tt := range []struct {
		list  string
		conns []int
		want  string
		err   string
	}{
		{"echo-64b", nil, "echo-64b/64 echo-64b/1000 echo-64b/8000", ""},
		{"echo-64b/7,udp", nil, "echo-64b/7 udp/64", ""},
		{"pipe,pipe/64", nil, "pipe/64 pipe/1000", ""},
		{"tls,pingpong", []int{5, 6}, "tls/5 tls/6 pingpong/1", ""},
		{"nope", nil, "", `no workload is named "nope"`},
		{"echo-64b/x", nil, "", "not family/connections"},
		{"echo-64b/0", nil, "", "not family/connections"},
		{"pingpong/2", nil, "", "has always 1"},
	} {
		got, err := Select(strings.Split(tt.list, ","), tt.conns)
		var names []string
		for _, w := range got {
			names = append(names, w.Name)
		}
		if err == nil != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) || err == nil && strings.Join(names, " ") != tt.want {
			t.Errorf("%s: got %v, %v; want %s, %s", tt.list, names, err, tt.want, tt.err)
		}
	}
	all, err := Select([]string{"all"}, nil)
	if err != nil || len(all) <= len(families) {
		t.Errorf("all: %d workloads, %v", len(all), err)
	}
}

// Every family, small, against our own server, in alternating rounds.
func TestPlan(t *testing.T) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			conns := min(f.conns[0], 4)
			p := Plan{Workloads: []Workload{f.with(conns)}, Engines: []string{"torsion"}, Rounds: 1, Time: 40 * time.Millisecond, Warmup: 5 * time.Millisecond, Loops: 1, Progress: new(bytes.Buffer)}
			if f.size == bulk || f.name == "file-10m" || f.work == server.TLS || f.work == server.HTTPS || f.asks != "" {
				p.Time = 300 * time.Millisecond
			}
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			got := p.Run(t.Context())
			for p.Time < 20*time.Second && len(got) == 1 && len(got[0].Engines) == 1 && strings.Contains(got[0].Engines[0].Failed, load.ErrNothing.Error()) { // the machine is busy
				p.Time *= 4
				got = p.Run(t.Context())
			}
			if len(got) != 1 || len(got[0].Engines) != 1 || got[0].Engines[0].Failed != "" || len(got[0].Engines[0].Samples) != 1 {
				t.Fatalf("got %+v", got)
			}
			s := got[0].Engines[0].Samples[0]
			if f.asks != "" && (s.P50 != 0 || s.ClientBusy <= 0) {
				t.Errorf("got %+v", s)
			}
			if f.asks == "" && s.P50 <= 0 || s.Rate <= 0 || s.CPU <= 0 || s.P99 < s.P50 || s.P999 < s.P99 || s.PeakRSS < 1<<20 || s.Verified <= 0 || s.Bytes < s.Verified*13 || s.ServerBusy <= 0 {
				t.Errorf("got %+v", s)
			}
			if out := p.Progress.(*bytes.Buffer).String(); !strings.Contains(out, "left") || !strings.Contains(out, f.name) {
				t.Errorf("progress: %q", out)
			}
		})
	}
}

// The engines take turns, and the one that fails does not stop the other.
func TestAlternating(t *testing.T) {
	w := families[0].with(2)
	w.load = func(int) load.Load { return failing{} }
	var out bytes.Buffer
	p := Plan{Workloads: []Workload{w}, Engines: []string{"torsion", "net"}, Rounds: 2, Time: time.Millisecond, Progress: &out}
	got := p.Run(t.Context())
	for _, e := range got[0].Engines {
		if !strings.Contains(e.Failed, "wrong") {
			t.Errorf("%s: %q", e.Name, e.Failed)
		}
	}
	var order []string
	for part := range strings.SplitSeq(out.String(), "left  ") {
		if _, name, ok := strings.Cut(part, ": "); ok {
			order = append(order, strings.Trim(strings.Split(name, "\r")[0], "\x1b[K"))
		}
	}
	if got := strings.Join(order, " "); got != "torsion net net torsion" {
		t.Errorf("the order was %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := p.Run(ctx); len(got) != 1 || got[0].Engines[0].Failed != "" {
		t.Errorf("after the end: %+v", got)
	}
}

type failing struct{}

func (failing) Run(load.Config) (load.Result, error) {
	return load.Result{}, errors.New("something is wrong")
}

func TestCheck(t *testing.T) {
	if err := (Plan{Engines: []string{"nope"}}).Check(); err == nil || !strings.Contains(err.Error(), `no engine is named "nope"`) {
		t.Errorf("got %v", err)
	}
	huge := families[0].with(1 << 30)
	if err := (Plan{Workloads: []Workload{huge}, Engines: []string{"net"}}).Check(); err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("got %v, want what to do about the limit", err)
	}
}

// A pinned server is on its CPU with every thread, and this process is as it was.
func TestPlacement(t *testing.T) {
	cpus, err := CPUs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Place(cpus[:1]); err == nil || !strings.Contains(err.Error(), "-unpinned") {
		t.Errorf("one CPU: %v", err)
	}
	place := Placement{Pinned: true, Server: cpus[len(cpus)-1], Client: cpus[0]}
	p, err := serve(server.Spec{Engine: "net", Work: server.TCP}, place)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	threads, err := os.ReadDir("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/task")
	if err != nil || len(threads) < 2 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, th := range threads {
		tid, err := strconv.Atoi(th.Name())
		if err != nil {
			t.Fatal(err)
		}
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(tid, &set); err != nil {
			t.Fatal(err)
		}
		if set != *oneCPU(place.Server) {
			t.Errorf("thread %s is not on the server's CPU", th.Name())
		}
	}
	if now, err := CPUs(); err != nil || !slices.Equal(now, cpus) {
		t.Errorf("this process is now on %v, %v; before on %v", now, err, cpus)
	}
}

func TestProcess(t *testing.T) {
	p, err := serve(server.Spec{Engine: "torsion", Work: server.TCP}, Placement{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.cpu()
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.weigh()
	if err != nil || w.Heap == 0 || w.Goroutines == 0 {
		t.Errorf("it weighs %+v, %v", w, err)
	}
	if after, err := p.cpu(); err != nil || after <= before {
		t.Errorf("a collection took from %v to %v, %v", before, after, err)
	}
	if rss, peak, err := p.memory(); err != nil || rss < 1<<20 || peak < rss {
		t.Errorf("resident %d, peak %d, %v", rss, peak, err)
	}
	p.stop()
	if _, err := p.cpu(); err == nil {
		t.Error("the server is gone, its CPU clock is not")
	}
	if _, err := serve(server.Spec{Engine: "gnet", Work: server.TLS}, Placement{}); err == nil {
		t.Error("gnet has no TLS")
	}
}

// What a server says when it does not start is part of the error.
func TestServerThatDies(t *testing.T) {
	said := new(tail)
	cmd := exec.Command("/proc/self/exe", server.Flag, "{")
	cmd.Stderr = said
	if err := cmd.Run(); err == nil || !strings.Contains(said.String(), "unexpected end of JSON") {
		t.Errorf("%v%s", err, said)
	}
	for range 1000 {
		said.Write([]byte("0123456789"))
	}
	if n := len(said.String()); n > tailSize+20 {
		t.Errorf("%d bytes were kept", n)
	}
}

func TestIdle(t *testing.T) {
	p := IdlePlan{Kinds: []string{"plain", "tls12", "tls13"}, Engines: []string{"torsion", "gnet"}, Steps: []int{20, 70}, Time: 30 * time.Millisecond}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	got := p.Run(t.Context())
	if len(got) != 4 { // gnet has no TLS
		t.Fatalf("got %d results", len(got))
	}
	for _, i := range got {
		if i.Failed != "" {
			t.Errorf("%s %s: %s", i.Engine, i.Kind, i.Failed)
			continue
		}
		if len(i.Steps) != 3 || i.Steps[2].Conns != 70 || i.Steps[2].RSS < 1<<20 || i.Steps[2].Heap == 0 || i.Steps[2].Goroutines == 0 {
			t.Errorf("%s %s: %+v", i.Engine, i.Kind, i.Steps)
		}
		if a := i.Active; a == nil || a.Verified == 0 || a.Conns != 1 || a.Idle != 69 || a.P50 <= 0 {
			t.Errorf("%s %s: %+v", i.Engine, i.Kind, i.Active)
		}
	}
}

// Quiet connections of WebSocket, in two processes, and messages to all of them.
func TestIdleWebSocket(t *testing.T) {
	p := IdlePlan{Kinds: []string{kindWS}, Engines: []string{"torsion", "coder-ws", "gobwas-ws", "nbio-ws", "gnet"}, Steps: []int{20, 70}, Rounds: 3, Profiles: t.TempDir()}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	got := p.Run(t.Context())
	if len(got) != 4 { // gnet has no WebSocket
		t.Fatalf("got %d results", len(got))
	}
	for _, i := range got {
		b := i.Broadcast
		if i.Failed != "" || len(i.Steps) != 3 || i.Steps[2].Conns != 70 || i.Steps[2].RSS < 1<<20 || b == nil {
			t.Errorf("%s: %q, %+v", i.Engine, i.Failed, i.Steps)
			continue
		}
		if b.Conns != 70 || b.Size != load.RoomSize || b.RSS < 1<<20 || len(b.Took) != 3 || len(b.CPU) != 3 || slices.Min(b.Took) <= 0 || slices.Min(b.CPU) <= 0 {
			t.Errorf("%s: %+v", i.Engine, b)
		}
		if info, err := os.Stat(filepath.Join(p.Profiles, "idle-ws-"+i.Engine+".pprof")); err != nil || info.Size() == 0 {
			t.Errorf("there is no profile of %s: %v", i.Engine, err)
		}
	}
}

// A message goes to the connections of all processes.
func TestBroadcast(t *testing.T) {
	proc, err := serve(server.Spec{Engine: "torsion", Work: server.WSRoom}, Placement{})
	if err != nil {
		t.Fatal(err)
	}
	defer proc.stop()
	var holders []*holder
	for k := range 3 {
		h, err := newHolder(holderSpec{Addr: proc.Addr, Kind: kindWS, Number: k + 1}, Placement{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.stop()
		if _, err := h.ask(holderRequest{Open: 10 * (k + 1)}); err != nil {
			t.Fatal(err)
		}
		holders = append(holders, h)
	}
	var res report.Idle
	if err := (IdlePlan{Rounds: 5}).broadcast(t.Context(), &res, proc, holders, 60); err != nil || len(res.Broadcast.Took) != 5 {
		t.Fatalf("%+v, %v", res.Broadcast, err)
	}
	proc.stop() // the clients tell that the server is gone
	if err := (IdlePlan{Rounds: 5}).broadcast(t.Context(), &res, proc, holders, 60); err == nil {
		t.Error("a server that is gone was measured")
	}
}

func TestIdleCheck(t *testing.T) {
	for want, p := range map[string]IdlePlan{
		"no kind of connection":     {Kinds: []string{"nope"}},
		`no engine is named "nope"`: {Engines: []string{"nope"}},
		"have to grow":              {Steps: []int{10, 10}},
		"ulimit -n":                 {Steps: []int{1 << 30}},
	} {
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	var p IdlePlan
	files, err := OpenFiles()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	if last := p.Steps[len(p.Steps)-1]; err != nil || last > files || last < files-idleStep {
		t.Errorf("up to %d of %d connections (%v)", last, files, err)
	}
}

func TestList(t *testing.T) {
	var out bytes.Buffer
	if err := List(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"echo-64b/8000", "pingpong-spin/1", "quiet/10000", "torsion", "gnet"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the list lacks %q", want)
		}
	}
}
