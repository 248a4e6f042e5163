// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

// pipeReader is a reader of a pipe that nobody writes to.
type pipeReader struct{ r, w *os.File }

func (p *pipeReader) FileDescriptor() int  { return int(p.r.Fd()) }
func (p *pipeReader) DoRead() error        { return nil }
func (p *pipeReader) ConnectionLost(error) {}

// leakGoroutine is named in what is told.
func leakGoroutine(until chan struct{}) { go waitFor(until) }

func waitFor(until chan struct{}) { <-until }

var leaked []any // so that nothing of it is collected

// A leak is left by a test, and told with these words.
type leak struct {
	leave func(tc *trial.Case)
	says  []string
}

var leaks = map[string]leak{
	"leak_call": {func(tc *trial.Case) {
		tc.Reactor().CallLater(time.Hour+900*time.Millisecond, func() {}) // a machine may take a while to tell
	}, []string{"Reactor was unclean.", "delayed call: ", " in 1h0m0."}},
	"leak_call_of_a_helper": {func(tc *trial.Case) {
		d := deferred.New[int](tc.Reactor()).AddTimeout(time.Hour, tc.Reactor())
		d.AddErrback(func(error) (int, error) { return 0, nil })
	}, []string{"Reactor was unclean.", "delayed call: "}},
	"leak_port": {func(tc *trial.Case) {
		listen(tc, false)
	}, []string{"Reactor was unclean.", "port: 127.0.0.1:"}},
	"leak_connection": {func(tc *trial.Case) {
		port := listen(tc, true)
		a := newAsker()
		tc.Reactor().ConnectTCP(port.Addr().String(), protocol.ForProtocol(func() *asker { return a }), reactor.ConnectOptions{})
		trial.Must(tc, a.answer)
	}, []string{"Reactor was unclean.", "connection: 127.0.0.1:", "asker", "echo"}},
	"leak_connector": {func(tc *trial.Case) {
		m := tc.Memory()
		m.ConnectTCP("192.0.2.1:80", echoFactory(), reactor.ConnectOptions{Timeout: -1})
	}, []string{"Reactor was unclean.", "connector: to 192.0.2.1:80"}},
	"leak_datagrams": {func(tc *trial.Case) {
		if _, err := tc.Reactor().ListenUDP("127.0.0.1:0", &protocol.DatagramBase{}, reactor.PacketOptions{}); err != nil {
			tc.Fatal(err)
		}
	}, []string{"Reactor was unclean.", "datagram port: 127.0.0.1:", "DatagramBase"}},
	"leak_reader": {func(tc *trial.Case) {
		r, w, err := os.Pipe()
		if err != nil {
			tc.Fatal(err)
		}
		p := &pipeReader{r, w}
		if err := tc.Reactor().AddReader(p); err != nil {
			tc.Fatal(err)
		}
		tc.TB.Cleanup(func() { r.Close(); w.Close() })
	}, []string{"Reactor was unclean.", "reader: *trial_test.pipeReader of descriptor "}},
	"leak_goroutine": {func(tc *trial.Case) {
		until := make(chan struct{})
		leaked = append(leaked, until)
		leakGoroutine(until)
	}, []string{"goroutines were left behind:", "trial_test.waitFor", "created by github.com/torsion-go/torsion/trial_test.leakGoroutine"}},
	"leak_thread": {func(tc *trial.Case) {
		until := make(chan struct{})
		leaked = append(leaked, until)
		tc.Reactor().CallInThread(func() { waitFor(until) })
		tc.Turn()
	}, []string{"goroutines were left behind:", "trial_test.waitFor"}},
	"leak_deferred": {func(tc *trial.Case) {
		d := deferred.New[int](tc.Reactor())
		leaked = append(leaked, d)
		d.Errback(net.ErrClosed)
	}, []string{"unhandled error in Deferred: " + net.ErrClosed.Error()}},
	"leak_deferred_without_loop": {func(tc *trial.Case) {
		deferred.Fail[int](net.ErrClosed)
	}, []string{"unhandled error in Deferred: " + net.ErrClosed.Error()}},
}

// linuxLeaks are found where the system tells of them.
var linuxLeaks = map[string]leak{
	"leak_descriptor": {func(tc *trial.Case) {
		f, err := os.Open(os.DevNull)
		if err != nil {
			tc.Fatal(err)
		}
		leaked = append(leaked, f)
	}, []string{"file descriptors were left behind:", "open on /dev/null"}},
	"leak_socket": {func(tc *trial.Case) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tc.Fatal(err)
		}
		leaked = append(leaked, l)
	}, []string{"file descriptors were left behind:", "(tcp 127.0.0.1:", ", listening)"}},
	"leak_udp": {func(tc *trial.Case) {
		l, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			tc.Fatal(err)
		}
		leaked = append(leaked, l)
	}, []string{"file descriptors were left behind:", "(udp 127.0.0.1:"}},
	"leak_unix": {func(tc *trial.Case) {
		l, err := net.Listen("unix", "@trial-leak-"+tc.Name())
		if err != nil {
			tc.Fatal(err)
		}
		leaked = append(leaked, l)
	}, []string{"file descriptors were left behind:", "(unix @trial-leak-TestSamples/leak_unix"}},
	"leak_process": {func(tc *trial.Case) {
		p := process.Base{}
		trial.Must(tc, process.Spawn(tc.Reactor(), process.Config{Path: "sleep", Args: []string{"sleep", "1000"}}, p))
	}, []string{"Reactor was unclean.", "child process: ", "sleep"}},
	"leak_command": {func(tc *trial.Case) {
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			tc.Fatal(err)
		}
	}, []string{"child processes were left behind, and killed:", "sleep 1000"}},
	"leak_zombie": {func(tc *trial.Case) {
		cmd := exec.Command("true")
		out, err := cmd.StdoutPipe()
		if err != nil {
			tc.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			tc.Fatal(err)
		}
		var b [1]byte
		out.Read(b[:]) // the end of its output
		out.Close()
	}, []string{"child processes were left behind, and killed:"}},
}

func allLeaks() map[string]leak {
	if runtime.GOOS == "linux" {
		for name, l := range linuxLeaks {
			leaks[name] = l
		}
	}
	if runtime.GOOS == "windows" { // descriptors of others cannot be watched there
		delete(leaks, "leak_reader")
	}
	return leaks
}

func init() {
	for name, l := range allLeaks() {
		sample(name, l.leave)
		samples[name+"_warns"] = func(t *testing.T) {
			cfg := quick
			cfg.UncleanWarnings = true
			cfg.Run(t, l.leave)
		}
		sample(name+"_then", func(tc *trial.Case) { // the next test finds nothing of it
			tc.Reactor().CallLater(0, func() {})
			tc.Turn()
			tc.Turn()
		})
	}
}

// Each kind of leak is told, with the place where it was made, and is of no concern to the test after it.
func TestLeaks(t *testing.T) {
	var all []expectation
	for name, l := range allLeaks() {
		e := expectation{name: name, status: "FAIL", outcome: "error", says: l.says}
		switch name {
		case "leak_descriptor", "leak_socket", "leak_udp", "leak_unix", "leak_command", "leak_zombie": // the system does not tell who made them
		default:
			e.says = append([]string{"unclean_test.go:"}, l.says...)
		}
		if name == "leak_connection" || name == "leak_port" {
			e.says = append(e.says, "clean_test.go:", "trial_test.listen")
		}
		if name == "leak_call_of_a_helper" || name == "leak_call" {
			e.says = append(e.says, "trial_test.init")
		}
		all = append(all, e, expectation{name: name + "_then", status: "PASS"})
		w := expectation{name: name + "_warns", status: "PASS", says: l.says}
		if strings.HasPrefix(name, "leak_deferred") { // that is no matter of cleanness
			w.status, w.outcome = "FAIL", "error"
		}
		all = append(all, w)
	}
	outcomes := expect(t, "leak_", all, marker.Stacks+"=1")
	for name := range allLeaks() {
		ws := outcomes[name+"_warns"].warnings
		if strings.HasPrefix(name, "leak_deferred") {
			continue
		}
		if len(ws) == 0 || ws[0].Category != "trial.UncleanWarning" {
			t.Errorf("%s warns %v", name, ws)
		}
	}
	if got := outcomes["leak_deferred"].output; !strings.Contains(got, "the Deferred was made at") {
		t.Errorf("the Deferred's origin is missing:\n%s", got)
	}
}

func TestUncleanWarningsByEnvironment(t *testing.T) {
	expect(t, "leak_call$", []expectation{{name: "leak_call", status: "PASS", says: []string{"trial.UncleanWarning: Reactor was unclean."}}}, marker.UncleanWarning+"=1")
}

func init() {
	samples["ignored_goroutine"] = func(t *testing.T) {
		cfg := quick
		cfg.IgnoreGoroutines = []string{"trial_test.waitFor"}
		cfg.Run(t, leaks["leak_goroutine"].leave)
	}
	// Two at a time: only the one that starts it is told.
	both := make(chan struct{}, 2)
	samples["parallel"] = func(t *testing.T) {
		meet := func() {
			both <- struct{}{}
			for len(both) < 2 {
				runtime.Gosched()
			}
		}
		t.Run("leaks", func(t *testing.T) {
			quick.Run(t, func(tc *trial.Case) {
				tc.Parallel()
				leaks["leak_goroutine"].leave(tc)
				leaks["leak_deferred"].leave(tc)
				meet()
			})
		})
		t.Run("does_not", func(t *testing.T) {
			quick.Run(t, func(tc *trial.Case) {
				tc.Parallel()
				tc.Turn()
				meet()
			})
		})
	}
}

func init() {
	samples["beside"] = func(t *testing.T) { // a test that knows nothing of trial runs at the same time, and leaves things behind
		begun, left := make(chan struct{}), make(chan struct{})
		over := make(chan struct{})
		t.Run("", func(t *testing.T) {
			t.Run("plain", func(t *testing.T) {
				t.Parallel()
				<-begun
				leakGoroutine(make(chan struct{}))
				deferred.Fail[int](net.ErrClosed)
				close(left)
				<-over
			})
			t.Run("case", func(t *testing.T) {
				t.Parallel()
				t.Cleanup(func() { close(over) }) // after the end of the Case
				quick.Run(t, func(tc *trial.Case) {
					close(begun)
					<-left
				})
			})
		})
	}
}

// What other tests leave meanwhile is not a Case's.
func TestBesidePlainTests(t *testing.T) {
	expect(t, "beside$", []expectation{{name: "beside/#00/case", status: "PASS"}})
}

func TestIgnoredGoroutines(t *testing.T) {
	expect(t, "ignored_", []expectation{{name: "ignored_goroutine", status: "PASS"}})
}

// Parallel tests are told what is theirs.
func TestParallelLeaks(t *testing.T) {
	expect(t, "parallel$", []expectation{
		{name: "parallel/leaks", status: "FAIL", outcome: "error", says: []string{"trial_test.waitFor", "unhandled error in Deferred"}},
		{name: "parallel/does_not", status: "PASS"},
	})
}
