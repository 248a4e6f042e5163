// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package procmon

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A fake is a child in the test's hands.
type fake struct {
	p     process.Protocol
	cfg   process.Config
	pid   int
	grace []time.Duration
}

func (f *fake) PID() int { return f.pid }

func (f *fake) Terminate(grace time.Duration) *deferred.Deferred[struct{}] {
	f.grace = append(f.grace, grace)
	return deferred.New[struct{}](nil)
}

// A rig is a Monitor over fakes, on a clock that the test moves.
type rig struct {
	*protocoltest.Clock
	*Monitor
	log      bytes.Buffer
	children []*fake
	fail     error                     // of the next spawn
	hold     *deferred.Deferred[child] // what the next spawn returns
}

func newRig(o Options) *rig {
	g := &rig{Clock: protocoltest.NewClock()}
	o.Logger = slog.New(slog.NewTextHandler(&g.log, nil))
	g.Monitor = newMonitor(g.Clock, o, func(cfg process.Config, p process.Protocol) *deferred.Deferred[child] {
		if d := g.hold; d != nil {
			g.hold = nil
			return d
		}
		f := &fake{p: p, cfg: cfg, pid: 100 + len(g.children)}
		g.children = append(g.children, f)
		if g.fail != nil {
			return deferred.FailOn[child](g.Clock, g.fail)
		}
		return deferred.SucceedOn[child](g.Clock, f)
	})
	return g
}

// die ends the last child.
func (g *rig) die() { g.children[len(g.children)-1].p.ProcessEnded(nil, process.ErrDone) }

func TestRestartDelays(t *testing.T) {
	g := newRig(Options{MaxRestartDelay: 4 * time.Second})
	if err := g.Add("a", process.Config{Path: "x"}); err != nil || len(g.children) != 0 {
		t.Fatalf("%v, %d children before Start", err, len(g.children))
	}
	g.Start()
	for i, delay := range []time.Duration{1, 2, 4, 4} {
		if len(g.children) != i+1 || !g.children[i].cfg.ProcessGroup || g.PID("a") != 100+i {
			t.Fatalf("%d children, pid %d", len(g.children), g.PID("a"))
		}
		g.Advance(time.Second - 1) // within the threshold
		g.die()
		g.Advance(delay*time.Second - 1)
		if len(g.children) != i+1 || g.PID("a") != 0 {
			t.Fatalf("restarted too early, the %dth time", i)
		}
		g.Advance(1)
	}
	g.Advance(time.Second) // the threshold
	g.die()
	g.Advance(0)
	if len(g.children) != 6 {
		t.Fatalf("%d children: not restarted at once", len(g.children))
	}
	g.die() // at once: the delay began anew
	g.Advance(time.Second)
	if len(g.children) != 7 {
		t.Errorf("%d children", len(g.children))
	}
}

func TestStopWaits(t *testing.T) {
	g := newRig(Options{})
	g.Add("a", process.Config{Path: "x"})
	g.Add("b", process.Config{Path: "y"})
	g.Start()
	g.children[1].p.ProcessEnded(nil, process.ErrDone) // b waits to be restarted
	d := g.Stop()
	if d.Called() || !slices.Equal(g.children[0].grace, []time.Duration{DefaultKillTime}) || g.children[1].grace != nil {
		t.Errorf("%v, %v", g.children[0].grace, g.children[1].grace)
	}
	g.children[0].p.ProcessEnded(nil, &process.Terminated{ExitCode: -1, Signal: 15})
	if !d.Called() {
		t.Error("Stop does not fire")
	}
	g.Advance(time.Hour)
	if len(g.children) != 2 || len(g.Calls()) != 0 {
		t.Errorf("%d children, %d calls", len(g.children), len(g.Calls()))
	}
	if err := g.StartProgram("a"); err == nil {
		t.Error("started without the monitor")
	}
	g.Start()
	if len(g.children) != 4 {
		t.Errorf("%d children after the second Start", len(g.children))
	}
}

func TestRunTimeChanges(t *testing.T) {
	g := newRig(Options{})
	g.Start()
	if err := g.Add("a", process.Config{Path: "x"}); err != nil || len(g.children) != 1 {
		t.Fatalf("%v, %d children", err, len(g.children))
	}
	if err := g.Add("a", process.Config{}); err == nil {
		t.Error("added twice")
	}
	if err := g.RestartProgram("a"); err != nil || len(g.children[0].grace) != 1 {
		t.Fatal(err)
	}
	g.die()
	g.Advance(0) // at once, although it did not run for long
	if len(g.children) != 2 {
		t.Fatalf("%d children after a restart", len(g.children))
	}
	g.RestartAll()
	g.die()
	g.Advance(0)
	if len(g.children) != 3 {
		t.Fatalf("%d children after RestartAll", len(g.children))
	}
	d := g.StopProgram("a")
	g.die()
	g.Advance(time.Hour)
	if !d.Called() || len(g.children) != 3 {
		t.Errorf("%d children after StopProgram", len(g.children))
	}
	if err := g.StartProgram("a"); err != nil || len(g.children) != 4 {
		t.Errorf("%v, %d children", err, len(g.children))
	}
	d = g.Remove("a")
	if d.Called() || len(g.Names()) != 0 {
		t.Errorf("removed at once: %v", g.Names())
	}
	g.die()
	g.Advance(time.Hour)
	if !d.Called() || len(g.children) != 4 {
		t.Errorf("%d children after Remove", len(g.children))
	}
	for _, err := range []error{g.StartProgram("a"), g.RestartProgram("a")} {
		if err == nil {
			t.Error("a program that is not there")
		}
	}
	g.StopProgram("a").Done(func(_ struct{}, err error) {
		if err == nil {
			t.Error("a program that is not there")
		}
	})
}

func TestCannotStart(t *testing.T) {
	g := newRig(Options{})
	g.fail = errors.New("no such thing")
	g.Add("a", process.Config{Path: "x"})
	g.Start()
	g.Advance(time.Second)
	g.Advance(2 * time.Second)
	if len(g.children) != 3 || strings.Count(g.log.String(), "no such thing") != 3 {
		t.Errorf("%d attempts, log %s", len(g.children), g.log.String())
	}
}

// A program that is still being started when it is to stop.
func TestStopWhileStarting(t *testing.T) {
	g := newRig(Options{})
	hold := deferred.New[child](g.Clock)
	g.hold = hold
	g.Add("a", process.Config{Path: "x"})
	g.Start()
	d := g.Stop()
	if !hold.Called() || !d.Called() {
		t.Error("the start is not given up")
	}
	g.Advance(time.Hour)
	if len(g.children) != 0 {
		t.Error("started after Stop")
	}
}

func TestOutputIsLogged(t *testing.T) {
	g := newRig(Options{})
	g.Add("a", process.Config{Path: "x"})
	g.Start()
	p := g.children[0].p
	p.ChildDataReceived(nil, 1, []byte("one\ntw"))
	p.ChildDataReceived(nil, 2, []byte("bad\r\n"))
	p.ChildDataReceived(nil, 1, []byte("o\n"+strings.Repeat("x", 3*MaxLine)+"\nlast"))
	g.die()
	var lines []string
	for line := range strings.Lines(g.log.String()) {
		if _, rest, ok := strings.Cut(line, "program=a stream="); ok {
			lines = append(lines, strings.TrimSpace(rest))
		}
	}
	want := []string{"stdout line=one", "stderr line=bad", "stdout line=two", "stdout line=" + strings.Repeat("x", MaxLine), "stdout line=last"}
	if !slices.Equal(lines, want) {
		t.Errorf("%.200q", lines)
	}
}
