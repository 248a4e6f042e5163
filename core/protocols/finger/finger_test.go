// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package finger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/finger"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestParseQuery(t *testing.T) {
	for line, want := range map[string]finger.Query{
		"":                    {},
		"   ":                 {},
		"alice":               {User: "alice"},
		"/W":                  {Verbose: true},
		"/W alice":            {Verbose: true, User: "alice"},
		"/w  alice":           {Verbose: true, User: "alice"},
		"/Walice":             {User: "/Walice"},
		"alice@a.example":     {User: "alice", Hosts: []string{"a.example"}},
		"/W alice@b@a":        {Verbose: true, User: "alice", Hosts: []string{"b", "a"}},
		"@a":                  {Hosts: []string{"a"}},
		"Alice von der Heide": {User: "Alice von der Heide"},
	} {
		got, err := finger.ParseQuery(line)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", line, got, err, want)
		}
	}
	for _, line := range []string{"alice@", "alice@@a", "a\x1b[2J", "a\x00b", "a\rb", "\u009b", strings.Repeat("x", finger.MaxQuery+1)} {
		if q, err := finger.ParseQuery(line); err == nil {
			t.Errorf("%q is taken: %+v", line, q)
		}
	}
	q, _ := finger.ParseQuery("/W alice@b@a")
	if host, rest := q.Next(); host != "a" || rest.String() != "/W alice@b" {
		t.Errorf("the next host is %s, with %q", host, rest)
	}
}

// parse and String are inverse, and nothing panics.
func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"", "/W alice@b@a", "@", "alice@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := finger.ParseQuery(s)
		if err != nil {
			return
		}
		if again, err := finger.ParseQuery(q.String()); err != nil || again.String() != q.String() {
			t.Errorf("%q: %+v, then %+v, %v", s, q, again, err)
		}
	})
}

// answering has all hooks, which tell what they were asked.
func answering() *finger.Server {
	say := func(what string) func(protocol.Transport, finger.Query) *deferred.Deferred[string] {
		return func(t protocol.Transport, q finger.Query) *deferred.Deferred[string] {
			if q.User == "broken" {
				return deferred.FailOn[string](t.Loop(), errors.New("secret reason"))
			}
			return deferred.SucceedOn(t.Loop(), what+" "+q.String()+"\nevil \x1b[2J\x9b\n")
		}
	}
	return &finger.Server{GetUser: say("user"), GetDomain: say("list"), Forward: say("forward"), Logger: slog.New(slog.DiscardHandler)}
}

func TestServer(t *testing.T) {
	for name, tt := range map[string]struct {
		server *finger.Server
		query  string
		want   string
	}{
		"no user hook":      {&finger.Server{}, "alice\r\n", "User not found\r\n"},
		"no list":           {&finger.Server{}, "\r\n", "Finger online list denied\r\n"},
		"no forwarding":     {&finger.Server{}, "alice@victim\r\n", "Finger forwarding service denied\r\n"},
		"user":              {answering(), "/W alice\r\n", "user /W alice\r\nevil ?[2J?\r\n"}, // class 61
		"bare LF":           {answering(), "alice\n", "user alice\r\nevil ?[2J?\r\n"},
		"list":              {answering(), "\r\n", "list \r\nevil ?[2J?\r\n"},
		"forwarded whole":   {answering(), "alice@b@a\r\n", "forward alice@b@a\r\nevil ?[2J?\r\n"},
		"malformed":         {answering(), "al\x00ice\r\n", "Malformed query\r\n"},
		"failing":           {answering(), "broken\r\n", "Finger service failed\r\n"},
		"only one question": {answering(), "alice\r\nbob\r\n", "user alice\r\nevil ?[2J?\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.query), func(pieces iter.Seq[[]byte]) string {
				s := protocoltest.NewStringTransport()
				p, _ := tt.server.BuildProtocol(nil)
				s.Connect(p)
				for b := range pieces {
					s.Feed(b)
				}
				s.Clock.Pump(0, 0)
				if got := strings.ReplaceAll(s.Value(), "\uFFFD", "?"); got != tt.want || !s.Disconnected() {
					t.Errorf("%q, closed %v; want %q", got, s.Disconnected(), tt.want)
				}
				if n := len(s.Clock.Calls()); n != 0 {
					t.Errorf("%d timers are left", n)
				}
				return s.Value()
			})
		})
	}
}

// A line without end is bounded in length and in time (class 11), and so is a hook that never answers.
func TestServerLimits(t *testing.T) {
	cancelled := 0
	for name, tt := range map[string]struct {
		server *finger.Server
		feed   string
		after  time.Duration
	}{
		"long": {&finger.Server{}, strings.Repeat("x", finger.MaxQuery+2), 0},
		"slow": {&finger.Server{}, "ali", finger.QueryTimeout},
		"silent hook": {&finger.Server{Timeout: time.Second, GetUser: func(t protocol.Transport, _ finger.Query) *deferred.Deferred[string] {
			return deferred.NewCancellable(t.Loop(), func(*deferred.Deferred[string]) { cancelled++ })
		}}, "alice\r\n", time.Second},
	} {
		s := protocoltest.NewStringTransport()
		p, _ := tt.server.BuildProtocol(nil)
		s.Connect(p)
		s.FeedString(tt.feed)
		if tt.after > 0 {
			if s.Clock.Pump(tt.after-1, 0); s.Aborted() {
				t.Errorf("%s: aborted too early", name)
			}
		}
		if s.Clock.Pump(1, 0); !s.Aborted() || s.Value() != "" {
			t.Errorf("%s: aborted %v, answer %q", name, s.Aborted(), s.Value())
		}
	}
	if cancelled != 1 {
		t.Errorf("the hook was cancelled %d times", cancelled)
	}
}

// A hook that panics has failed, which the peer is told and the log.
func TestServerHookPanics(t *testing.T) {
	var out bytes.Buffer
	server := &finger.Server{
		Logger:    slog.New(slog.NewTextHandler(&out, nil)),
		GetDomain: func(protocol.Transport, finger.Query) *deferred.Deferred[string] { panic("oops") },
	}
	s := protocoltest.NewStringTransport()
	p, _ := server.BuildProtocol(nil)
	s.Connect(p)
	s.FeedString("\r\n")
	s.Clock.Advance(0)
	if s.Value() != "Finger service failed\r\n" || !s.Disconnected() || !strings.Contains(out.String(), "oops") {
		t.Errorf("answer %q, log %s", s.Value(), out.String())
	}
}

// An answer that nobody waits for any more is not asked for, though the endpoint connects all the same.
func TestAskCancelledLate(t *testing.T) {
	clock := protocoltest.NewClock()
	var late protocol.Factory
	d := finger.Ask(clock, endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		late = f
		return deferred.New[protocol.Protocol](clock)
	}), "alice")
	d.Cancel()
	d.Done(func(string, error) {})
	s := protocoltest.NewStringTransport()
	p, _ := late.BuildProtocol(nil)
	s.Connect(p)
	s.Clock.Advance(0)
	if !s.Disconnected() || s.Value() != "" {
		t.Errorf("sent %q, gone %v", s.Value(), s.Disconnected())
	}
}

func TestAsk(t *testing.T) {
	for name, tt := range map[string]struct {
		serve func(m *reactortest.Memory, p *reactortest.Peer)
		want  string
		err   error
	}{
		"answer": {func(_ *reactortest.Memory, p *reactortest.Peer) {
			p.Write([]byte("Alice\r\n\x1b[31mred\r\n"))
			p.Close()
		}, "Alice\n?[31mred\n", nil},
		"cut off": {func(_ *reactortest.Memory, p *reactortest.Peer) { p.Write([]byte("Ali")); p.Abort() }, "", protocol.ErrConnectionLost},
		"too long": {func(m *reactortest.Memory, p *reactortest.Peer) {
			for range 30 {
				p.Write(make([]byte, 60000))
				m.Settle()
			}
		}, "", finger.ErrAnswerTooLong},
		"silent": {func(*reactortest.Memory, *reactortest.Peer) {}, "", protocol.ErrConnectionTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			m := reactortest.NewMemory(t)
			c, err := endpoint.ClientFromString(m, "tcp:10.0.0.7:79")
			if err != nil {
				t.Fatal(err)
			}
			d := finger.Ask(m, c, "/W alice")
			m.Settle()
			peer := m.Answer("10.0.0.7:79")
			m.Settle()
			if got := string(peer.Received()); got != "/W alice\r\n" {
				t.Errorf("the server got %q", got)
			}
			tt.serve(m, peer)
			m.Settle()
			m.Advance(finger.QueryTimeout)
			m.Settle()
			d.Done(func(got string, err error) {
				if got != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("%q, %v; want %q, %v", got, err, tt.want, tt.err)
				}
			})
			if !d.Called() {
				t.Error("nothing after the timeout")
			}
		})
	}
}

// A query with a line end in it, which would ask something else, is refused (class 57's kind), and cancelling closes the attempt.
func TestAskRefusesAndCancels(t *testing.T) {
	m := reactortest.NewMemory(t)
	c, err := endpoint.ClientFromString(m, "tcp:10.0.0.7:79")
	if err != nil {
		t.Fatal(err)
	}
	for _, cancel := range []string{"", "connecting", "connected"} {
		query := "alice"
		if cancel == "" {
			query = "alice\r\nbob"
		}
		d := finger.Ask(m, c, query)
		var got error
		d.AddErrback(func(err error) (string, error) { got = err; return "", nil })
		m.Settle()
		if cancel == "connected" {
			m.Answer("10.0.0.7:79")
			m.Settle()
		}
		if cancel != "" {
			d.Cancel()
		}
		m.Settle()
		if n := len(m.Attempts()); got == nil || n != 0 {
			t.Errorf("%q: %v, %d attempts", cancel, got, n)
		}
	}
}

// Debian's finger asks the server, and Ask gets what nc tells it.
func TestWithFinger(t *testing.T) {
	path, err := exec.LookPath("finger")
	if err != nil {
		t.Skip("finger is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:79") // the port that finger knows
	if err != nil {
		t.Skipf("port 79: %v", err)
	}
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	defer file.Close()
	if _, err := r.AdoptStreamPort(int(file.Fd()), answering(), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	defer func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, tt := range []struct{ args, want string }{
		{"alice@127.0.0.1", "user alice"}, {"@127.0.0.1", "list"}, {"-l alice@127.0.0.1", "user /W alice"}, {"bob@inner@127.0.0.1", "forward bob@inner"},
	} {
		out, err := exec.CommandContext(ctx, path, strings.Fields(tt.args)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("finger %s: %q, %v; want %q", tt.args, out, err, tt.want)
		}
	}
	c, err := endpoint.ClientFromString(r, "tcp:127.0.0.1:79")
	if err != nil {
		t.Fatal(err)
	}
	got, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[string] { return finger.Ask(r, c, "alice") })
	if err != nil || !strings.HasPrefix(got, "user alice\n") {
		t.Errorf("%q, %v", got, err)
	}
}

func ExampleServer() {
	server := &finger.Server{GetUser: func(t protocol.Transport, q finger.Query) *deferred.Deferred[string] {
		return deferred.SucceedOn(t.Loop(), "Login: "+q.User+"\nNever logged in.\n")
	}}
	t := protocoltest.NewStringTransport() // in the place of a port
	p, _ := server.BuildProtocol(t.Remote)
	t.Connect(p)
	t.FeedString("alice\r\n")
	fmt.Print(strings.ReplaceAll(t.Value(), "\r", ""))
	// Output:
	// Login: alice
	// Never logged in.
}
